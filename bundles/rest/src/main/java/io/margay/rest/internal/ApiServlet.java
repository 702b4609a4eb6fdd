package io.margay.rest.internal;

import io.margay.catalog.Catalogue;
import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.EdgeInstances;
import io.margay.instance.EdgeInstances.Part;
import io.margay.instance.InstanceReader;
import io.margay.model.WorkloadId.Kind;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.security.Access;
import io.margay.security.RequestGuard;
import io.margay.security.Secrets;
import io.margay.spi.ContainerEngine;
import io.margay.spi.ResourceUsage;
import io.margay.store.ArtefactStore;
import io.margay.store.Backup;
import io.margay.telemetry.LogStore;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletName;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** The REST API: guards each request, finds its handler, and turns every failure into a problem document. */
@Component(service = Servlet.class)
@HttpWhiteboardServletName("margay-rest")
@HttpWhiteboardServletPattern(ApiServlet.BASE + "/*")
@HttpWhiteboardServletAsyncSupported
public final class ApiServlet extends HttpServlet {
    static final String BASE = "/api/v1";
    private static final long serialVersionUID = 1L;

    private final transient Guard guard;
    private final transient Router router;
    private final transient Changes changes;
    private final transient LogResource logs;
    private final transient HealthResource health;

    /** Null while there is none: its bundle may be left out. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private transient volatile ContainerEngine engine;

    @Activate
    public ApiServlet(
            BundleContext context,
            @Reference Access access,
            @Reference ArtefactStore artefacts,
            @Reference Backup backup,
            @Reference Secrets secrets,
            @Reference Catalogue catalogue,
            @Reference InstanceReader reader,
            @Reference EdgeInstances instances,
            @Reference Devices devices,
            @Reference Routes routes,
            @Reference Functions functions,
            @Reference Deployer deployer,
            @Reference Cron cron,
            @Reference LogStore logStore,
            @Reference ResourceUsage usage) {
        guard = new Guard(access, new RequestGuard(context.getProperty(RequestGuard.HOSTS)));
        changes = new Changes(deployer);
        logs = new LogResource(logStore);
        router = new Router();
        String version =
                Optional.ofNullable(context.getProperty("margay.version")).orElse("");
        new StatusResource(version, instances, deployer, devices, routes, functions, cron, usage, () -> engine)
                .addTo(router);
        new TimerResource(cron).addTo(router);
        health = new HealthResource(deployer);
        health.addTo(router);
        new InstanceResource(deployer, reader, changes).addTo(router);
        new PartsResource(reader, changes).addTo(router);
        new EdgeInstanceResource(instances, deployer, reader, changes).addTo(router);
        for (Part part : Part.values()) {
            new EdgeInstancePartResource(instances, part).addTo(router);
        }
        new DeploymentResource(deployer, reader, changes).addTo(router);
        new ArtefactResource(artefacts).addTo(router);
        new BackupResource(backup).addTo(router);
        new SecretResource(secrets).addTo(router);
        for (Kind kind : Kind.values()) {
            new CatalogResource(catalogue, artefacts, reader, kind).addTo(router);
        }
        new DriverResource(deployer, devices).addTo(router);
        new WorkloadChanges(reader, changes, Part.DRIVER).addTo(router);
        new WorkloadChanges(reader, changes, Part.FUNCTION).addTo(router);
        new DeviceResource(devices).addTo(router);
        new FunctionResource(functions, deployer).addTo(router);
        logs.addTo(router);
    }

    @Deactivate
    void deactivate() {
        logs.close();
        changes.close();
        health.close();
    }

    /** For tests; the framework sets the field. */
    void engine(ContainerEngine there) {
        engine = there;
    }

    static void commonHeaders(HttpServletResponse response) {
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        commonHeaders(response);
        Exchange bare = new Exchange(request, response, Map.of());
        Optional<Problem> refusal = guard.refusal(request);
        if (refusal.isPresent()) {
            bare.problem(refusal.get());
            return;
        }
        String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
        Router.Match match = router.match(request.getMethod(), path);
        if (match instanceof Router.Found found) {
            handle(found, new Exchange(request, response, found.parameters()));
        } else if (match instanceof Router.WrongMethod wrong) {
            String allowed = String.join(", ", wrong.allowed());
            bare.problem(new Problem(
                            405,
                            "wrong-method",
                            "Wrong method",
                            request.getMethod() + " does not work on " + BASE + path + "; " + allowed
                                    + (wrong.allowed().size() == 1 ? " does" : " do"))
                    .with("Allow", allowed));
        } else {
            bare.problem(Problem.notFound("there is no " + BASE + path + "; docs/rest.md lists what there is"));
        }
    }

    private static void handle(Router.Found found, Exchange exchange) throws IOException {
        try {
            exchange.onlyQuery(found.query());
            found.handler().handle(exchange);
        } catch (IOException e) {
            if (Problem.of(e).isPresent()) {
                exchange.failure(e);
            } else if (exchange.response().isCommitted()) {
                throw e; // the connection is cut, as half an answer must not look like a whole one
            } else {
                // The client has gone, or sent less than it said: most likely nobody is there to be told.
                exchange.problem(Problem.badRequest("the request ended before its body did: " + e.getMessage()));
            }
        } catch (Exception e) {
            exchange.failure(e);
        } catch (OutOfMemoryError e) {
            // What used it up is no longer referred to here, and a document that is too large must not be a riddle.
            exchange.failure(e);
        }
    }
}
