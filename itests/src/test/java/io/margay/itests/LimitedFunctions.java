package io.margay.itests;

/** Functions and a driver that take too much memory or too long when they are told to. */
final class LimitedFunctions {
    /** Of a folder for what they write, and an architecture. */
    static final String DOCUMENT = """
            instance: limits
            products:
              - key: load
                model:
                  properties: [{identifier: n, accessMode: r, dataType: {type: int}}]
                  services: [{identifier: leak}]
            drivers:
              - {name: leaking, file: driver, language: python, memory: 64MB}
            devices:
              - {product: load, name: load-1, driver: leaking}
            functions:
              - {name: py, file: py, language: python, memory: 64MB, timeout: 60s, environment: &out {OUT: "%1$s"}}
              - {name: forking, file: py, language: python, memory: 64MB, timeout: 60s, environment: *out}
              - {name: once, file: py, language: python, memory: 64MB, timeout: 60s, environment: *out}
              - {name: node, file: node, language: nodejs, memory: 128MB, timeout: 60s}
              - {name: jvm, file: conform-0.jar, language: java, memory: 160MB, timeout: 60s}
              - {name: c, file: c.zip, language: c, architecture: %2$s, memory: 32MB, timeout: 60s}
              - {name: late, file: py, language: python, timeout: 60s, environment: *out}
              - {name: both, file: node, language: nodejs, timeout: 60s, concurrency: 2}
              - {name: jv, file: stubborn-0.jar, language: java, timeout: 60s, environment: {RELEASE: "%1$s-release"}}
            """;

    static final String PYTHON = """
            import os, signal, subprocess, sys, time

            CHILD = '''
            import os, sys, time
            if os.fork():
                os._exit(0)
            os.setsid()
            with open(sys.argv[1] + "/" + str(os.getpid()), "w"):
                pass
            kept = []
            while True:
                if sys.argv[2] == "leak":
                    kept.append(b"x" * 5000000)
                time.sleep(0.01)
            '''

            def children(what):
                for _ in range(3):
                    subprocess.run([sys.executable, "-c", CHILD, os.environ["OUT"], what])
                time.sleep(60)

            # 10 MB a second
            def leak():
                kept = []
                while True:
                    kept.append(b"x" * 1000000)
                    time.sleep(0.1)

            def ignore():
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)

            def spin():
                while True:
                    pass

            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            DO = {"leak": leak, "fork": lambda: children("leak"), "children": lambda: children("stay"), "spin": spin,
                  "ignore": ignore, "sleep": lambda: time.sleep(60), "once": lambda: (b"x" * 200000000, time.sleep(60))}

            def handler(event, context):
                text = event.decode()
                if text in DO:
                    DO[text]()
                return text
            """;

    static final String NODE = """
            const kept = [];
            exports.handler = async (event) => {
              const text = event.toString();
              if (text === 'leak') {
                setInterval(() => kept.push(Buffer.alloc(10000000, 'x')), 10);
              }
              return text === 'leak' || text === 'sleep' ? new Promise(() => {}) : text;
            };
            """;

    static final String C = """
            #define _POSIX_C_SOURCE 199309L
            #include <stdlib.h>
            #include <string.h>
            #include <time.h>
            #include "margay.h"

            static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
              struct timespec pause = {0, 10000000};
              (void)user;
              (void)error;
              while (call->length == 4 && memcmp(call->payload, "leak", 4) == 0) {
                char *kept = malloc(5000000);
                if (kept != NULL) {
                  memset(kept, 'x', 5000000);
                }
                nanosleep(&pause, NULL);
              }
              return margay_reply_bytes(reply, call->payload, call->length);
            }

            int main(void) {
              margay_function function = {.handle = handle};
              return margay_run_function(&function);
            }
            """;

    static final String DRIVER = """
            import time
            from margay import Driver

            class Leaking(Driver):
                def start(self, context):
                    for settings in context.devices:
                        context.connect(settings).online()

                def get(self, device, properties):
                    return {"n": 1}

                def call(self, device, service, input):
                    kept = []
                    while True:
                        kept.append(b"x" * 10000000)
                        time.sleep(0.01)
            """;

    private LimitedFunctions() {}
}
