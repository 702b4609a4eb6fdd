"""The C SDK against a tiny gateway, compiled plainly and with the compiler's checks at run time."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORKERS = [os.path.join(HERE, each) for each in os.environ["WORKERS"].split()]
EXAMPLES = os.path.join(HERE, os.environ["EXAMPLES"])
DEVICES = [
    {
        "productKey": "boiler",
        "deviceName": "boiler-%d" % i,
        "custom": json.dumps({"unit": i}),
        "extension": {"register": 7},
        "tsl": {"properties": [{}, {}]},
    }
    for i in range(1, 4)
]


class Gateway:
    """One worker, and the messages as they come."""

    def __init__(
        self, program, kind="function", config=None, devices=(), environment=None, initialize=True, variables=None,
        concurrency=1
    ):
        self.folder = tempfile.mkdtemp(prefix="mg")
        self.path = os.path.join(self.folder, "s")
        self.listen()
        self.process = subprocess.Popen(
            [program],
            cwd=self.folder,
            env=dict({"MARGAY_SOCKET": self.path, "MARGAY_KIND": kind}, **(environment or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.asked = []
        self.answers = {"publish": lambda params: {"accepted": True}, "device.report": lambda params: {"status": "ACCEPTED"}}
        self.others = {}
        self.accept()
        if initialize:
            self.params = {"kind": kind, "name": "f", "config": config or {}, "deviceList": list(devices)}
            self.params["environment"] = variables or {}
            self.params["concurrency"] = concurrency
            self.started = self.call("initialize", self.params)

    def crash(self):
        """As with SIGKILL: its socket stays there as a file that nobody listens on."""
        self.server.close()
        self.lose()

    def come_back(self):
        """Another gateway on the same path, which counts its requests anew."""
        os.unlink(self.path)
        self.listen()
        self.accept()

    def adopt(self):
        self.come_back()
        return self.call("initialize", dict(self.params, generation=2))

    def listen(self):
        self.last_id = 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.settimeout(20)
        self.server.bind(self.path)
        self.server.listen(1)

    def accept(self):
        self.connection, _ = self.server.accept()
        self.connection.settimeout(20)
        self.lines = self.connection.makefile("rb")
        hello = self.read()
        assert hello["method"] == "hello" and hello["params"]["protocol"] == 1, hello
        assert hello["params"]["pid"] == self.process.pid and hello["params"]["sdk"] == "c/0.1", hello
        self.write({"id": hello["id"], "result": {}})

    def lose(self):
        self.lines.close()
        self.connection.close()

    def write(self, message):
        self.raw(json.dumps(dict(message, jsonrpc="2.0")).encode())

    def raw(self, line):
        self.connection.sendall(line + b"\n")

    def read(self):
        line = self.lines.readline()
        assert line, "the worker ended: %s" % self.process.communicate()[1].decode()
        return json.loads(line.decode("utf-8", "strict"))

    def send(self, method, params=None):
        self.last_id += 1
        self.write({"id": self.last_id, "method": method, "params": params or {}})
        return self.last_id

    def take(self):
        """Reads one message; answers it where it is a request."""
        message = self.read()
        if "method" not in message:
            self.others[message["id"]] = message
            return message
        self.asked.append((message["method"], message.get("params")))
        if "id" in message:
            answer = self.answers.get(message["method"], lambda params: {})(message.get("params"))
            if answer is not None:
                key = "error" if "code" in answer else "result"
                self.write({"id": message["id"], key: answer})
        return message

    def wait(self, id):
        while id not in self.others:
            self.take()
        return self.others.pop(id)

    def call(self, method, params=None):
        return self.wait(self.send(method, params))

    def invoke(self, payload, **more):
        return self.call("invoke", dict({"requestId": "r1", "payload": payload, "deadlineMs": 5000}, **more))

    def result(self, payload):
        return self.invoke(payload)["result"]

    def end(self):
        """Lets it end in order: exit code, standard output and error."""
        self.write({"method": "shutdown", "params": {}})
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out.decode(), err.decode()

    def close(self):
        self.lose()
        self.server.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.folder)


class Each(unittest.TestCase):
    def each(self, **settings):
        for program in WORKERS:
            with self.subTest(os.path.basename(os.path.dirname(program))):
                gateway = Gateway(program, **settings)
                try:
                    yield gateway
                finally:
                    gateway.close()

    def ends_well(self, gateway):
        code, out, err = gateway.end()
        self.assertEqual((code, err), (0, ""))
        return out


class FunctionTest(Each):
    def test_answers(self):
        for gateway in self.each():
            self.assertEqual(gateway.started["result"], {})
            self.assertEqual(gateway.result("hello \u00e4\u20ac\U0001f600"), {"payload": "hello \u00e4\u20ac\U0001f600"})
            self.assertEqual(gateway.result("a\0b\n\"\\"), {"payload": "a\0b\n\"\\"})
            self.assertEqual(gateway.result("silent"), {})
            self.assertEqual(gateway.call("invoke", {"deadlineMs": 1})["result"], {"payload": ""})
            for base64 in ("", "AA==", "AP8=", "AP8B", "/+7/AA=="):
                answer = gateway.call("invoke", {"payloadBase64": base64})["result"]
                if base64 in ("", "AA=="):
                    self.assertIn(answer, ({"payload": ""}, {"payload": "\0"}))
                else:
                    self.assertEqual(answer, {"payloadBase64": base64})
            for bad in ("A", "AA=", "A===", "AA=A", "A\0AA", "\u00e4\u00e4"):
                self.assertEqual(gateway.call("invoke", {"payloadBase64": bad})["error"]["code"], -32602, bad)
            self.assertEqual(self.ends_well(gateway), "stopped well\n")

    def test_failures(self):
        for gateway in self.each():
            error = gateway.invoke("fail")["error"]
            self.assertEqual((error["code"], error["message"]), (-32000, 'no "good" event'))
            self.assertEqual(error["data"], {"errorType": "BadEvent", "stackTrace": []})
            self.assertIn("said no reason", gateway.invoke("fail badly")["error"]["message"])
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.ends_well(gateway)

    def test_calls_side_by_side(self):
        call = {"requestId": "r1", "payload": "meet", "deadlineMs": 5000}
        for gateway in self.each(concurrency=3):
            for _ in range(20):
                calls = [gateway.send("invoke", call) for _ in range(3)]
                self.assertEqual([gateway.wait(each)["result"]["payload"] for each in calls], ["met"] * 3)
            calls = [gateway.send("invoke", call) for _ in range(2)]
            self.assertEqual(gateway.call("ping")["result"], {})
            calls.append(gateway.send("invoke", call))
            self.assertEqual(self.ends_well(gateway), "stopped well\n")
            self.assertEqual([gateway.wait(each)["result"]["payload"] for each in calls], ["met"] * 3)

    def test_context_and_configuration(self):
        config = {
            "kv": [{"key": "limit", "value": "5"}],
            "json": {"a": [1, None]},
            "fileList": [{"path": "/a/b"}, "/c"],
        }
        for gateway in self.each(config=config):
            answer = gateway.invoke("context", invokerContext={"source": "timer"})
            self.assertEqual(answer["result"], {"payload": "r1 f timer 1"})
            self.assertEqual(gateway.result("config"), {"payload": '5 {"a":[1,null]} /a/b /c'})
            self.ends_well(gateway)
        for gateway in self.each(config={"kv": {"limit": "6"}}):
            self.assertEqual(gateway.result("config"), {"payload": "6 null - -"})
            self.ends_well(gateway)

    def test_asks_the_gateway(self):
        for gateway in self.each():
            gateway.answers["thing.get"] = lambda params: {"a": 1.5}
            gateway.answers["thing.call"] = lambda params: {"done": True}
            gateway.answers["function.invoke"] = lambda params: {"payloadBase64": "/wAB"}
            self.assertEqual(gateway.result("get"), {"payload": '{"a":1.5}'})
            self.assertEqual(gateway.result("get all"), {"payload": '{"a":1.5}'})
            self.assertEqual(gateway.result("call"), {"payload": '{"done":true}'})
            self.assertEqual(gateway.result("set"), {})
            self.assertEqual(gateway.result("publish"), {})
            self.assertEqual(gateway.result("invoke"), {"payloadBase64": "/wAB"})
            device = {"productKey": "boiler", "deviceName": "boiler-1"}
            self.assertEqual(
                gateway.asked,
                [
                    ("thing.get", dict(device, properties=["a", "b"])),
                    ("thing.get", dict(device, properties=[])),
                    ("thing.call", dict(device, service="heat", input={})),
                    ("thing.set", dict(device, values={"burner": False})),
                    ("publish", {"topic": "/alarms", "payload": "hot"}),
                    ("function.invoke", {"function": "other", "payloadBase64": "/wAB"}),
                ],
            )
            gateway.answers["thing.get"] = lambda params: {
                "code": -32004, "message": "off line", "data": {"errorType": "OffLine"}}
            error = gateway.invoke("get")["error"]
            self.assertEqual((error["code"], error["message"], error["data"]["errorType"]), (-32004, "off line", "OffLine"))
            self.ends_well(gateway)

    def test_pings_and_unknown_methods_while_a_call_runs(self):
        for gateway in self.each():
            call = gateway.send("invoke", {"payload": "sleep 500"})
            self.assertEqual(gateway.call("ping")["result"], {})
            self.assertEqual(gateway.call("fly")["error"], {"code": -32601, "message": "this worker has no method fly"})
            self.assertEqual(gateway.call("driver.start")["error"]["code"], -32601)
            self.assertNotIn(call, gateway.others, "the pings came first")
            self.assertEqual(gateway.wait(call)["result"], {"payload": "awake"})
            self.ends_well(gateway)

    def test_logs(self):
        for gateway in self.each():
            self.assertEqual(gateway.result("log"), {})
            self.assertEqual(gateway.asked, [("log", {"level": "warn", "message": 'line\nbreak "5"'})])
            self.assertEqual(self.ends_well(gateway), "printed\nstopped well\n")

    def test_sizes(self):
        most = 8 * 1024 * 1024
        for gateway in self.each():
            self.assertEqual(len(gateway.result("big %d" % (most - 100))["payload"]), most - 100)
            self.assertIn("bytes; at most 8388608", gateway.invoke("big %d" % most)["error"]["message"])
            large = "x" * (most - 200)
            self.assertEqual(gateway.result(large), {"payload": large})
            for length in (most + 1, 3 * most):
                gateway.raw(b"x" * length)
                self.assertIn("longer than 8 MiB", gateway.wait(None)["error"]["message"])
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.ends_well(gateway)

    def test_what_is_no_message(self):
        for gateway in self.each():
            for line in (b"{", b"[]", b"1", b'{"jsonrpc":"2.0","id":1,"method":"a\xff"}', b"[" * 5000, b'"\\ud800'):
                gateway.raw(line)
                error = gateway.wait(None)["error"]
                self.assertEqual(error["code"], -32700)
            for line in (b"", b'{"id":99,"result":{}}', b'{"id":null}', b'{"id":"x","result":1}', b'{"method":5,"id":3}',
                         b'{"method":"log"}', b'{"method":"ping"}', b'{"method":"invoke","params":[1]}'):
                gateway.raw(line)
            self.assertEqual(gateway.wait(3)["error"]["code"], -32601)
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            gateway.raw(b'{"method":"ping","id":{"a":["b"]}}')
            self.assertEqual(gateway.read()["id"], {"a": ["b"]})
            self.ends_well(gateway)

    def test_damaged_messages(self):
        """Whatever comes over the socket, the worker answers the next call."""
        random.seed(7)
        seeds = [
            b'{"jsonrpc":"2.0","id":1000,"method":"invoke","params":{"payload":"a","deadlineMs":5}}',
            b'{"jsonrpc":"2.0","id":1001,"method":"invoke","params":{"payloadBase64":"/wAB"}}',
            b'{"jsonrpc":"2.0","id":1002,"error":{"code":1,"message":"no"}}',
            b'{"jsonrpc":"2.0","id":1003,"method":"ping"}',
        ]
        for gateway in self.each():
            gateway.last_id = 10**9  # what no damage makes of another id
            for _ in range(200):
                batch = []
                for _ in range(10):
                    line = bytearray(random.choice(seeds))
                    for _ in range(random.randrange(4)):
                        line[random.randrange(len(line))] = random.choice(b'{}[]",:\\u0az \xff\x00')
                    batch.append(bytes(line))
                gateway.raw(b"\n".join(batch))
                self.assertEqual(gateway.result("well"), {"payload": "well"})
            code, _, err = gateway.end()
            self.assertEqual(code, 0, err)
            self.assertNotIn("ERROR", err)

    def test_a_lost_connection(self):
        for gateway in self.each():
            gateway.answers["thing.get"] = lambda params: None
            call = gateway.send("invoke", {"payload": "get"})
            while not gateway.asked:
                gateway.take()
            gateway.server.close()
            os.unlink(gateway.path)
            gateway.lose()
            gateway.listen()
            gateway.accept()
            # It goes on as it is; the answer to the call belongs to the connection that was lost.
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.assertNotIn(call, gateway.others)
            gateway.answers["thing.get"] = lambda params: {"a": 2}
            self.assertEqual(gateway.result("get"), {"payload": '{"a":2}'})
            self.ends_well(gateway)

    def test_another_gateway_adopts_it(self):
        variables = {"FIRST": "1", "SECRET": "h\u00e9", "LD_LIBRARY_PATH": "/own"}
        given = {"FIRST": "1", "LD_LIBRARY_PATH": "/lib:/own"}
        for gateway in self.each(variables=variables, environment=given):
            for _ in range(2):
                self.assertEqual(gateway.result("env FIRST"), {"payload": "1"})
                self.assertEqual(gateway.result("env SECRET"), {"payload": "h\u00e9"})
                self.assertEqual(gateway.result("env LD_LIBRARY_PATH"), {"payload": "/lib:/own"})
                self.assertEqual(gateway.result("context"), {"payload": "r1 f - 1"})
                gateway.crash()
                self.assertEqual(gateway.adopt()["result"], {"adopted": True})
            self.assertEqual(self.ends_well(gateway), "started with h\u00e9\nstopped well\n")

    def test_a_variable_that_can_t_be(self):
        for gateway in self.each(variables={"A=B": "x"}):
            self.assertIn("the variable A=B can't be set", gateway.started["error"]["message"])
            self.assertEqual(gateway.process.wait(20), 1)

    def test_an_answer_is_for_the_gateway_that_asked(self):
        for gateway in self.each():
            old = gateway.send("invoke", {"payload": "await end", "deadlineMs": 60000})
            gateway.crash()
            gateway.come_back()
            for _ in range(old - 1):
                self.assertEqual(gateway.call("ping")["result"], {})
            call = gateway.send("invoke", {"payload": "new", "deadlineMs": 60000})
            self.assertEqual(call, old)
            with open(os.path.join(gateway.folder, "end"), "w"):
                pass
            self.assertEqual(gateway.wait(call)["result"], {"payload": "new"})
            self.ends_well(gateway)

    def test_a_gateway_that_is_away_for_some_time(self):
        for gateway in self.each():
            gateway.crash()
            # This is how long it is away, first with a socket that refuses, then without.
            time.sleep(0.5)
            os.rename(gateway.path, gateway.path + "-away")
            time.sleep(1)
            os.rename(gateway.path + "-away", gateway.path)
            self.assertEqual(gateway.adopt()["result"], {"adopted": True})
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.ends_well(gateway)

    def test_a_worker_that_was_frozen_meanwhile(self):
        for gateway in self.each():
            gateway.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, gateway.process.pid, os.WSTOPPED)
            gateway.crash()
            os.unlink(gateway.path)
            gateway.listen()
            gateway.process.send_signal(signal.SIGCONT)
            gateway.accept()
            self.assertEqual(gateway.call("initialize", gateway.params)["result"], {"adopted": True})
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.ends_well(gateway)

    def test_a_forked_child(self):
        for gateway in self.each():
            self.assertIn("a forked child has no connection", gateway.result("fork")["payload"])
            self.assertEqual(gateway.result("well"), {"payload": "well"})
            self.ends_well(gateway)

    def test_a_session_of_its_own(self):
        for gateway in self.each():
            self.assertEqual(os.getsid(gateway.process.pid), gateway.process.pid)

    def test_one_that_does_not_start(self):
        for gateway in self.each(environment={"FAIL": "no limit is set"}):
            self.assertEqual(gateway.started["error"]["message"], "no limit is set")
            _, err = gateway.process.communicate(timeout=20)
            self.assertEqual((gateway.process.returncode, err.decode()), (1, "margay: no limit is set\n"))

    def test_one_that_is_deployed_as_something_else(self):
        for gateway in self.each(initialize=False):
            error = gateway.call("initialize", {"kind": "driver", "name": "d"})["error"]
            self.assertEqual(error["message"], "the program is a function, and it is deployed as a driver")
            self.assertEqual(error["data"]["errorType"], "Refused")
            self.assertEqual(gateway.process.wait(20), 1)

    def test_nobody_listens(self):
        for program in WORKERS:
            for environment, words in (
                ({}, "MARGAY_SOCKET is not set"),
                ({"MARGAY_SOCKET": "/none/s"}, "no gateway listens on /none/s: No such file"),
                ({"MARGAY_SOCKET": "/" + "x" * 200}, "is too long"),
            ):
                ended = subprocess.run([program], env=environment, capture_output=True, timeout=20)
                self.assertEqual(ended.returncode, 1)
                self.assertIn(words, ended.stderr.decode())


class DriverTest(Each):
    def driver(self, **settings):
        return self.each(kind="driver", devices=DEVICES, **settings)

    def device(self, i, **more):
        return dict({"productKey": "boiler", "deviceName": "boiler-%d" % i}, **more)

    def test_starts_and_answers(self):
        for gateway in self.driver():
            absent = gateway.call("device.get", self.device(1))["error"]
            self.assertEqual((absent["code"], absent["data"]["errorType"]), (-32001, "NotThere"))
            self.assertEqual(gateway.call("driver.start")["result"], {})
            self.assertEqual([method for method, _ in gateway.asked], ["device.connect", "device.online", "log"] * 3)
            self.assertEqual(gateway.asked[2][1]["message"], "boiler/boiler-1 unit 1, register 7, 2 properties")
            self.assertEqual(
                gateway.call("device.get", self.device(2, properties=["a", "b"]))["result"],
                {"a": "boiler-2", "b": "boiler-2"},
            )
            self.assertEqual(gateway.call("device.set", self.device(2, values={"n": 1}))["result"], {})
            error = gateway.call("device.set", self.device(2, values={"n": 2}))["error"]
            self.assertEqual((error["message"], error["data"]["errorType"]), ('{"n":2} of boiler-2', "BadValue"))
            self.assertEqual(
                gateway.call("device.call", self.device(2, service="add", input={"n": 4}))["result"], {"add": 5})
            self.assertEqual(gateway.call("device.get", self.device(4))["error"]["code"], -32001)
            gateway.answers["device.event"] = lambda params: {"status": "REFUSED", "reason": "no such event"}
            self.assertEqual(
                gateway.call("device.get", self.device(1, properties=["event"]))["error"]["message"], "no such event")
            self.assertEqual(
                gateway.call("device.get", self.device(1, properties=["offline"]))["result"], {"offline": "boiler-1"})
            self.assertEqual(gateway.asked[-1], ("device.offline", self.device(1, reason="it does not answer")))
            self.assertEqual(self.ends_well(gateway), "stopped after none\n")

    def test_one_device_does_not_hold_up_another(self):
        for gateway in self.driver():
            gateway.call("driver.start")
            slow = gateway.send("device.get", self.device(1, properties=["sleep1000"]))
            second = gateway.send("device.get", self.device(1, properties=["a"]))
            self.assertEqual(gateway.call("device.get", self.device(2, properties=["a"]))["result"], {"a": "boiler-2"})
            self.assertEqual(gateway.call("ping")["result"], {})
            self.assertEqual(gateway.others, {}, "those of one device are in order")
            gateway.wait(slow)
            self.assertEqual(gateway.wait(second)["result"], {"a": "boiler-1"})
            self.ends_well(gateway)

    def test_timers_end_with_the_driver(self):
        for gateway in self.driver(config={"kv": {"every": "1"}}):
            for _ in range(3):
                gateway.call("driver.start")
                gateway.asked.clear()
                while [method for method, _ in gateway.asked].count("device.report") < 20:
                    gateway.take()
                self.assertEqual(gateway.call("driver.stop")["result"], {})
                gateway.asked.clear()
                self.assertEqual(gateway.call("device.get", self.device(1))["error"]["code"], -32001)
                self.assertEqual(gateway.asked, [], "nothing is reported any more")
            self.assertEqual(self.ends_well(gateway), "stopped after ticks\n" * 3)

    def test_a_refused_report(self):
        for gateway in self.driver(config={"kv": {"every": "1"}}):
            gateway.answers["device.report"] = lambda params: {"status": "STALE", "reason": "another generation has it"}
            gateway.call("driver.start")
            while ("log", {"level": "info", "message": "report: 2 another generation has it"}) not in gateway.asked:
                gateway.take()
            # Stopping meanwhile ends all of it in order.
            gateway.send("driver.stop")
            self.assertEqual(gateway.wait(gateway.last_id)["result"], {})
            self.ends_well(gateway)

    def test_changes(self):
        for gateway in self.driver():
            gateway.call("driver.start")
            self.assertEqual(gateway.call("driver.changed", {"config": {}, "deviceList": []})["result"], {"applied": False})
            change = {"config": {"kv": {"apply": "yes"}}, "deviceList": DEVICES[:1]}
            self.assertEqual(gateway.call("driver.changed", change)["result"], {"applied": True})
            broken = {"config": {}, "deviceList": [dict(DEVICES[0], custom="{")]}
            self.assertIn("no JSON", gateway.call("driver.changed", broken)["error"]["message"])
            gateway.call("driver.stop")
            gateway.asked.clear()
            gateway.call("driver.start")
            self.assertEqual([method for method, _ in gateway.asked], ["device.connect", "device.online", "log"])
            self.ends_well(gateway)

    def test_one_that_does_not_start(self):
        for gateway in self.driver(config={"kv": {"fail": "yes"}}):
            error = gateway.call("driver.start")["error"]
            self.assertEqual((error["message"], error["data"]["errorType"]), ("the port is in use", "NoPort"))
            self.assertEqual(self.ends_well(gateway), "stopped after none\n")

    def test_a_device_that_is_refused(self):
        for gateway in self.driver():
            gateway.answers["device.connect"] = lambda params: {"code": -32001, "message": "no such device"}
            self.assertEqual(gateway.call("driver.start")["error"]["message"], "no such device")
            self.assertEqual(gateway.call("device.get", self.device(1))["error"]["code"], -32001)
            self.ends_well(gateway)

    def test_a_driver_that_can_do_nothing(self):
        for gateway in self.driver(environment={"BARE": "1"}):
            gateway.call("driver.start")
            for method in ("device.get", "device.set", "device.call"):
                self.assertEqual(gateway.call(method, self.device(1))["error"]["data"]["errorType"], "NotSupported")
            self.assertEqual(gateway.call("driver.changed", {"deviceList": DEVICES})["result"], {"applied": False})
            self.ends_well(gateway)

    def test_a_lost_connection(self):
        for gateway in self.driver(config={"kv": {"every": "1"}}):
            gateway.call("driver.start")
            gateway.server.close()
            os.unlink(gateway.path)
            gateway.lose()
            gateway.listen()
            gateway.accept()
            gateway.asked.clear()
            while "device.report" not in [method for method, _ in gateway.asked]:
                gateway.take()
            self.assertEqual(gateway.call("device.get", self.device(3, properties=["a"]))["result"], {"a": "boiler-3"})
            gateway.call("driver.stop")
            # Its reports failed meanwhile, and it could not tell that but on standard error.
            self.assertEqual(gateway.end()[0], 0)

    def test_another_gateway_adopts_it(self):
        config = {"kv": {"every": "1", "apply": "yes"}}
        for gateway in self.driver(config=config, variables={"SECRET": "s"}):
            gateway.call("driver.start")
            self.assertEqual(gateway.call("device.get", self.device(2, properties=["offline"]))["result"],
                             {"offline": "boiler-2"})
            # The driver keeps its handle on one that it is not assigned any more.
            gateway.params["deviceList"].pop()
            self.assertEqual(gateway.call("driver.changed", gateway.params)["result"], {"applied": True})
            told = [
                ("device.connect", self.device(2)),
                ("device.offline", self.device(2, reason="it does not answer")),
                ("device.connect", self.device(1)),
                ("device.online", self.device(1)),
            ]
            for _ in range(2):
                gateway.crash()
                self.assertEqual(gateway.adopt()["result"], {"adopted": True})
                gateway.asked.clear()
                self.assertEqual(gateway.call("driver.start")["result"], {})
                # Reports wait meanwhile, but one that was under way.
                asked = [each for each in gateway.asked if each[0].startswith("device.") and each[0] != "device.report"]
                self.assertEqual(asked, told)
                self.assertLessEqual([method for method, _ in gateway.asked].count("device.report"), 1)
                gateway.asked.clear()
                while "device.report" not in [method for method, _ in gateway.asked]:
                    gateway.take()
            self.assertEqual(gateway.call("device.get", self.device(1, properties=["a"]))["result"], {"a": "boiler-1"})

            # What it says while it is told again is what counts.
            gateway.crash()
            self.assertEqual(gateway.adopt()["result"], {"adopted": True})
            gateway.asked.clear()
            gateway.answers["device.online"] = lambda params: None
            start = gateway.send("driver.start")
            message = gateway.take()
            while message.get("method") != "device.online":
                message = gateway.take()
            gateway.call("device.get", self.device(1, properties=["offline"]))
            gateway.write({"id": message["id"], "result": {}})
            self.assertEqual(gateway.wait(start)["result"], {})
            states = [method for method, params in gateway.asked
                      if params.get("deviceName") == "boiler-1" and method != "device.report"]
            self.assertEqual(states, ["device.connect", "device.online", "device.offline", "device.offline"])
            del gateway.answers["device.online"]

            # A gateway that knows nothing of a device gets an error, and may ask again.
            gateway.crash()
            self.assertEqual(gateway.adopt()["result"], {"adopted": True})
            gateway.answers["device.connect"] = lambda params: {"code": -32001, "message": "no such device"}
            self.assertEqual(gateway.call("driver.start")["error"]["message"], "no such device")
            del gateway.answers["device.connect"]
            self.assertEqual(gateway.call("driver.start")["result"], {})
            self.assertEqual(gateway.call("driver.stop")["result"], {})
            # Its reports failed meanwhile, and it could not tell that but on standard error.
            code, out, _ = gateway.end()
            self.assertEqual((code, out), (0, "started with s\nstopped after ticks\n"))

    def test_calls_of_many_devices(self):
        devices = [dict(DEVICES[0], deviceName="boiler-%d" % i) for i in range(100)]
        for gateway in self.each(kind="driver", devices=devices):
            gateway.call("driver.start")
            wanted = {gateway.send("device.get", self.device(i % 100, properties=["a"])): i % 100 for i in range(1000)}
            for id, i in wanted.items():
                self.assertEqual(gateway.wait(id)["result"], {"a": "boiler-%d" % i})
            self.ends_well(gateway)


class ExampleTest(unittest.TestCase):
    def test_function(self):
        gateway = Gateway(os.path.join(EXAMPLES, "function/main"), config={"json": {"limit": 50}})
        try:
            report = {"topic": "/oven", "payload": json.dumps({"temperature": {"value": 60.5}})}
            self.assertEqual(gateway.result(json.dumps(report)), {"payload": '{"alarm":60.5}'})
            self.assertEqual(
                gateway.asked,
                [
                    ("log", {"level": "warn", "message": "/oven: 60.5 degrees"}),
                    ("publish", {"topic": "/alarms", "payload": '{"alarm":60.5}'}),
                ],
            )
            report["payload"] = json.dumps({"temperature": {"value": 50}})
            self.assertEqual(gateway.result(json.dumps(report)), {})
            self.assertIn("no JSON", gateway.invoke("x")["error"]["message"])
            self.assertEqual(gateway.end(), (0, "", ""))
        finally:
            gateway.close()

    def test_driver(self):
        settings = [{"productKey": "oven", "deviceName": "oven-1", "custom": '{"temperature":30}'}]
        gateway = Gateway(os.path.join(EXAMPLES, "driver/main"), "driver", {"kv": {"period": "5"}}, settings)
        try:
            oven = {"productKey": "oven", "deviceName": "oven-1"}
            self.assertEqual(gateway.call("driver.start")["result"], {})
            self.assertEqual(gateway.call("device.set", dict(oven, values={"target": 100}))["result"], {})
            while not any(method == "device.report" and params["properties"]["temperature"] > 99
                          for method, params in gateway.asked):
                gateway.take()
            self.assertEqual(gateway.call("device.get", oven)["result"]["target"], 100)
            self.assertEqual(gateway.call("device.call", dict(oven, service="off"))["result"], {"target": 20})
            self.assertEqual(gateway.call("driver.stop")["result"], {})
            self.assertEqual(gateway.end(), (0, "", ""))
        finally:
            gateway.close()


if __name__ == "__main__":
    unittest.main()
