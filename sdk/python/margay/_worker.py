"""The main loop of a worker. The imports here are what an on-demand function's first call waits for: keep them few."""

import os
import sys
from time import monotonic

from margay import _link
from margay._payload import from_params, to_params


class Context:
    """The surroundings of one call."""

    __slots__ = ("_deadline", "function_name", "invoker_context", "request_id")

    def __init__(self, request_id, function_name, deadline_ms, invoker_context):
        self.request_id = request_id
        self.function_name = function_name
        self.invoker_context = invoker_context
        self._deadline = monotonic() + deadline_ms / 1000.0

    def remaining_ms(self):
        """Milliseconds until the call counts as failed; 0 when it is over."""
        return max(0, int((self._deadline - monotonic()) * 1000))

    @property
    def environment(self):
        return os.environ

    @property
    def logger(self):
        return _link.log

    # As in other function runtimes.
    requestId = property(lambda self: self.request_id)
    functionName = property(lambda self: self.function_name)
    invokerContext = property(lambda self: self.invoker_context)
    get_remaining_time_in_millis = remaining_ms


class _Refused(Exception):
    """The package does not hold what it should; the message is for its author."""


def load(handler, kind):
    """Finds what a handler such as index.handler names."""
    path, _, name = handler.rpartition(".")
    if not path:
        path, name = (name or "index"), ""
    module_name = path.replace("/", ".")
    try:
        __import__(module_name)
    except ImportError as e:
        if e.name == module_name:
            raise _Refused(
                "the package has no %s.py, which the handler %r names" % (path.replace(".", "/"), handler)
            ) from None
        raise
    module = sys.modules[module_name]
    if kind == "driver":
        return _driver_in(module, name, handler)
    found = getattr(module, name or "handler", None)
    if not callable(found):
        raise _Refused("%s has no function %r, which the handler %r names" % (os.path.basename(module.__file__ or path), name or "handler", handler))
    return found


def _is_own_driver(module, thing):
    from margay._driver import Driver

    return isinstance(thing, type) and issubclass(thing, Driver) and thing.__module__ == module.__name__


def _driver_in(module, name, handler):
    names = (name,) if name and name != "handler" else ("handler", "Driver", "driver")
    for each in names:
        found = getattr(module, each, None)
        if found is not None and getattr(found, "__module__", None) != "margay._driver":
            return found() if isinstance(found, type) else found
    if len(names) > 1:
        if hasattr(module, "start"):
            return module
        own = [each for each in vars(module).values() if _is_own_driver(module, each)]
        if len(own) == 1:
            return own[0]()
    raise _Refused(
        "%s has no driver: the handler %r wants a class or object with a method start(context)"
        % (module.__file__, handler)
    )


def _frames(error):
    import traceback

    own = os.path.dirname(__file__)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if os.path.dirname(f.filename) != own]
    return [line.rstrip("\n") for line in traceback.format_list(frames)]


def _take_environment(variables):
    """Sets what the process was not started with: the secret ones in a container, whose engine would write them down."""
    environ = os.environ
    for name, value in variables.items():
        # The gateway has put the SDK's folder before the workload's own.
        if environ.get(name) != value and not (name == "PYTHONPATH" and name in environ):
            environ[name] = value


class Worker:
    def __init__(self, link):
        self.link = link
        self.name = os.environ.get("FUNCTION_NAME", "")
        self.handler = None
        self.driver = None
        # Where calls run side by side.
        self.calls = None
        self.methods = {"initialize": self.initialize, "invoke": self.invoke}

    def run(self):
        link = self.link
        while True:
            message = link.next_message()
            method = message["method"]
            if method == "shutdown":
                if self.driver is not None:
                    self.driver.shut_down()
                elif self.calls is not None:
                    self.calls.await_end()
                _link.finish(0)
            self.handle(message)

    def handle(self, message):
        method = message["method"]
        do = self.methods.get(method)
        if do is None:
            self.link.fail(message, -32601, "this worker has no method " + str(method))
            return
        starting = method == "initialize"
        try:
            self.link.answer(message, do(message.get("params") or {}))
        except _link.NotThere as e:
            self.link.fail(message, -32001, str(e), "NotThere")
        except Exception as e:
            # What keeps it from starting is on standard error, for the gateway tells that with the exit.
            self.link.fail(message, -32000, str(e), type(e).__name__.lstrip("_"), None if starting else _frames(e))
            if starting:
                if isinstance(e, _Refused):
                    sys.stderr.write("margay: %s\n" % e)
                else:
                    sys.excepthook(type(e), e, e.__traceback__)
                _link.finish(1)

    def initialize(self, params):
        self.name = params.get("name") or self.name
        if self.handler is not None or self.driver is not None:
            # Another gateway takes over what runs; nothing is loaded again.
            if self.driver is not None:
                self.driver.adopt(params)
            return {"adopted": True}
        kind = params.get("kind") or os.environ.get("MARGAY_KIND")
        handler = params.get("handler") or os.environ.get("MARGAY_HANDLER") or ""
        _take_environment(params.get("environment") or {})
        sys.path.insert(0, os.getcwd())
        if params.get("config"):
            from margay import _config

            _config.given = params["config"]
        if kind == "driver":
            from margay._driver import Host

            self.driver = Host(self, params)
            self.methods.update(self.driver.methods)
            self.link.divert = self.driver.divert
            self.link.go_threaded()
            self.driver.use(load(handler, kind))
        else:
            self.handler = load(handler, kind)
            if (params.get("concurrency") or 1) > 1:
                from margay._beside import Calls

                self.calls = Calls(self.handle, params["concurrency"])
                self.link.divert = self.calls.divert
                self.link.go_threaded()
        return {}

    def invoke(self, params):
        if self.handler is None:
            raise _Refused("initialize has not been called")
        context = Context(
            params.get("requestId", ""), self.name, params.get("deadlineMs") or 0, params.get("invokerContext") or {}
        )
        return to_params(self.handler(from_params(params), context))


def main():
    try:
        # A session of its own: Ctrl-C on the gateway's terminal is not for workers, and the gateway can end the
        # worker with all its children.
        os.setsid()
    except OSError:
        pass  # It leads one already: started by hand under a debugger, for example.
    path = os.environ.get("MARGAY_SOCKET")
    if not path:
        sys.exit("margay: MARGAY_SOCKET is not set; the gateway starts this, see the README of the SDK")
    if os.environ.get("MARGAY_ANNOUNCE"):
        from margay._announce import announce

        announce()
    try:
        link = _link.start(path)
    except OSError as e:
        sys.exit("margay: no gateway listens on %s: %s" % (path, e))
    worker = Worker(link)
    try:
        worker.run()
    except SystemExit as e:
        _link.leave(e)
