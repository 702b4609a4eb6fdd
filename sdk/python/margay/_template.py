"""A process that forks workers: what it has loaded, they need not load. The gateway asks for each on standard input, and
reads on standard output which process it is, and later how that ended. JSON-RPC 2.0, one message a line."""

import gc
import os
import signal
import sys
import time

from margay import _link, _worker
from margay._codec import dumps, loads


class _Environment:
    """What the system shows as the environment of this process, in which each fork has to show its own MARGAY_SOCKET: by
    that the gateway finds what belongs to a worker."""

    def __init__(self):
        with open("/proc/self/stat", "rb") as stat:
            start = int(stat.read().rpartition(b")")[2].split()[47])
        with open("/proc/self/environ", "rb") as environ:
            block = environ.read()
        name = b"\0MARGAY_SOCKET="
        at = (b"\0" + block).index(name) + len(name) - 1
        self._address = start + at
        self._length = block.index(b"\0", at) - at
        self.show(block[at : at + self._length])  # fails here, where it can't be done

    def show(self, path):
        memory = os.open("/proc/self/mem", os.O_WRONLY)
        try:
            os.pwrite(memory, path.ljust(self._length, b"\0"), self._address)
        finally:
            os.close(memory)


class _Template:
    def __init__(self):
        self._environment = _Environment()
        # What the author's code may print later must not get between the messages.
        self._answers = os.dup(1)
        # Both ends of the pipes of forks whose output the gateway does not read yet.
        self._held = {}
        os.dup2(2, 1)
        signal.signal(signal.SIGCHLD, self._children_ended)

    def run(self):
        gc.collect()
        gc.freeze()
        self._say(method="ready", params={})
        rest = b""
        while True:
            data = os.read(0, 65536)
            if not data:
                os._exit(0)  # The gateway is gone; what was forked goes on.
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                message = loads(line.decode("utf-8"))
                if message["method"] == "fork":
                    self._fork(message["id"], message["params"])
                else:
                    self._release(message["params"]["id"])

    def _say(self, **message):
        message["jsonrpc"] = "2.0"
        os.write(self._answers, (dumps(message) + "\n").encode("ascii"))

    def _children_ended(self, number, frame):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            signalled = os.WIFSIGNALED(status)
            code = 128 + os.WTERMSIG(status) if signalled else os.WEXITSTATUS(status)
            self._say(method="ended", params={"pid": pid, "code": code})

    def _release(self, id):
        for held in self._held.pop(id, ()):
            os.close(held)

    def _fork(self, id, wanted):
        # Which process it is has to be told before its end is.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            pipes = [os.path.join(wanted["pipes"], name) for name in ("o", "e")]
            self._held[id] = held = []
            for pipe in pipes:
                os.mkfifo(pipe, 0o600)
                held.append(os.open(pipe, os.O_RDWR))
            pid = os.fork()
            if pid == 0:
                self._become(wanted, pipes, before)
            self._say(id=id, result={"pid": pid})
        except OSError as e:
            self._release(id)
            self._say(id=id, error={"code": -32000, "message": str(e)})
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _become(self, wanted, pipes, mask):
        """In the fork; does not return."""
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            opened = [os.open(os.devnull, os.O_RDONLY)] + [os.open(pipe, os.O_WRONLY) for pipe in pipes]
            for number, file in enumerate(opened):
                os.dup2(file, number)
                os.close(file)
            for id in list(self._held):
                self._release(id)
            os.close(self._answers)
            environment = wanted["environment"]
            self._environment.show(os.fsencode(environment["MARGAY_SOCKET"]))
            os.environ.clear()
            os.environ.update(environment)
            time.tzset()
            os.chdir(wanted["folder"])
            sys.argv = sys.argv[:1]
            _worker.main()
        except SystemExit as e:
            _link.leave(e)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        os._exit(1)


def main():
    try:
        os.setsid()  # Ctrl-C on the gateway's terminal is not for it.
    except OSError:
        pass  # It leads one already.
    _Template().run()
