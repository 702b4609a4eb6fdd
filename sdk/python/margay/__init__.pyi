from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, Union

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
__version__: str

Payload = Union[bytes, str, dict[str, Any], list[Any], int, float, bool, None]

class GatewayError(Exception):
    def __init__(self, message: str, code: int = -32603, error_type: str = "") -> None: ...
    code: int
    error_type: str

class Log:
    def debug(self, message: object, *args: object) -> None: ...
    def info(self, message: object, *args: object) -> None: ...
    def warning(self, message: object, *args: object) -> None: ...
    def warn(self, message: object, *args: object) -> None: ...
    def error(self, message: object, *args: object) -> None: ...
    def exception(self, message: object, *args: object) -> None: ...

class Context(Protocol):
    """The second argument of a function's handler."""

    request_id: str
    function_name: str
    invoker_context: dict[str, Any]
    @property
    def logger(self) -> Log: ...
    @property
    def environment(self) -> Mapping[str, str]: ...
    def remaining_ms(self) -> int: ...
    # As in other function runtimes.
    @property
    def requestId(self) -> str: ...
    @property
    def functionName(self) -> str: ...
    @property
    def invokerContext(self) -> dict[str, Any]: ...
    def get_remaining_time_in_millis(self) -> int: ...

class DeviceSettings(Protocol):
    product_key: str
    device_name: str
    config: dict[str, Any]
    extension: dict[str, Any]
    tsl: dict[str, Any]

class Configuration(Protocol):
    kv: dict[str, str]
    json: dict[str, Any]
    files: list[str]

class ReportResult(Protocol):
    status: str
    reason: str
    @property
    def accepted(self) -> bool: ...
    def __bool__(self) -> bool: ...

class Device(Protocol):
    product_key: str
    device_name: str
    settings: DeviceSettings
    def online(self) -> None: ...
    def offline(self, reason: str) -> None: ...
    def report(self, properties: Mapping[str, Any]) -> ReportResult: ...
    def report_event(self, event: str, output: Mapping[str, Any] | None = None) -> ReportResult: ...

class DriverContext(Protocol):
    name: str
    config: Configuration
    devices: list[DeviceSettings]
    log: Log
    logger: Log
    def connect(self, settings: DeviceSettings, handler: object | None = None) -> Device: ...
    def every(self, seconds: float, function: Callable[[], object]) -> None: ...

class Driver:
    def start(self, context: DriverContext) -> None: ...
    def stop(self) -> None: ...
    def changed(self, context: DriverContext) -> bool: ...
    def get(self, device: Device, properties: list[str]) -> Mapping[str, Any]: ...
    def set(self, device: Device, values: dict[str, Any]) -> None: ...
    def call(self, device: Device, service: str, input: dict[str, Any]) -> Mapping[str, Any] | None: ...

log: Log

def config() -> Configuration: ...
def publish(topic: str, payload: Payload) -> None: ...
def invoke(function: str, payload: Payload = b"") -> bytes: ...
def get(product_key: str, device_name: str, properties: Iterable[str] | None = None) -> dict[str, Any]: ...
def set(product_key: str, device_name: str, values: Mapping[str, Any]) -> None: ...
def call(
    product_key: str, device_name: str, service: str, input: Mapping[str, Any] | None = None
) -> dict[str, Any]: ...
