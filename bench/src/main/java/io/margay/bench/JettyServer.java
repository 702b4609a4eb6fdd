package io.margay.bench;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;

/** Jetty alone with a servlet that gives the body back, in a JVM with the gateway's options. */
final class JettyServer extends Server {
    private final Path folder;

    JettyServer(Path folder, int port) {
        super(port);
        this.folder = folder;
    }

    @Override
    ProcessBuilder command() {
        List<String> line = new ArrayList<>(List.of(BareProcess.JAVA));
        line.addAll(Shipped.JVM_OPTIONS);
        line.addAll(List.of("-cp", System.getProperty("java.class.path")));
        line.addAll(List.of(Main.class.getName(), Integer.toString(port)));
        return new ProcessBuilder(line);
    }

    @Override
    Path output() {
        return folder.resolve("jetty.output");
    }

    @Override
    String authorization() {
        return "none";
    }

    @Override
    String ready() {
        return "GET /echo HTTP/1.1";
    }

    KeepAlive.Target target() {
        return new KeepAlive.Target("Jetty servlet", port, "/echo", "");
    }

    /** The program. */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws Exception {
            var server = new org.eclipse.jetty.server.Server(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])));
            ServletContextHandler context = new ServletContextHandler("/");
            context.addServlet(new ServletHolder(new Echo()), "/echo");
            server.setHandler(context);
            server.start();
        }
    }

    private static final class Echo extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(HttpServletResponse.SC_OK);
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            response.setContentType("application/octet-stream");
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }
}
