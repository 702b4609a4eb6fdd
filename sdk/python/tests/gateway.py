"""A tiny gateway for the tests: one worker, and the messages as they come."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

SDK = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Gateway:
    def __init__(self, code, kind="function", handler="index.handler", params=None):
        self.folder = tempfile.mkdtemp(prefix="mg")
        self.path = os.path.join(self.folder, "s")
        with open(os.path.join(self.folder, "index.py"), "w", encoding="utf-8") as f:
            f.write(code)
        self.listen()
        self.process = subprocess.Popen(
            [sys.executable, "-u", os.path.join(SDK, "margay", "__main__.py")],
            cwd=self.folder,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": SDK,
                "MARGAY_SOCKET": self.path,
                "MARGAY_KIND": kind,
                "MARGAY_HANDLER": handler,
                "FUNCTION_NAME": "f",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.asked = []
        self.answers = {}
        self.errors = {}
        self.accept()
        self.params = dict(params or {}, kind=kind, name="f", handler=handler)
        self.started = self.send("initialize", self.params)

    def listen(self):
        self.last_id = 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.settimeout(20)
        self.server.bind(self.path)
        self.server.listen(1)

    def crash(self):
        """As with SIGKILL: its socket stays there as a file that nobody listens on."""
        for each in (self.lines, self.connection, self.server):
            each.close()

    def come_back(self):
        """Another gateway on the same path, which counts its requests anew."""
        os.unlink(self.path)
        self.listen()
        self.accept()

    def adopt(self):
        self.come_back()
        return self.call("initialize", dict(self.params, generation=2))

    def accept(self):
        self.connection, _ = self.server.accept()
        self.connection.settimeout(20)
        self.lines = self.connection.makefile("rb")
        hello = self.read()
        assert hello["method"] == "hello" and hello["params"]["protocol"] == 1, hello
        assert hello["params"]["pid"] == self.process.pid, hello
        self.write({"id": hello["id"], "result": {}})

    def write(self, message):
        self.connection.sendall(json.dumps(dict(message, jsonrpc="2.0")).encode() + b"\n")

    def read(self):
        line = self.lines.readline()
        return json.loads(line.decode()) if line else None

    def send(self, method, params=None):
        self.last_id += 1
        self.write({"id": self.last_id, "method": method, "params": params or {}})
        return self.last_id

    def wait(self, id):
        """The answer to a request of the gateway; requests of the worker meanwhile are answered by self.answers (method
        to a function of the parameters), or as {}; not at all
        where it returns None."""
        while id not in self.errors:
            self.take()
        return self.errors.pop(id)

    def take(self):
        """Reads one message and returns it."""
        message = self.read()
        assert message is not None, "the worker ended: %s" % self.process.stderr.read().decode()
        if "method" in message:
            self.asked.append((message["method"], message.get("params")))
            answer = self.answers.get(message["method"], lambda params: {})(message.get("params"))
            if "id" in message and answer is not None:
                key = "error" if isinstance(answer, dict) and "code" in answer else "result"
                self.write({"id": message["id"], key: answer})
        else:
            self.errors[message["id"]] = message
        return message

    def call(self, method, params=None):
        return self.wait(self.send(method, params))

    def invoke(self, payload, **more):
        return self.call("invoke", dict(more, requestId="r1", payload=payload, deadlineMs=5000))

    def close(self):
        for each in (self.lines, self.connection, self.server):
            each.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        shutil.rmtree(self.folder)
