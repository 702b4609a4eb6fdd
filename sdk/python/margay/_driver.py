"""Drivers in Python."""

import threading
from collections import deque

from margay._codec import loads
from margay._config import Configuration
from margay._link import NotThere, leave, log

_MAX_THREADS = 16
# How long a report waits for a new gateway to be told of the devices; then it goes out as it is.
_ADOPTION_SECONDS = 10


class Driver:
    """What a driver may extend; any object with such methods does as well."""

    def start(self, context):
        """Takes hold of the devices and returns when the driver works; may be called again after stop.

        A device that does not answer is no error: tell device.offline(reason).
        """

    def stop(self):
        """Lets go of all that start took."""

    def changed(self, context):
        """The devices or the configuration changed: True when the driver now works by them, False to be stopped and
        started."""
        return False

    def get(self, device, properties):
        """Reads properties (a list of identifiers) from the device: a dict of identifier to value.

        get, set and call come on threads of the SDK, for one device one at a time; what they raise is told to the
        caller.
        """
        raise NotImplementedError("this driver can't read properties")

    def set(self, device, values):
        """Writes properties (a dict) to the device."""
        raise NotImplementedError("this driver can't write properties")

    def call(self, device, service, input):
        """Calls a service of the device: a dict of its output values."""
        raise NotImplementedError("this driver has no service " + service)


class ReportResult:
    """What became of a report. status: ACCEPTED, REFUSED or STALE; reason: why it was not accepted."""

    __slots__ = ("reason", "status")

    def __init__(self, status, reason):
        self.status = status
        self.reason = reason

    @property
    def accepted(self):
        return self.status == "ACCEPTED"

    def __bool__(self):
        return self.status == "ACCEPTED"

    def __repr__(self):
        return self.status + (": " + self.reason if self.reason else "")


class DeviceSettings:
    """A device as it is assigned to the driver. config: its own JSON document; extension: its product's, for drivers;
    tsl: the thing model."""

    def __init__(self, entry):
        self.product_key = entry["productKey"]
        self.device_name = entry["deviceName"]
        custom = entry.get("custom")
        self.config = (loads(custom) if isinstance(custom, str) and custom.strip() else custom) or {}
        self.extension = entry.get("extension") or {}
        self.tsl = entry.get("tsl") or {}

    def __repr__(self):
        return self.product_key + "/" + self.device_name


class Device:
    """The handle on a device: all methods may be called from any thread."""

    def __init__(self, host, settings, handler):
        self._host = host
        self.settings = settings
        self.handler = handler
        self.product_key = settings.product_key
        self.device_name = settings.device_name

    def online(self):
        self._tell("device.online")

    def offline(self, reason):
        self._tell("device.offline", reason=str(reason))

    def report(self, properties):
        """Reports values of properties, all taken now; the result is true when they were accepted."""
        self._host.await_adoption()
        result = self._ask("device.report", properties=properties)
        return ReportResult(result.get("status"), result.get("reason", ""))

    def report_event(self, event, output=None):
        self._host.await_adoption()
        result = self._ask("device.event", event=event, output=output or {})
        return ReportResult(result.get("status"), result.get("reason", ""))

    def _tell(self, method, **params):
        # Before it is asked: where the connection is lost meanwhile, this still is the latest that is known.
        self._host.told[self.product_key, self.device_name] = (method, params)
        self._ask(method, **params)

    def _ask(self, method, **params):
        params["productKey"] = self.product_key
        params["deviceName"] = self.device_name
        return self._host.link.request(method, params)

    def __repr__(self):
        return self.product_key + "/" + self.device_name


class DriverContext:
    """What a driver gets from the gateway."""

    def __init__(self, host, params):
        self._host = host
        self.name = params.get("name", "")
        self.log = self.logger = log
        self._take(params)

    def _take(self, params):
        self.config = Configuration(params.get("config") or {})
        self.devices = [DeviceSettings(each) for each in params.get("deviceList") or []]

    def connect(self, settings, handler=None):
        """Registers what answers for a device (the driver itself where no handler is given) and returns the handle to
        report through. The device is off line until device.online()."""
        return self._host.connect(settings, handler)

    def every(self, seconds, function):
        """Calls function() now and then every so many seconds, on a thread of its own, until the driver is stopped.
        What it raises is logged."""
        self._host.every(seconds, function)


class Host:
    """Runs a driver: start, stop and changed on the main thread, device calls on up to 16 threads."""

    def __init__(self, worker, params):
        self.worker = worker
        self.link = worker.link
        self.context = DriverContext(self, params)
        self.driver = None
        self.started = False
        self._devices = {}
        # What the driver said last of a device, whichever handle it used: the method and its parameters.
        self.told = {}
        # The devices that a new gateway knows of; None when there was none.
        self._known = None
        self._adopted = threading.Event()
        self._adopted.set()
        self._lock = threading.Condition()
        self._lanes = {}
        self._ready = deque()
        self._idle = 0
        self._threads = 0
        self._stopped = threading.Event()
        self.methods = {"driver.start": self.start, "driver.stop": self.stop, "driver.changed": self.changed}
        self._calls = {"device.get": self._get, "device.set": self._set, "device.call": self._call}
        worker.methods.update(self._calls)

    def use(self, driver):
        if not callable(getattr(driver, "start", None)):
            raise TypeError("the driver %r has no method start(context)" % (driver,))
        self.driver = driver

    def adopt(self, params):
        """A new gateway takes over the driver; reports wait until it was told of the devices."""
        self.context.name = params.get("name") or self.context.name
        self._known = {(each["productKey"], each["deviceName"]) for each in params.get("deviceList") or []}
        if self.started:
            self._adopted.clear()

    def await_adoption(self):
        if not self._adopted.is_set() and not self._adopted.wait(_ADOPTION_SECONDS):
            self._adopted.set()

    def start(self, params):
        if self.started:
            try:
                self._tell_again()
            finally:
                self._adopted.set()
            return {}
        self._stopped = threading.Event()
        self.started = True
        try:
            self.driver.start(self.context)
        except BaseException:
            self._stopped.set()
            self.started = False
            raise
        return {}

    def _tell_again(self):
        """What the former gateway was told of the devices."""
        for key, device in list(self._devices.items()):
            # One that was taken from the driver meanwhile would be refused.
            if self._known is not None and key not in self._known:
                continue
            device._ask("device.connect")
            told, sent = self.told.get(key), None
            # Again where the driver says something else meanwhile: what the gateway hears last must not be the older.
            while told is not None and told != sent:
                device._ask(told[0], **told[1])
                told, sent = self.told.get(key), told

    def stop(self, params):
        self._stopped.set()
        self._adopted.set()
        try:
            if self.started and hasattr(self.driver, "stop"):
                self.driver.stop()
        finally:
            self.started = False
            self._devices.clear()
            self.told.clear()
        return {}

    def shut_down(self):
        if self.started:
            try:
                self.stop({})
            except Exception:
                log.exception("the driver failed to stop")

    def changed(self, params):
        self._adopted.set()
        self.context._take(params)
        changed = getattr(self.driver, "changed", None)
        return {"applied": bool(changed(self.context)) if changed else False}

    def connect(self, settings, handler):
        device = Device(self, settings, handler or self.driver)
        key = (settings.product_key, settings.device_name)
        before = self._devices.get(key)
        if before is None:
            self.told.pop(key, None)
        self._devices[key] = device
        try:
            device._ask("device.connect")
        except BaseException:
            if before is None:
                self._devices.pop(key, None)
            else:
                self._devices[key] = before
            raise
        return device

    def every(self, seconds, function):
        stopped = self._stopped

        def run():
            while True:
                try:
                    function()
                except Exception:
                    if not stopped.is_set():
                        log.exception("%s failed", getattr(function, "__name__", function))
                if stopped.wait(seconds):
                    return

        threading.Thread(target=run, name="every-%ss" % seconds, daemon=True).start()

    # --- calls of devices

    def _device(self, params):
        device = self._devices.get((params.get("productKey"), params.get("deviceName")))
        if device is None:
            raise NotThere(
                "the driver has not connected the device %s/%s" % (params.get("productKey"), params.get("deviceName"))
            )
        return device

    def _get(self, params):
        device = self._device(params)
        return device.handler.get(device, params.get("properties") or [])

    def _set(self, params):
        device = self._device(params)
        device.handler.set(device, params.get("values") or {})
        return {}

    def _call(self, params):
        device = self._device(params)
        return device.handler.call(device, params.get("service"), params.get("input") or {}) or {}

    def divert(self, message):
        """On the reader thread: puts a device's call in the line of that device."""
        if message["method"] not in self._calls:
            return False
        params = message.get("params") or {}
        key = (params.get("productKey"), params.get("deviceName"))
        with self._lock:
            lane = self._lanes.get(key)
            if lane is not None:
                lane.append(message)
                return True
            self._lanes[key] = deque((message,))
            self._ready.append(key)
            if self._idle >= len(self._ready):
                self._lock.notify()
            elif self._threads < _MAX_THREADS:
                self._threads += 1
                threading.Thread(target=self._serve, name="device-calls", daemon=True).start()
        return True

    def _serve(self):
        while True:
            with self._lock:
                while not self._ready:
                    self._idle += 1
                    told = self._lock.wait(30)
                    self._idle -= 1
                    if not told and not self._ready:
                        self._threads -= 1
                        return
                key = self._ready.popleft()
                message = self._lanes[key].popleft()
            try:
                self.worker.handle(message)
            except SystemExit as e:
                leave(e)
            with self._lock:
                if self._lanes[key]:
                    self._ready.append(key)
                else:
                    del self._lanes[key]
