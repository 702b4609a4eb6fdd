package io.margay.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What runs in containers and tells how it looks from inside. */
final class ContainerFunctions {
    /** A folder that may be read, one that may be written, a port inside and the host's for each mapping. */
    private static final String DOCUMENT = """
            instance: inside
            products:
              - key: room
                model:
                  properties:
                    - {identifier: user, accessMode: r, dataType: {type: int}}
                    - {identifier: temperature, accessMode: r, dataType: {type: double}}
                  services:
                    - identifier: do
                      inputData: [{identifier: what, dataType: {type: text}}]
                      outputData: [{identifier: said, dataType: {type: text}}]
            drivers:
              - {name: python_driver, file: driver, language: python}
            devices:
              - {product: room, name: room-1, driver: python_driver}
            functions:
              - {name: plain, file: py, language: python, timeout: 60s}
              - {name: hog, file: py, language: python, memory: 64MB, timeout: 60s}
              - {name: sleepy, file: py, language: python, idle: 200ms, timeout: 60s}
              - name: web
                file: py
                language: python
                mode: continuous
                timeout: 60s
                environment: {SERVE: "9"}
                container: {ports: [%3$s]}
              - {name: hangs, file: py, language: python, timeout: 60s}
              - {name: host, file: py, language: python, timeout: 60s, container: {hostNetwork: true}}
              - {name: root, file: py, language: python, timeout: 60s, container: {privileged: true}}
              - name: mapped
                file: py
                language: python
                timeout: 60s
                environment: {OPEN: seen by all, TOKEN: {secret: kuckucksei}}
                container:
                  devices: [{path: /dev/net/tun, access: rw}, {path: /dev/fuse, access: ro, note: for reading}]
                  volumes:
                    - {host: "%1$s", container: /data/in, access: ro}
                    - {host: "%2$s", container: /data/out, access: rw}
            """;

    /** In other languages: a folder with their packages, an architecture. */
    private static final String OTHERS = """
            drivers:
              - {name: java_driver, file: %1$s/both-0.jar, language: java, isolation: container}
            devices:
              - {product: room, name: room-2, driver: java_driver}
            functions:
              - {name: node, file: %1$s/node, language: nodejs, timeout: 60s}
              - {name: java, file: %1$s/conform-0.jar, language: java, isolation: container, timeout: 60s}
              - {name: c, file: %1$s/c.zip, language: c, architecture: %2$s, timeout: 60s}
            """;

    /** Tells what the event asks for: each test knows itself what it wants to be told. */
    private static final String PYTHON = """
            import errno, glob, http.server, json, os, socket, stat, sys, threading

            def status(name):
                with open("/proc/self/status") as lines:
                    return next(line.split(":")[1].split() for line in lines if line.startswith(name + ":"))

            def tried(what, *arguments):
                try:
                    what(*arguments)
                    return "done"
                except OSError as e:
                    return errno.errorcode[e.errno]

            def read(path):
                with open(path) as file:
                    return file.read().strip()

            def write(path, text="x"):
                with open(path, "w") as file:
                    file.write(text)

            def opened(path, flags):
                os.close(os.open(path, flags))

            def connect(port):
                socket.create_connection(("127.0.0.1", port), 5).close()

            # Of the container's own group, which is the root of what it sees.
            def limit(first, second):
                return next(int(read(path)) for path in ("/sys/fs/cgroup/" + first, "/sys/fs/cgroup/" + second)
                            if os.path.exists(path))

            # How many there may be, which count as processes do.
            def threads():
                end = threading.Event()
                count = 0
                try:
                    while count < 5000:
                        threading.Thread(target=end.wait).start()
                        count += 1
                except RuntimeError:
                    pass
                end.set()
                return count

            def sockets():
                found = []
                for folder, below, files in os.walk("/"):
                    below[:] = [each for each in below if os.path.join(folder, each) not in ("/proc", "/sys")]
                    found += [path for path in (os.path.join(folder, each) for each in files)
                              if stat.S_ISSOCK(os.lstat(path).st_mode)]
                return found

            def say(text):
                print("printed " + text)
                print("complained " + text, file=sys.stderr)

            def leak():
                kept = []
                while True:
                    kept.append(b"x" * 1000000)

            def handler(event, context):
                return json.dumps({"it": eval(event.decode())})

            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    body = b"page of port %d" % self.server.server_port
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *arguments):
                    pass

            def serve(port):
                http.server.ThreadingHTTPServer(("", port), Page).serve_forever()

            def echo(port):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
                    own.bind(("", port))
                    while True:
                        data, peer = own.recvfrom(1000)
                        own.sendto(data.upper(), peer)

            if "SERVE" in os.environ:
                for number in range(int(os.environ["SERVE"])):
                    threading.Thread(target=serve, args=(8000 + number,), daemon=True).start()
                threading.Thread(target=echo, args=(9000,), daemon=True).start()
            """;

    private static final String DRIVER = """
            import os
            from margay import Driver

            class Inside(Driver):
                def start(self, context):
                    for settings in context.devices:
                        device = context.connect(settings)
                        device.online()
                        context.every(0.2, lambda d=device: d.report({"user": os.getuid()}))

                def get(self, device, properties):
                    return {"user": os.getuid()}
            """;

    private ContainerFunctions() {}

    /**
     * Makes the packages and the document.
     *
     * @param ports of the host: nine for pages, the tenth for datagrams
     * @param more lists of the same kind, put behind its own
     */
    static Path make(Path folder, Path in, Path out, int[] ports, String... more) throws IOException {
        python(folder);
        script(folder.resolve("driver/index.py"), DRIVER);
        String text = DOCUMENT.formatted(in, out, mappings(ports));
        for (String each : more) {
            for (String list : each.split("(?m)^(?=\\w)")) {
                int items = list.indexOf('\n') + 1;
                text = text.replace("\n" + list.substring(0, items), "\n" + list);
            }
        }
        return document(folder, "inside", text);
    }

    /** Makes the packages of other languages. @return what is to be deployed of them */
    static String others(Path folder) throws Exception {
        script(folder.resolve("node/index.js"), LimitedFunctions.NODE);
        WorkloadFiles.bundle(folder, "conform", 0);
        WorkloadFiles.bundle(folder, "both", 0);
        Compiler.zip(
                folder.resolve("c.zip"),
                Files.readAllBytes(Compiler.compile(folder, "echoing", LimitedFunctions.C)),
                "1");
        return OTHERS.formatted(folder, Compiler.architecture().word());
    }

    /** Makes the package that {@link #one} uses. */
    static void python(Path folder) throws IOException {
        script(folder.resolve("py/index.py"), PYTHON);
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String mappings(int[] ports) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < ports.length - 1; i++) {
            all.append("{container: %d, host: %d, protocol: tcp}, ".formatted(8000 + i, ports[i]));
        }
        return all + "{container: 9000, host: %d, protocol: udp}".formatted(ports[ports.length - 1]);
    }

    /** Makes three packages, and a document with a function in a container of each. */
    static Path languages(Path folder) throws Exception {
        python(folder);
        script(folder.resolve("node/index.js"), LimitedFunctions.NODE);
        WorkloadFiles.bundle(folder, "conform", 0);
        return document(folder, "languages", """
                instance: inside
                functions:
                  - {name: plain, file: py, language: python, timeout: 60s}
                  - {name: node, file: node, language: nodejs, timeout: 60s}
                  - {name: java, file: conform-0.jar, language: java, isolation: container, timeout: 60s}
                """);
    }

    /** A document with one function, of the packages that were made. */
    static Path one(Path folder, String isolation, String container) throws IOException {
        return document(folder, "one", """
                instance: inside
                functions:
                  - {name: one, file: py, language: python, isolation: %s, timeout: 60s, container: {%s}}
                """.formatted(isolation, container));
    }

    /** As {@link #one}, in a container that is idle soon. */
    static Path idle(Path folder) throws IOException {
        return document(folder, "idle", """
                instance: inside
                functions:
                  - {name: one, file: py, language: python, isolation: container, idle: 200ms, timeout: 60s}
                """);
    }

    static Path none(Path folder) throws IOException {
        return document(folder, "none", "instance: inside\n");
    }

    private static Path document(Path folder, String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name + ".yaml"), text);
    }
}
