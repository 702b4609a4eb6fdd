package io.margay.rest.internal;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;

/** Asks the gateway. */
final class Client {
    static {
        // Java's client sets these itself unless told.
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host,content-length,expect");
    }

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Client() {}

    static HttpRequest.Builder request(Gateway gateway, String method, String path, byte[] body) {
        return HttpRequest.newBuilder(URI.create(gateway.url(path)))
                .header("Authorization", Gateway.TOKEN)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    }

    static HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    static HttpResponse<byte[]> send(Gateway gateway, String method, String path, byte[] body)
            throws IOException, InterruptedException {
        return send(request(gateway, method, path, body));
    }

    static HttpResponse<byte[]> send(Gateway gateway, String method, String path, Object json)
            throws IOException, InterruptedException {
        return send(gateway, method, path, Json.write(json));
    }

    static HttpResponse<byte[]> get(Gateway gateway, String path) throws IOException, InterruptedException {
        return send(gateway, "GET", path, (byte[]) null);
    }

    static HttpResponse<InputStream> stream(Gateway gateway, String path) throws IOException, InterruptedException {
        return HTTP.send(request(gateway, "GET", path, null).build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    static Map<String, Object> json(HttpResponse<byte[]> response) throws IOException {
        return Json.readObject(response.body());
    }
}
