package io.margay.launcher;

import io.margay.launcher.FeaturePlan.BundleEntry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The framework with the gateway's bundles, from start to stop. */
final class Gateway {
    static final String HOST = "127.0.0.1";
    static final int START_LEVEL = 10;

    /** Paths, by comma, that must answer before the gateway counts as up: each property that starts so. */
    private static final String READY = "margay.ready.";

    /** There is nothing at this path, which only those are told who may ask. */
    private static final String OWN = "/api/v1/";

    private static final int UNAUTHORIZED = 401;

    private static final Duration READY_WITHIN = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 5;
    /** A component that failed for so long is not going to work: what it misses would have come by now. */
    private static final Duration FAILED_FOR = Duration.ofMillis(800);

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private final Framework framework;
    private final FeaturePlan plan;
    private final ServerSocket reserved;
    private final int port;
    private final Path token;
    private FrameworkLog log;

    /**
     * @param reserved holds the port until the HTTP server takes it
     * @param token the file with the command line's token, written anew at each start
     */
    Gateway(Map<String, String> properties, FeaturePlan plan, ServerSocket reserved, Path token) {
        this.framework = new FrameworkFactory().newFramework(properties);
        this.plan = plan;
        this.reserved = reserved;
        this.port = reserved.getLocalPort();
        this.token = token;
    }

    /** Returns when the gateway answers; the caller stops it when this throws. */
    void start() throws LaunchException, InterruptedException {
        try {
            framework.init();
            BundleContext context = framework.getBundleContext();
            log = FrameworkLog.follow(context);
            Configurations configurations = Configurations.apply(context, plan.configurations());
            framework.start();
            List<Bundle> bundles = install(context);
            // All at once is quicker than one by one; what does not resolve says why when it is started.
            framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
            reserved.close();
            for (Bundle bundle : bundles) {
                start(bundle);
            }
            configurations.check();
        } catch (BundleException | IOException e) {
            throw new LaunchException(LaunchException.FAILED, "the framework does not start: " + e.getMessage(), e);
        }
        awaitAnswers();
    }

    private List<Bundle> install(BundleContext context) throws LaunchException {
        List<Bundle> bundles = new ArrayList<>();
        for (BundleEntry entry : plan.bundles()) {
            try {
                Bundle bundle =
                        context.installBundle("reference:" + entry.file().toUri());
                if (entry.startLevel() > 1) {
                    bundle.adapt(BundleStartLevel.class).setStartLevel(entry.startLevel());
                }
                bundles.add(bundle);
            } catch (BundleException e) {
                throw new LaunchException(
                        LaunchException.FAILED, entry.file() + " can't be installed: " + e.getMessage(), e);
            }
        }
        return bundles;
    }

    private static void start(Bundle bundle) throws LaunchException {
        if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
            return;
        }
        try {
            bundle.start();
        } catch (BundleException e) {
            String reason = e.getCause() == null ? e.getMessage() : e.getMessage() + ": " + e.getCause();
            throw new LaunchException(
                    LaunchException.FAILED, "bundle " + bundle.getSymbolicName() + " does not start: " + reason, e);
        }
    }

    private void awaitAnswers() throws LaunchException, InterruptedException {
        long began = System.nanoTime();
        for (Map.Entry<String, String> property : plan.frameworkProperties().entrySet()) {
            if (property.getKey().startsWith(READY)) {
                for (String path : property.getValue().split(",")) {
                    awaitAnswer(path.strip(), began);
                }
            }
        }
        failOnForeignAnswer();
        // It answers, so it is of use; what does not work all the same has to be seen.
        FailedComponents.of(framework.getBundleContext())
                .forEach((name, reason) -> LOG.warn("Component {} does not work: {}", name, reason));
    }

    private void awaitAnswer(String path, long began) throws LaunchException, InterruptedException {
        long check = began + FAILED_FOR.toNanos();
        int status;
        while ((status = ask(path, "")) == 404 || status == 503 || status == 0) {
            long now = System.nanoTime();
            if (now > check) {
                check = now + FAILED_FOR.toNanos();
                failOnBrokenComponent();
            }
            if (now > began + READY_WITHIN.toNanos()) {
                throw new LaunchException(
                        LaunchException.FAILED,
                        url() + path + " gives no answer" + (status == 0 ? "" : " but HTTP status " + status)
                                + " after " + READY_WITHIN.toSeconds() + " s; see log/margay.log");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** All bundles are started and the gateway does not answer: what failed on the way is why. */
    private void failOnBrokenComponent() throws LaunchException {
        Map<String, String> failed = FailedComponents.of(framework.getBundleContext());
        if (!failed.isEmpty()) {
            Map.Entry<String, String> first = failed.entrySet().iterator().next();
            throw new LaunchException(
                    LaunchException.FAILED,
                    "the gateway can't be started: " + first.getValue() + " (component " + first.getKey() + ")");
        }
        // Components that need each other in a circle are in no failed state; there is just a word in the log.
        Optional<String> error = log.firstError();
        if (error.isPresent()) {
            throw new LaunchException(
                    LaunchException.FAILED,
                    "the gateway can't be started: "
                            + error.get().lines().findFirst().orElse("") + "; see log/margay.log");
        }
    }

    /** Another gateway may have taken the port in the moment in which this one let go of it for its HTTP server. */
    private void failOnForeignAnswer() throws LaunchException {
        int status;
        try {
            status = ask(OWN, "Authorization: Bearer " + Files.readString(token).strip() + "\r\n");
        } catch (IOException e) {
            throw new LaunchException(LaunchException.FAILED, token + " can't be read: " + e.getMessage(), e);
        }
        if (status == UNAUTHORIZED) {
            throw taken(port, "another gateway took it while this one started", null);
        }
    }

    String url() {
        return "http://" + HOST + ":" + port;
    }

    /**
     * Asks the gateway itself. A bare socket, as the JDK's HTTP clients would load some hundred classes for it.
     *
     * @param headers lines, each ended by CR LF
     * @return the HTTP status; 0 when nothing answers
     */
    int ask(String path, String headers) {
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + HOST + "\r\nConnection: close\r\n" + headers + "\r\n";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 1000);
            socket.setSoTimeout((int) READY_WITHIN.toMillis());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String line = new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
            in.readAllBytes();
            return line.length() < 12 ? 0 : Integer.parseInt(line.substring(9));
        } catch (IOException | NumberFormatException e) {
            return 0; // not there yet: the caller asks again until its time is over
        }
    }

    /** Waits until the framework has ended, whoever stopped it. */
    void await() throws InterruptedException {
        framework.waitForStop(0);
    }

    /**
     * Stops the bundles, those with higher start levels first, and else the later before the earlier.
     *
     * @return false when they were not stopped in time
     */
    boolean stop(Duration patience) throws BundleException, InterruptedException {
        framework.stop();
        return framework.waitForStop(patience.toMillis()).getType() != FrameworkEvent.WAIT_TIMEDOUT;
    }

    /**
     * Holds a port, before anything is started.
     *
     * @param wanted 0 for any
     */
    static ServerSocket reservePort(int wanted) throws LaunchException {
        try {
            ServerSocket socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), wanted));
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            throw taken(wanted, e.getMessage(), e);
        }
    }

    private static LaunchException taken(int port, String why, Exception cause) {
        return new LaunchException(
                LaunchException.PORT_TAKEN,
                "port " + port + " on " + HOST + " can't be used (" + why + "); choose another one with --port or "
                        + Settings.PORT,
                cause);
    }
}
