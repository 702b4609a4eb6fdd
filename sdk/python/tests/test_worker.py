"""python3 -m unittest, in sdk/python."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import unittest

from tests.gateway import SDK, Gateway


class WorkerTest(unittest.TestCase):
    def start(self, code, **more):
        gateway = Gateway(textwrap.dedent(code), **more)
        self.addCleanup(gateway.close)
        self.assertEqual(gateway.wait(gateway.started).get("result"), {})
        return gateway

    def refused(self, code, **more):
        gateway = Gateway(textwrap.dedent(code), **more)
        self.addCleanup(gateway.close)
        error = gateway.wait(gateway.started)["error"]
        self.assertEqual(gateway.process.wait(20), 1)
        return error["message"], gateway.process.stderr.read().decode()

    def test_results(self):
        gateway = self.start(
            """
            def handler(event, context):
                return {b"dict": {"a": [1, None]}, b"none": None, b"bytes": b"\\xff\\x00", b"text": "h\\u00e9",
                        b"number": 1.5, b"true": True, b"empty": b""}[event]
            """
        )
        for event, result in (
            ("dict", {"payload": '{"a":[1,null]}'}),
            ("none", {}),
            ("bytes", {"payloadBase64": "/wA="}),
            ("text", {"payload": "h\u00e9"}),
            ("number", {"payload": "1.5"}),
            ("true", {"payload": "true"}),
            ("empty", {"payload": ""}),
        ):
            self.assertEqual(gateway.invoke(event)["result"], result, event)

    def test_binary_event(self):
        gateway = self.start("def handler(event, context): return list(event)\n")
        answer = gateway.call("invoke", {"payloadBase64": "/wA="})
        self.assertEqual(answer["result"], {"payload": "[255,0]"})

    def test_context(self):
        gateway = self.start(
            """
            def handler(event, c):
                c.logger.info("got %s of %d", event, 2)
                return [c.request_id, c.requestId, c.function_name, c.functionName, c.invokerContext,
                        c.invoker_context, 4000 < c.remaining_ms() <= 5000]
            """
        )
        result = gateway.invoke("x", invokerContext={"a": 1})["result"]["payload"]
        self.assertEqual(json.loads(result), ["r1", "r1", "f", "f", {"a": 1}, {"a": 1}, True])
        self.assertEqual(gateway.asked, [("log", {"level": "info", "message": "got b'x' of 2"})])

    def test_config(self):
        gateway = self.start(
            """
            import margay
            LIMIT = margay.config().json["limit"]
            def handler(event, context): return LIMIT
            """,
            params={"config": {"json": {"limit": 5}}},
        )
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "5"})

    def test_exception(self):
        gateway = self.start("def handler(event, context):\n    return 1 / 0\n")
        error = gateway.invoke("x")["error"]
        self.assertEqual((error["code"], error["data"]["errorType"]), (-32000, "ZeroDivisionError"))
        self.assertIn("index.py", error["data"]["stackTrace"][0])
        self.assertEqual(len(error["data"]["stackTrace"]), 1)

    def test_results_that_json_does_not_have(self):
        gateway = self.start(
            """
            def handler(event, context):
                if event == b"large": return "x" * 9000000
                if event == b"loop":
                    a = []
                    a.append(a)
                    return a
                return {"a": float("nan")} if event == b"nan" else {"a": object()}
            """
        )
        self.assertEqual(gateway.invoke("object")["error"]["data"]["errorType"], "TypeError")
        self.assertEqual(gateway.invoke("nan")["error"]["data"]["errorType"], "ValueError")
        self.assertEqual(gateway.invoke("loop")["error"]["data"]["errorType"], "RecursionError")
        self.assertIn("at most", gateway.invoke("large")["error"]["message"])

    def test_what_keeps_it_from_starting(self):
        message, stderr = self.refused("import no_such\n")
        self.assertEqual(message, "No module named 'no_such'")
        self.assertIn("Traceback", stderr)
        message, _ = self.refused("", handler="other.handler")
        self.assertEqual(message, "the package has no other.py, which the handler 'other.handler' names")
        message, stderr = self.refused("x = 1\n")
        self.assertIn("has no function 'handler', which the handler 'index.handler' names", message)
        self.assertIn(message, stderr)
        message, _ = self.refused("x = 1\n", kind="driver", handler="")
        self.assertIn("wants a class or object with a method start(context)", message)

    def test_gateway_calls(self):
        gateway = self.start(
            """
            import margay
            def handler(event, context):
                margay.publish("/a", {"t": 1})
                margay.set("p", "dev1", {"a": 1})
                try:
                    margay.call("p", "dev1", "reset")
                except margay.GatewayError as e:
                    failure = [e.code, str(e), e.error_type]
                return [margay.get("p", "dev1"), margay.invoke("g", b"\\xff").decode(), failure]
            """
        )
        gateway.answers = {
            "thing.get": lambda params: {"t": 42},
            "function.invoke": lambda params: {"payload": "back"},
            "thing.call": lambda params: {"code": -32004, "message": "off line", "data": {"errorType": "OFFLINE"}},
        }
        result = json.loads(gateway.invoke("x")["result"]["payload"])
        self.assertEqual(result, [{"t": 42}, "back", [-32004, "off line", "OFFLINE"]])
        self.assertEqual(
            gateway.asked,
            [
                ("publish", {"topic": "/a", "payload": '{"t":1}'}),
                ("thing.set", {"productKey": "p", "deviceName": "dev1", "values": {"a": 1}}),
                ("thing.call", {"productKey": "p", "deviceName": "dev1", "service": "reset", "input": {}}),
                ("thing.get", {"productKey": "p", "deviceName": "dev1", "properties": []}),
                ("function.invoke", {"function": "g", "payloadBase64": "/w=="}),
            ],
        )

    def test_calls_wait_their_turn_while_a_handler_asks(self):
        gateway = self.start(
            """
            import margay
            def handler(event, context):
                return margay.get("p", "dev1", [event.decode()])
            """
        )
        first = gateway.send("invoke", {"payload": "a"})
        second = gateway.send("invoke", {"payload": "b"})
        ping = gateway.send("ping")
        gateway.answers["thing.get"] = lambda params: {"is": params["properties"][0]}
        self.assertEqual(gateway.wait(ping)["result"], {})
        self.assertEqual(gateway.wait(first)["result"], {"payload": '{"is":"a"}'})
        self.assertEqual(gateway.wait(second)["result"], {"payload": '{"is":"b"}'})

    def test_a_ping_is_answered_while_a_handler_works(self):
        gateway = self.start(
            """
            import margay, os, threading
            def handler(event, context):
                path = event.decode()
                while not os.path.exists(path):
                    pass
                return margay.get("p", "dev1", ["t"])
            """
        )
        gateway.answers["thing.get"] = lambda params: {"t": 42}
        for number in range(3):
            path = os.path.join(gateway.folder, "end-%d" % number)
            call = gateway.send("invoke", {"requestId": "r", "payload": path, "deadlineMs": 60000})
            # The handler goes on until the pings have been answered.
            for _ in range(3):
                self.assertEqual(gateway.call("ping")["result"], {})
            self.assertNotIn(call, gateway.errors)
            with open(path, "w"):
                pass
            self.assertEqual(gateway.wait(call)["result"], {"payload": '{"t":42}'})
            # The main thread reads again.
            self.assertEqual(gateway.call("ping")["result"], {})

    def test_calls_after_and_beside_a_long_one(self):
        gateway = self.start(
            """
            import margay, time
            def handler(event, context):
                time.sleep(float(event))
                return margay.get("p", "dev1", [event.decode()])
            """
        )
        gateway.answers["thing.get"] = lambda params: {"is": params["properties"][0]}
        calls = []
        for seconds in ("0.4", "0", "0.3", "0", "0.26", "0.24", "0"):
            calls.append((seconds, gateway.send("invoke", {"requestId": "r", "payload": seconds, "deadlineMs": 9000})))
            calls.append((None, gateway.send("ping")))
        for seconds, call in calls:
            result = gateway.wait(call)["result"]
            self.assertEqual(result, {} if seconds is None else {"payload": '{"is":"%s"}' % seconds})

    def test_calls_side_by_side(self):
        gateway = self.start(
            """
            import margay, os, threading
            all_three = threading.Barrier(3)
            def handler(event, context):
                if event == b"fork":
                    pid = os.fork()
                    if pid:
                        os.waitpid(pid, 0)
                    return "parent" if pid else "child"
                all_three.wait(20)
                margay.publish("/met", context.request_id)
                return 1 / 0 if event == b"fail" else context.request_id
            """,
            params={"concurrency": 3},
        )
        for _ in range(20):
            calls = [
                gateway.send("invoke", {"requestId": str(i), "payload": "fail" if i == 2 else "", "deadlineMs": 20000})
                for i in range(3)
            ]
            answers = [gateway.wait(each) for each in calls]
            self.assertEqual([answer["result"]["payload"] for answer in answers[:2]], ["0", "1"])
            self.assertEqual(answers[2]["error"]["data"]["errorType"], "ZeroDivisionError")
        self.assertEqual(gateway.invoke("fork")["result"], {"payload": "parent"})
        calls = [gateway.send("invoke", {"requestId": "r", "payload": "", "deadlineMs": 20000}) for _ in range(3)]
        gateway.write({"method": "shutdown", "params": {}})
        for call in calls:
            self.assertEqual(gateway.wait(call)["result"], {"payload": "r"})
        self.assertEqual(gateway.process.wait(20), 0)

    def test_exit_beside_other_calls(self):
        gateway = self.start(
            """
            import sys, threading
            def handler(event, context):
                if event == b"exit":
                    sys.exit("enough")
                threading.Event().wait()
            """,
            params={"concurrency": 2},
        )
        gateway.send("invoke", {"payload": "", "deadlineMs": 20000})
        gateway.send("invoke", {"payload": "exit", "deadlineMs": 20000})
        self.assertEqual(gateway.process.wait(20), 1)
        self.assertEqual(gateway.process.stderr.read().decode(), "enough\n")

    def test_a_thread_asks_while_the_main_thread_is_idle_or_busy(self):
        gateway = self.start(
            """
            import margay, threading
            seen = []
            def ask():
                for i in range(100):
                    seen.append(margay.get("p", "dev1", [str(i)])["is"])
            thread = threading.Thread(target=ask)
            def handler(event, context):
                if event == b"start":
                    thread.start()
                else:
                    thread.join()
                    return len(seen)
            """
        )
        gateway.answers["thing.get"] = lambda params: {"is": params["properties"][0]}
        self.assertEqual(gateway.invoke("start")["result"], {})
        self.assertEqual(gateway.invoke("join")["result"], {"payload": "100"})
        self.assertEqual(gateway.call("ping")["result"], {})

    def test_reconnects(self):
        gateway = self.start("def handler(event, context): return event\n")
        gateway.lines.close()
        gateway.connection.close()
        gateway.accept()
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "x"})

    def test_another_gateway_adopts_a_function(self):
        gateway = self.start(
            """
            import os
            with open("loaded", "a") as f:
                f.write("once ")
            first = os.environ.get("FIRST")
            def handler(event, context):
                return open("loaded").read() + first + " " + os.environ["SECRET"] + " " + os.environ["PYTHONPATH"]
            """,
            params={"environment": {"FIRST": "1st", "SECRET": "h\u00e9", "PYTHONPATH": "/own"}},
        )
        expected = {"payload": "once 1st h\u00e9 " + SDK}
        self.assertEqual(gateway.invoke("x")["result"], expected)
        gateway.crash()
        self.assertEqual(gateway.adopt()["result"], {"adopted": True})
        self.assertEqual(gateway.invoke("x")["result"], expected)

    def test_an_answer_is_for_the_gateway_that_asked(self):
        gateway = self.start(
            """
            import margay, os
            def handler(event, context):
                while event == b"old" and not os.path.exists("end"):
                    pass
                return event
            """
        )
        old = gateway.send("invoke", {"payload": "old", "deadlineMs": 60000})
        gateway.crash()
        # It connects again while it works.
        gateway.come_back()
        for _ in range(old - 1):
            self.assertEqual(gateway.call("ping")["result"], {})
        call = gateway.send("invoke", {"payload": "new", "deadlineMs": 60000})
        self.assertEqual(call, old)
        with open(os.path.join(gateway.folder, "end"), "w"):
            pass
        self.assertEqual(gateway.wait(call)["result"], {"payload": "new"})

    def test_a_gateway_that_is_away_for_some_time(self):
        gateway = self.start("def handler(event, context): return event\n")
        gateway.crash()
        # This is how long it is away, first with a socket that refuses, then without.
        time.sleep(0.5)
        os.rename(gateway.path, gateway.path + "-away")
        time.sleep(1.5)
        os.rename(gateway.path + "-away", gateway.path)
        self.assertEqual(gateway.adopt()["result"], {"adopted": True})
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "x"})

    def test_a_worker_that_was_frozen_meanwhile(self):
        gateway = self.start("def handler(event, context): return event\n")
        gateway.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, gateway.process.pid, os.WSTOPPED)
        gateway.crash()
        os.unlink(gateway.path)
        gateway.listen()
        gateway.process.send_signal(signal.SIGCONT)
        gateway.accept()
        self.assertEqual(gateway.call("initialize", gateway.params)["result"], {"adopted": True})
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "x"})

    def test_it_tries_for_thirty_seconds_in_which_it_was_not_frozen(self):
        code = """
            from margay import _link
            waited = []
            _link.sleep = waited.append
            def finish(code, words):
                print(code, words, round(sum(waited)))
                raise SystemExit
            _link.finish = finish
            _link.Link("/none/s")._reconnect("it was closed")
        """
        out = subprocess.check_output([sys.executable, "-c", textwrap.dedent(code)], cwd=SDK)
        self.assertEqual(out, b"1 margay: the gateway did not come back within 30 seconds 30\n")

    def test_shutdown_whatever_threads_are_left(self):
        gateway = self.start(
            """
            import atexit, threading, time
            atexit.register(lambda: print("bye"))
            threading.Thread(target=time.sleep, args=(600,)).start()
            def handler(event, context): pass
            """
        )
        gateway.write({"method": "shutdown"})
        self.assertEqual(gateway.process.wait(20), 0)
        self.assertEqual(gateway.process.stdout.read(), b"bye\n")

    def test_unreadable_and_unknown(self):
        gateway = self.start("def handler(event, context): return event\n")
        gateway.connection.sendall(b"garbage\n[]\n\xff\n")
        for _ in range(3):
            self.assertEqual(gateway.read()["error"]["code"], -32700)
        self.assertEqual(gateway.call("no.such")["error"]["code"], -32601)
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "x"})

    def test_a_fork_leaves_the_connection_to_its_parent(self):
        gateway = self.start(
            """
            import margay, os
            def handler(event, context):
                pid = os.fork()
                if pid == 0:
                    return "child"
                os.waitpid(pid, 0)
                return "parent"
            """
        )
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "parent"})
        self.assertEqual(gateway.invoke("x")["result"], {"payload": "parent"})

    def test_driver(self):
        devices = [{"productKey": "p", "deviceName": "dev" + str(i), "custom": '{"unit":%d}' % i} for i in (1, 2)]
        gateway = self.start(
            """
            import threading
            from margay import Driver
            both = threading.Barrier(2)
            class Boiler(Driver):
                def start(self, context):
                    self.limit = context.config.kv["limit"]
                    for settings in context.devices:
                        device = context.connect(settings)
                        device.online()
                        if not device.report({"unit": settings.config["unit"]}):
                            device.offline("no")
                def get(self, device, properties):
                    both.wait(10)       # calls of two devices come at the same time
                    return {"limit": self.limit, "by": device.device_name}
                def changed(self, context):
                    self.limit = context.config.kv["limit"]
                    return True
            """,
            kind="driver",
            handler="index.Boiler",
            params={"config": {"kv": [{"key": "limit", "value": "5", "note": ""}]}, "deviceList": devices},
        )
        gateway.answers["device.report"] = lambda params: (
            {"status": "ACCEPTED", "reason": ""}
            if params["deviceName"] == "dev1"
            else {"status": "REFUSED", "reason": "unit"}
        )
        self.assertEqual(gateway.call("driver.start")["result"], {})
        self.assertEqual(
            [(method, params["deviceName"]) for method, params in gateway.asked],
            [(m, "dev1") for m in ("device.connect", "device.online", "device.report")]
            + [(m, "dev2") for m in ("device.connect", "device.online", "device.report", "device.offline")],
        )
        asks = [gateway.send("device.get", {"productKey": "p", "deviceName": "dev" + n}) for n in "12"]
        self.assertEqual([gateway.wait(id)["result"]["by"] for id in asks], ["dev1", "dev2"])
        changed = {"config": {"kv": {"limit": "6"}}, "deviceList": devices}
        self.assertEqual(gateway.call("driver.changed", changed)["result"], {"applied": True})
        error = gateway.call("device.set", {"productKey": "p", "deviceName": "dev1", "values": {}})["error"]
        self.assertEqual(error["data"]["errorType"], "NotImplementedError")
        error = gateway.call("device.get", {"productKey": "p", "deviceName": "dev9"})["error"]
        self.assertEqual(error["code"], -32001)
        self.assertEqual(gateway.call("driver.stop")["result"], {})

    def test_another_gateway_adopts_a_driver(self):
        names = ("online", "offline", "untold", "gone")
        devices = [{"productKey": "p", "deviceName": name} for name in names]
        gateway = self.start(
            """
            import threading, time
            from margay import GatewayError
            running = True
            def start(context):
                with open("started", "a") as f:
                    f.write("once ")
                global devices, thread
                devices = {s.device_name: context.connect(s) for s in context.devices}
                devices["online"].offline("not yet")
                devices["online"].online()
                devices["offline"].online()
                devices["offline"].offline("no answer")
                devices["gone"].online()
                thread = threading.Thread(target=report)
                thread.start()
            def stop():
                global running
                running = False
                thread.join()
            def changed(context):
                return True
            def report():
                n = 0
                while running:
                    n += 1
                    try:
                        devices["online"].report({"n": n})
                    except GatewayError:
                        time.sleep(0.01)
            def get(device, properties):
                return {"started": open("started").read()}
            def set(device, values):
                device.offline("told to be")
            """,
            kind="driver",
            handler="",
            params={"deviceList": devices},
        )
        gateway.answers["device.report"] = lambda params: {"status": "ACCEPTED", "reason": ""}
        self.assertEqual(gateway.call("driver.start")["result"], {})
        # The driver keeps its handle on one that it is not assigned any more.
        del gateway.params["deviceList"][3]
        self.assertEqual(gateway.call("driver.changed", gateway.params)["result"], {"applied": True})
        told = [
            ("device.connect", {"productKey": "p", "deviceName": "online"}),
            ("device.online", {"productKey": "p", "deviceName": "online"}),
            ("device.connect", {"productKey": "p", "deviceName": "offline"}),
            ("device.offline", {"productKey": "p", "deviceName": "offline", "reason": "no answer"}),
            ("device.connect", {"productKey": "p", "deviceName": "untold"}),
        ]
        for _ in range(2):
            gateway.crash()
            self.assertEqual(gateway.adopt()["result"], {"adopted": True})
            del gateway.asked[:]
            self.assertEqual(gateway.call("driver.start")["result"], {})
            # Reports wait meanwhile, but one that was under way.
            self.assertEqual([each for each in gateway.asked if each[0] != "device.report"], told)
            self.assertLessEqual(len(gateway.asked), len(told) + 1)
            while gateway.asked[-1][0] != "device.report":
                gateway.take()
        online = {"productKey": "p", "deviceName": "online"}
        self.assertEqual(gateway.call("device.get", online)["result"], {"started": "once "})

        # What it says while it is told again is what counts.
        gateway.crash()
        self.assertEqual(gateway.adopt()["result"], {"adopted": True})
        del gateway.asked[:]
        gateway.answers["device.online"] = lambda params: None
        start = gateway.send("driver.start")
        message = gateway.take()
        while message.get("method") != "device.online":
            message = gateway.take()
        self.assertEqual(gateway.call("device.set", online)["result"], {})
        gateway.write({"id": message["id"], "result": {}})
        self.assertEqual(gateway.wait(start)["result"], {})
        told = [m for m, p in gateway.asked if p["deviceName"] == "online" and m != "device.report"]
        self.assertEqual(told, ["device.connect", "device.online", "device.offline", "device.offline"])

        # A gateway that knows nothing of a device gets an error, and may ask again.
        gateway.crash()
        self.assertEqual(gateway.adopt()["result"], {"adopted": True})
        gateway.answers["device.connect"] = lambda params: {"code": -32001, "message": "no such device"}
        self.assertEqual(gateway.call("driver.start")["error"]["message"], "no such device")
        del gateway.answers["device.connect"]
        self.assertEqual(gateway.call("driver.start")["result"], {})
        self.assertEqual(gateway.call("driver.stop")["result"], {})

    def test_the_only_driver_of_the_module(self):
        gateway = self.start(
            """
            from margay import Driver
            class Boiler(Driver):
                def start(self, context):
                    pass
            """,
            kind="driver",
            handler="",
        )
        self.assertEqual(gateway.call("driver.start")["result"], {})

    def test_imports_next_to_nothing(self):
        code = "import sys; before = set(sys.modules); import margay._worker; print(sorted(set(sys.modules) - before))"
        out = subprocess.check_output([sys.executable, "-I", "-c", "import sys; sys.path.insert(0, %r); " % SDK + code])
        for name in ("json", "re", "enum", "socket", "threading", "traceback", "logging", "typing", "asyncio"):
            self.assertNotIn("'%s'" % name, out.decode())

    def test_outside_a_gateway(self):
        code = "import margay; margay.log.info('a'); margay.publish('/a', '')"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=SDK, stderr=subprocess.PIPE, stdout=subprocess.PIPE, check=False
        )
        self.assertIn(b"info: a", done.stderr)
        self.assertIn(b"GatewayError: this process was not started by a Margay gateway", done.stderr)


if __name__ == "__main__":
    unittest.main()
