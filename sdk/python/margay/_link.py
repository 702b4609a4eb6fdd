"""The connection to the gateway: JSON-RPC 2.0, one message a line, over a Unix domain socket.

Who reads: a function's main thread reads the socket while it is idle or waits for an answer, so that a call needs no
change of threads. As soon as a second thread asks the gateway for something, a thread of its own does the reading for
the rest of the process's life. Drivers have that thread from the start. While a function's call takes long, a stand-in
reads, so that the gateway's pings are answered.
"""

import os
import sys
from _thread import allocate_lock, get_ident, start_new_thread
from time import sleep

from margay._codec import dumps, loads

try:
    # The C part alone: importing socket costs milliseconds (selectors, enum).
    from _socket import AF_UNIX, SOCK_STREAM
    from _socket import socket as Socket
except ImportError:
    from socket import AF_UNIX, SOCK_STREAM
    from socket import socket as Socket

MAX_MESSAGE = 8 * 1024 * 1024
RECONNECT_SECONDS = 30
# After so long in one call the main thread is stood in for; after so many looks without a call the stand-in sleeps.
_LONG_CALL = 0.25
_IDLE_LOOKS = 8
_LEVELS = {"debug", "info", "warn", "error"}


class GatewayError(Exception):
    """The gateway could not do what was asked; the message says why. code: see docs/worker-protocol.md."""

    def __init__(self, message, code=-32603, error_type=""):
        Exception.__init__(self, message)
        self.code = code
        self.error_type = error_type


class NotThere(Exception):
    """The gateway asks for what this worker does not have."""


class _Answer:
    __slots__ = ("done", "error", "lock", "result")

    def __init__(self):
        self.lock = allocate_lock()
        self.lock.acquire()
        self.done = False
        self.result = None
        self.error = None

    def end(self, result, error):
        self.result = result
        self.error = error
        self.done = True
        self.lock.release()


class Link:
    def __init__(self, path):
        self._path = path
        self._pid = os.getpid()
        self._main = get_ident()
        self._socket = None
        # Counts connections: an answer goes where its request came from, for another gateway counts its requests anew.
        self._connection = 0
        self._rest = []
        self._waiting = {}
        self._last_id = 0
        self._writing = allocate_lock()
        # Held while a thread reads; the reader thread, once there is one, never gives it back.
        self._reading = allocate_lock()
        self._threaded = False
        self._inbox = []
        self._arrived = allocate_lock()
        self._arrived.acquire()
        # Requests that are answered where they are read: method to function(message).
        self.at_once = {"ping": lambda message: self.answer(message, {})}
        # Counts the main thread's turns; busy: it has one now.
        self._turn = 0
        self._busy = False
        self._stand_in = None
        self._standing_in = False
        self._asleep = False
        self._wake = allocate_lock()
        self._wake.acquire()
        # Whether the reader thread offers a message to someone else than the main thread.
        self.divert = None

    # --- connecting

    def connect(self):
        """Raises OSError where the gateway does not listen."""
        connection = Socket(AF_UNIX, SOCK_STREAM)
        hello = {"protocol": 1, "pid": self._pid, "sdk": "python/0.1"}
        try:
            connection.connect(self._path)
            # The first message on any connection; nothing waits for its answer.
            connection.sendall(_line({"jsonrpc": "2.0", "id": 0, "method": "hello", "params": hello}))
        except OSError:
            connection.close()
            raise
        with self._writing:
            self._socket = connection
            self._connection += 1

    def _reconnect(self, why):
        with self._writing:
            old, self._socket = self._socket, None
        if old is not None:
            old.close()
        self._rest = []
        lost = GatewayError("the connection to the gateway was lost: " + why)
        for id in list(self._waiting):
            answer = self._waiting.pop(id, None)
            if answer is not None:
                answer.end(None, lost)
        # Pauses are counted, not the clock: the time in which this process is frozen is none of the gateway's.
        waited = 0.0
        pause = 0.02
        while True:
            try:
                return self.connect()
            except OSError:
                if waited >= RECONNECT_SECONDS:
                    finish(1, "margay: the gateway did not come back within %d seconds" % RECONNECT_SECONDS)
            sleep(pause)
            waited += pause
            pause = min(1.0, pause * 2)

    # --- reading

    def next_message(self):
        """The next request for the main thread; called by it alone."""
        inbox = self._inbox
        self._busy = False
        if os.getpid() != self._pid:
            # A child that the author's code forked came out of the handler: the gateway talks to its parent.
            os._exit(0)
        while True:
            if inbox:
                self._begin_turn()
                return inbox.pop(0)
            if self._threaded or not self._reading.acquire(False):
                self._arrived.acquire()
                continue
            try:
                if not self._threaded:
                    self._read()
            finally:
                self._reading.release()

    def _begin_turn(self):
        self._turn += 1
        self._busy = True
        if self._threaded:
            return
        if self._stand_in is None:
            try:
                self._stand_in = start_new_thread(self._stand_in_for_long_calls, ())
            except RuntimeError:
                self._stand_in = 0  # There can be no more threads; pings wait then.
        elif self._asleep:
            self._asleep = False
            try:
                self._wake.release()
            except RuntimeError:
                pass  # It is awake already.

    def _stand_in_for_long_calls(self):
        idle = 0
        while not self._threaded:
            turn = self._turn
            if idle >= _IDLE_LOOKS:
                self._asleep = True
                if turn == self._turn:
                    self._wake.acquire()
                self._asleep = False
                idle = 0
                continue
            sleep(_LONG_CALL)
            if not self._busy:
                idle += 1
                continue
            idle = 0
            if turn == self._turn and self._reading.acquire(False):
                self._standing_in = True
                try:
                    self._read_while(turn)
                except Exception:
                    sys.excepthook(*sys.exc_info())
                finally:
                    self._standing_in = False
                    self._reading.release()
                    self._tell_main()

    def _read_while(self, turn):
        """Reads until the main thread is done with its turn; it may take over at any moment."""
        from select import POLLIN, poll

        while self._busy and self._turn == turn and not self._threaded:
            connection = self._socket
            if connection is None:
                return
            arrived = poll()
            arrived.register(connection.fileno(), POLLIN)
            if arrived.poll(50):
                self._read()

    def _tell_main(self):
        try:
            self._arrived.release()
        except RuntimeError:
            pass  # The main thread has been told already.

    def go_threaded(self):
        with self._writing:
            if self._threaded:
                return
            self._threaded = True
        start_new_thread(self._read_for_ever, ())

    def _read_for_ever(self):
        self._reading.acquire()
        while True:
            try:
                self._read()
            except Exception:
                sys.excepthook(*sys.exc_info())

    def _read(self):
        try:
            data = self._socket.recv(262144)
            why = "it was closed"
        except OSError as e:
            data = b""
            why = str(e)
        if not data:
            self._reconnect(why)
            return
        rest = self._rest
        if data[-1] == 10 and not rest and data.find(b"\n") == len(data) - 1:
            self._take(data)
            return
        lines = data.split(b"\n")
        rest.append(lines[0])
        for line in lines[1:]:
            whole = b"".join(rest)
            rest[:] = [line]
            if whole:
                self._take(whole)
        if not rest[0] and len(rest) == 1:
            del rest[:]

    def _take(self, line):
        try:
            message = loads(line.decode("utf-8"))
            method = message.get("method")
        except (ValueError, AttributeError) as e:
            self.fail(None, -32700, "no JSON-RPC message: " + str(e))
            return
        if method is None:
            error = message.get("error")
            answer = self._waiting.pop(message.get("id"), None)
            if answer is not None:
                answer.end(message.get("result"), error)
            elif error:
                sys.stderr.write("margay: the gateway refused a message: %s\n" % error.get("message"))
            return
        message["connection"] = self._connection
        at_once = self.at_once.get(method)
        if at_once is not None:
            at_once(message)
        elif self.divert is None or not self.divert(message):
            self._inbox.append(message)
            if self._threaded or self._standing_in:
                self._tell_main()

    # --- writing

    def request(self, method, params):
        """Asks the gateway; GatewayError where it can't."""
        if os.getpid() != self._pid:
            raise GatewayError("a forked child has no connection to the gateway; ask from the parent")
        main = get_ident() == self._main
        if not main and not self._threaded:
            self.go_threaded()
        answer = _Answer()
        with self._writing:
            self._last_id += 1
            id = self._last_id
        data = _line({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        if len(data) > MAX_MESSAGE:
            raise GatewayError("the message has %d bytes; at most %d are possible" % (len(data), MAX_MESSAGE), -32005)
        self._waiting[id] = answer
        if not self._send(data):
            self._waiting.pop(id, None)
            # Nothing of it arrived. Where this thread does the reading, nobody else connects again.
            if not main or not self._reconnected():
                raise GatewayError("the gateway is not connected")
            self._waiting[id] = answer
            if not self._send(data):
                self._waiting.pop(id, None)
                raise GatewayError("the gateway is not connected")
        if main:
            self._read_until(answer)
        else:
            answer.lock.acquire()
        error = answer.error
        if error is not None:
            if isinstance(error, GatewayError):
                raise error
            data = error.get("data") or {}
            raise GatewayError(error.get("message", ""), error.get("code"), data.get("errorType", ""))
        return answer.result

    def _reconnected(self):
        if self._threaded or not self._reading.acquire(False):
            return False
        try:
            self._read()
        finally:
            self._reading.release()
        return True

    def _read_until(self, answer):
        while not answer.done:
            if self._threaded or not self._reading.acquire(False):
                # The stand-in, where it is that which reads, may stop before the answer is there.
                if answer.lock.acquire(True, -1 if self._threaded else 0.05):
                    return
                continue
            try:
                if not self._threaded:
                    self._read()
            finally:
                self._reading.release()

    def notify(self, method, params):
        if os.getpid() == self._pid:
            self._send(_line({"jsonrpc": "2.0", "method": method, "params": params}))

    def answer(self, message, result):
        id = message.get("id")
        if id is None:
            return
        data = _line({"jsonrpc": "2.0", "id": id, "result": result})
        if len(data) > MAX_MESSAGE:
            why = "the result has %d bytes; at most %d are possible" % (len(data), MAX_MESSAGE)
            self.fail(message, -32000, why, "ValueError")
        else:
            self._send(data, message["connection"])

    def fail(self, message, code, why, error_type=None, stack_trace=None):
        """message: the request, or None for one that can't be read."""
        error = {"code": code, "message": why}
        if error_type:
            error["data"] = {"errorType": error_type, "stackTrace": stack_trace or []}
        id, connection = (message.get("id"), message["connection"]) if message else (None, None)
        self._send(_line({"jsonrpc": "2.0", "id": id, "error": error}), connection)

    def _send(self, data, connection=None):
        if os.getpid() != self._pid:
            return False
        with self._writing:
            try:
                if self._socket is None or (connection is not None and connection != self._connection):
                    return False
                self._socket.sendall(data)
                return True
            except OSError:
                # The thread that reads sees the end of the connection too, and makes a new one.
                return False


def _line(message):
    return (dumps(message) + "\n").encode("ascii")


def finish(code, last_words=None):
    """Ends the process at once, whatever threads the author's code has left."""
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if last_words and stream is sys.stderr:
                stream.write(last_words + "\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # The reader of the log is gone, or the author closed the stream.
    os._exit(code)


def leave(exit):
    """Does what the author's code wanted with sys.exit, whichever thread called it and whichever threads are left."""
    plain = exit.code is None or isinstance(exit.code, int)
    finish((exit.code or 0) if plain else 1, None if plain else str(exit.code))


class Log:
    """Writes to the workload's own log: log.info("got %s", value)."""

    def debug(self, message, *args):
        _log("debug", message, args)

    def info(self, message, *args):
        _log("info", message, args)

    def warning(self, message, *args):
        _log("warn", message, args)

    warn = warning

    def error(self, message, *args):
        _log("error", message, args)

    def exception(self, message, *args):
        """As error, with the exception that is being handled."""
        import traceback

        _log("error", str(message) + "\n" + traceback.format_exc(), args)


def _log(level, message, args):
    message = str(message)
    if args:
        try:
            message = message % args
        except (TypeError, ValueError):
            message = message + " " + repr(args)
    if _gateway is None:
        sys.stderr.write(level + ": " + message + "\n")
    else:
        _gateway.notify("log", {"level": level, "message": message})


log = Log()
_gateway = None


def gateway():
    if _gateway is None:
        raise GatewayError("this process was not started by a Margay gateway")
    return _gateway


def start(path):
    global _gateway
    link = Link(path)
    link.connect()
    _gateway = link
    return link
