package io.margay.console.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Serves the page with sample data inside the web console's own header and styles, to be looked at in a browser. Run it
 * with the test class path and look at {@code /system/console/margay}, or at {@code narrow} beside it. Arguments: port, how many devices (0 for an empty gateway), {@code dark} for a dark console.
 */
final class PageHarness {
    private static final String ROOT = "/system/console";

    private PageHarness() {}

    public static void main(String[] args) throws IOException {
        int devices = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        boolean dark = args.length > 2 && args[2].equals("dark");
        FakeGateway gateway = devices == 0 ? new FakeGateway() : FakeGateway.boilerRoom(devices);
        HttpServer server = start(Integer.parseInt(args[0]), gateway, dark);
        System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + ROOT + "/margay");
    }

    static HttpServer start(int port, FakeGateway gateway, boolean dark) throws IOException {
        Snapshot snapshot = gateway.snapshot();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext(ROOT + "/res/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            file(exchange, path.substring(ROOT.length()));
        });
        server.createContext(ROOT + "/margay/res/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            file(exchange, path.substring((ROOT + "/margay").length()));
        });
        server.createContext(ROOT + "/margay/status.json", exchange -> {
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            gateway.live();
            answer(exchange, "application/json", Json.write(snapshot.view(Question.of(query::get))));
        });
        server.createContext(
                ROOT + "/margay",
                exchange ->
                        answer(exchange, "text/html; charset=utf-8", page(dark).getBytes(StandardCharsets.UTF_8)));
        // Browsers don't make windows as narrow as a telephone.
        server.createContext(
                ROOT + "/narrow",
                exchange -> answer(
                        exchange,
                        "text/html",
                        "<iframe src='margay' style='width:360px;height:98vh;border:1px solid'></iframe>"
                                .getBytes(StandardCharsets.UTF_8)));
        server.start();
        return server;
    }

    private static String page(boolean dark) throws IOException {
        String header = new String(resource("/templates/main_header.html"), StandardCharsets.UTF_8)
                .replace("\uFEFF", "")
                .replace("${appRoot}", ROOT)
                .replace("${head.label}", "margay")
                .replace("${head.title}", "Margay")
                .replace("${brand.name}", "Apache Felix Web Console")
                .replace("${brand.css}", ROOT + "/res/ui/webconsole.css")
                .replaceAll("\\$\\{[^}]*}", "");
        String style = dark ? "<style>body{background:#1e1f22;color:#ddd}</style>" : "";
        String frame = new String(resource("/res/margay.html"), StandardCharsets.UTF_8)
                .replace("@root@", ROOT + "/margay")
                .replace("@build@", "1");
        return header + style + "<div id='content'>" + frame + "</div></div></body></html>";
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new HashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            query.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    private static void file(HttpExchange exchange, String name) throws IOException {
        String type = name.endsWith(".css") ? "text/css" : name.endsWith(".js") ? "text/javascript" : "image/png";
        answer(exchange, type, resource(name));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = PageHarness.class.getResourceAsStream(name)) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
