package io.margay.bench;

import io.margay.spi.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Node-RED without its editor, with flows of {@code http in} and {@code http response}. */
final class NodeRedServer extends Server {
    static final String NAME = "Node-RED 4.1.8";

    /** Node-RED closes the connection of a client that offers HTTP/2. */
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Path program;
    private final Path folder;

    NodeRedServer(Path root, Path folder, int port) throws IOException {
        super(port);
        program = root.resolve("bench/target/node-red/node_modules/node-red/red.js");
        this.folder = Files.createDirectory(folder.resolve("node-red"));
        Files.write(this.folder.resolve("flows.json"), Json.write(flows(1)));
        Files.writeString(this.folder.resolve("settings.js"), """
                module.exports = {
                  uiHost: '127.0.0.1', uiPort: %d, flowFile: 'flows.json', credentialSecret: false,
                  disableEditor: true, telemetry: {enabled: false},
                };
                """.formatted(port));
    }

    @Override
    ProcessBuilder command() {
        return new ProcessBuilder("node", program.toString(), "--userDir", folder.toString());
    }

    @Override
    Path output() {
        return folder.resolve("output");
    }

    @Override
    String authorization() {
        return "none";
    }

    @Override
    String ready() {
        return "GET /ready HTTP/1.1";
    }

    @Override
    String program() {
        return "node";
    }

    KeepAlive.Target target(int flow) {
        return new KeepAlive.Target("Node-RED flow", port, "/echo-" + flow, "");
    }

    /** Makes it run so many flows, which all do the same, as its editor's button Deploy does. */
    void deploy(int number) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/flows"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(flows(number))))
                .header("Content-Type", "application/json")
                .header("Node-RED-Deployment-Type", "full")
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException("Node-RED refuses flows: " + response.statusCode() + " " + response.body());
        }
    }

    private static List<Map<String, Object>> flows(int number) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        flow(nodes, "ready", "get");
        for (int i = 0; i < number; i++) {
            flow(nodes, "echo-" + i, "post");
        }
        return nodes;
    }

    private static void flow(List<Map<String, Object>> nodes, String name, String method) {
        String in = name + "-in";
        String out = name + "-out";
        nodes.add(Map.of("id", name, "type", "tab", "label", name));
        nodes.add(Map.of(
                "id",
                in,
                "type",
                "http in",
                "z",
                name,
                "url",
                "/" + name,
                "method",
                method,
                "wires",
                List.of(List.of(out))));
        nodes.add(Map.of("id", out, "type", "http response", "z", name, "wires", List.of()));
    }
}
