package io.margay.console.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.spi.ContainerEngine;
import io.margay.spi.Json;
import io.margay.telemetry.LogStore;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.felix.webconsole.servlet.AbstractServlet;
import org.apache.felix.webconsole.servlet.ServletConstants;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The console's page <em>Margay</em>. The console finds it by its label, asks for the password, and puts its own header
 * and menu around the page; without the console the servlet is not reachable, as it has no pattern of its own.
 */
@Component(
        service = Servlet.class,
        property = {
            ServletConstants.PLUGIN_LABEL + "=" + MargayPage.LABEL,
            ServletConstants.PLUGIN_TITLE + "=Margay",
            ServletConstants.PLUGIN_CATEGORY + "=Margay"
        })
public final class MargayPage extends AbstractServlet {
    static final String LABEL = "margay";
    static final String STATUS = "/" + LABEL + "/status.json";
    private static final long serialVersionUID = 1L;

    private final transient Snapshot snapshot;
    private final String template;

    /** What a browser keeps of the page's files is another bundle's when this is another number. */
    private final String build;

    /** Null while there is none: its bundle may be left out. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private transient volatile ContainerEngine engine;

    @Activate
    public MargayPage(
            BundleContext context,
            @Reference Deployer deployer,
            @Reference Devices devices,
            @Reference Functions functions,
            @Reference Routes routes,
            @Reference Cron cron,
            @Reference LogStore logs)
            throws IOException {
        String version = context.getProperty("margay.version");
        snapshot = new Snapshot(
                version == null ? context.getBundle().getVersion().toString() : version,
                deployer,
                devices,
                functions,
                routes,
                cron,
                logs,
                () -> engine);
        build = Long.toString(context.getBundle().getLastModified(), Character.MAX_RADIX);
        try (InputStream page = MargayPage.class.getResourceAsStream("/res/margay.html")) {
            template = new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        String path = request.getPathInfo();
        if (STATUS.equals(path)) {
            status(request, response);
        } else if (path == null || path.equals("/" + LABEL) || getResource(path) != null) {
            super.doGet(request, response);
        } else {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private void status(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Map<String, Object> body;
        try {
            body = snapshot.view(Question.of(request::getParameter));
        } catch (IllegalArgumentException e) {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            body = Map.of("error", e.getMessage());
        }
        byte[] json = Json.write(body);
        setNoCache(response);
        // Names and messages come from devices and drivers: a browser must never take them for a page.
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.setContentLength(json.length);
        response.getOutputStream().write(json);
    }

    /** Writes the page's frame; the script in it fetches what it shows. */
    @Override
    public void renderContent(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object root = request.getAttribute(ServletConstants.ATTR_PLUGIN_ROOT);
        response.getWriter().print(page(String.valueOf(root)));
    }

    String page(String root) {
        return template.replace("@root@", escape(root)).replace("@build@", build);
    }

    /** For an attribute's value between double quotes. The console replaces variables in pages, hence the dollar. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;")
                .replace("$", "&#36;");
    }
}
