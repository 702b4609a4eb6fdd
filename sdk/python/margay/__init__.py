"""What Margay functions and drivers written in Python import. Nothing but the standard library is needed.

A function may call these from its handler and from any thread; each call returns when the gateway has answered.
"""

from margay._link import GatewayError, gateway, log

__all__ = [
    "Configuration",
    "Context",
    "Device",
    "DeviceSettings",
    "Driver",
    "DriverContext",
    "GatewayError",
    "Log",
    "Payload",
    "ReportResult",
    "call",
    "config",
    "get",
    "invoke",
    "log",
    "publish",
    "set",
]
__version__ = "0.1"


def publish(topic, payload):
    """Publishes a message with this function as its source; routes decide where it goes.

    payload: bytes, str, or what json.dumps takes.
    """
    gateway().request("publish", _with_payload({"topic": topic}, payload))


def invoke(function, payload=b""):
    """Invokes another function and returns its result as bytes, empty where it has none."""
    from margay._payload import from_params

    return from_params(gateway().request("function.invoke", _with_payload({"function": function}, payload)))


def get(product_key, device_name, properties=None):
    """Reads properties from a device: a dict of identifier to value. None for all properties."""
    return gateway().request(
        "thing.get",
        {"productKey": product_key, "deviceName": device_name, "properties": list(properties or ())},
    )


def set(product_key, device_name, values):
    """Writes properties to a device; returns when the device took them."""
    gateway().request("thing.set", {"productKey": product_key, "deviceName": device_name, "values": values})


def call(product_key, device_name, service, input=None):
    """Calls a service of a device and returns its output values."""
    return gateway().request(
        "thing.call",
        {"productKey": product_key, "deviceName": device_name, "service": service, "input": input or {}},
    )


def config():
    """The configuration of this function, with kv (dict), json (dict) or files (paths); for a driver as it was when it
    was loaded, see DriverContext.config."""
    from margay._config import config as read

    return read()


def _with_payload(params, payload):
    from margay._payload import to_params

    params.update(to_params(payload))
    return params


# What annotations name, and drivers alone need; a function's first call should not wait for it.
_LATER = {
    "Configuration": "_config",
    "Context": "_worker",
    "Device": "_driver",
    "DeviceSettings": "_driver",
    "Driver": "_driver",
    "DriverContext": "_driver",
    "Log": "_link",
    "ReportResult": "_driver",
}


def __getattr__(name):
    if name == "Payload":
        return object  # which of all objects, only the types for editors say
    module = _LATER.get(name)
    if module is None:
        raise AttributeError("module 'margay' has no attribute " + repr(name))
    from importlib import import_module

    return getattr(import_module("margay." + module), name)
