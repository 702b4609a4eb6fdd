"""Calls of a function side by side, each on a thread: for functions whose concurrency is more than one."""

import os
from _thread import start_new_thread
from threading import Condition

from margay import _link


class Calls:
    def __init__(self, handle, most):
        self._handle = handle
        self._most = most
        self._pid = os.getpid()
        self._changed = Condition()
        self._waiting = []
        self._threads = 0
        # Those that wait and those in work.
        self._open = 0

    def divert(self, message):
        """On the thread that reads. Takes a call; all else, and what no thread can be started for, is the main thread's."""
        if message["method"] != "invoke":
            return False
        with self._changed:
            if self._open >= self._threads and self._threads < self._most:
                try:
                    start_new_thread(self._serve, ())
                    self._threads += 1
                except RuntimeError:
                    if self._threads == 0:
                        return False
            self._open += 1
            self._waiting.append(message)
            self._changed.notify()
        return True

    def _serve(self):
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                message = self._waiting.pop(0)
            try:
                self._handle(message)
            except SystemExit as e:
                _link.leave(e)
            if os.getpid() != self._pid:
                # A child that the author's code forked came out of the handler: the gateway talks to its parent.
                os._exit(0)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def await_end(self):
        """Waits for what is in work; the gateway ends the process where that takes too long."""
        with self._changed:
            while self._open:
                self._changed.wait()
