package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Chromium without a window, driven over the protocol of its developer tools: it is JSON over a WebSocket, for which the
 * JDK has all that is needed.
 */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
    /** A browser gives up all it loads when a network of its machine comes or goes, as those of containers beside it do. */
    private static final String CUT = "net::ERR_NETWORK_CHANGED";

    private final Margay.Running running;
    private final Map<Integer, CompletableFuture<Map<String, Object>>> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<Map<String, Object>> events = new LinkedBlockingQueue<>();
    private final Thread worker = new Thread(this::handle, "browser-events");
    private WebSocket socket;
    private int last;

    /** A tab with cookies and passwords of its own. */
    final class Tab {
        /** What scripts threw, and what the console of the browser calls an error. */
        final List<String> errors = new CopyOnWriteArrayList<>();

        private final String password;
        private String session;
        private boolean asked;
        private volatile int status;
        private volatile CompletableFuture<Boolean> loaded = new CompletableFuture<>();
        /** How often something that it loaded was given up. */
        private final AtomicInteger cuts = new AtomicInteger();

        private Tab(String password) {
            this.password = password;
        }

        /**
         * Loads a page, then what a script of it leads to, one after the other; all of it again where the browser gave it up.
         *
         * @return the HTTP status of the page that was loaded in the end
         */
        int go(String url, String... scripts) throws Exception {
            int before = errors.size();
            return unlessCut(() -> {
                errors.subList(before, errors.size()).clear();
                load(() -> call("Page.navigate", Map.of("url", url)));
                for (String script : scripts) {
                    load(() -> evaluate(script));
                }
                return status;
            });
        }

        /** Loads a page that shows what it fetches once, and waits until it does. */
        int go(String url, Pattern shown) throws Exception {
            int[] answer = new int[2];
            String[] text = new String[1];
            Await.until(() -> shown + " in " + text[0], PATIENCE, () -> {
                if (answer[0] == 0 || answer[1] != cuts.get()) {
                    answer[1] = cuts.get();
                    answer[0] = go(url);
                }
                text[0] = text("body");
                return shown.matcher(text[0]).find();
            });
            return answer[0];
        }

        private void load(Callable<?> first) throws Exception {
            loaded = new CompletableFuture<>();
            asked = false;
            first.call();
            loaded.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        /** The value of an expression, which may be a promise; it is asked for again where the browser gave it up. */
        Object value(String script) throws Exception {
            Map<String, Object> answer = unlessCut(() -> evaluate(script));
            if (answer.containsKey("exceptionDetails")) {
                throw new AssertionError(script + ": " + answer);
            }
            return map(answer.get("result")).get("value");
        }

        private Map<String, Object> evaluate(String script) throws Exception {
            return call("Runtime.evaluate", Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
        }

        private <T> T unlessCut(Callable<T> attempt) throws Exception {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                int before = cuts.get();
                T result = attempt.call();
                if (before == cuts.get() || System.nanoTime() > end) {
                    return result;
                }
            }
        }

        String text(String selector) throws Exception {
            return (String) value("document.querySelector('" + selector + "').innerText");
        }

        /** Waits until an element's text holds a match. */
        void await(String selector, Pattern pattern) throws Exception {
            String[] text = new String[1];
            Await.until(() -> pattern + " in " + text[0], PATIENCE, () -> {
                text[0] = text(selector);
                return pattern.matcher(text[0]).find();
            });
        }

        /** Saves a picture of the whole page as it is at this width. */
        void picture(Path file, int width) throws Exception {
            call(
                    "Emulation.setDeviceMetricsOverride",
                    Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
            Map<String, Object> answer = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
            Files.createDirectories(file.getParent());
            Files.write(file, Base64.getDecoder().decode((String) answer.get("data")));
            call("Emulation.clearDeviceMetricsOverride", Map.of());
        }

        private Map<String, Object> call(String method, Map<String, Object> parameters) throws Exception {
            return send(session, method, parameters).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        private void happened(String event, Map<String, Object> parameters) throws IOException {
            switch (event) {
                case "Fetch.requestPaused" ->
                    send(session, "Fetch.continueRequest", Map.of("requestId", parameters.get("requestId")));
                case "Fetch.authRequired" -> {
                    // Asked again, the password is wrong: as a person does in the end, give up and see the page.
                    Map<String, Object> response = asked
                            ? Map.of("response", "CancelAuth")
                            : Map.of("response", "ProvideCredentials", "username", "admin", "password", password);
                    asked = true;
                    send(
                            session,
                            "Fetch.continueWithAuth",
                            Map.of("requestId", parameters.get("requestId"), "authChallengeResponse", response));
                }
                case "Network.responseReceived" -> {
                    if ("Document".equals(parameters.get("type"))) {
                        status = ((Number) map(parameters.get("response")).get("status")).intValue();
                    }
                }
                case "Page.loadEventFired" -> loaded.complete(true);
                case "Runtime.exceptionThrown" -> errors.add(parameters.toString());
                case "Log.entryAdded" -> {
                    Map<String, Object> entry = map(parameters.get("entry"));
                    if ("error".equals(entry.get("level"))
                            && !String.valueOf(entry.get("text")).contains(CUT)) {
                        errors.add(entry.toString());
                    }
                }
                default -> {}
            }
        }
    }

    private final Map<String, Tab> tabs = new ConcurrentHashMap<>();

    private Browser(Margay.Running running) {
        this.running = running;
    }

    /** The browser's program, where there is one. */
    static Optional<Path> find() {
        return Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** @param margay ends the browser at the latest */
    static Browser start(Path program, Path profile, Margay margay) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                program.toString(),
                "--headless=new",
                // It is shown pages of this test alone, and its sandbox can't be had in a container.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-breakpad",
                "--no-first-run",
                "--lang=en",
                "--window-size=1280,900",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank");
        builder.environment().put("HOME", profile.toString());
        builder.environment().put("TMPDIR", profile.toString());
        Browser browser = new Browser(margay.start(builder.redirectErrorStream(true)));
        browser.connect(browser.running.await(LISTENING));
        return browser;
    }

    private void connect(String url) throws Exception {
        worker.setDaemon(true);
        worker.start();
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(url), new Listener())
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Opens a tab that knows nothing of the others, for the user admin with that password. */
    Tab open(String password) throws Exception {
        Object context = browser("Target.createBrowserContext", Map.of()).get("browserContextId");
        Object target = browser("Target.createTarget", Map.of("url", "about:blank", "browserContextId", context))
                .get("targetId");
        Tab tab = new Tab(password);
        tab.session = (String) browser("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId");
        tabs.put(tab.session, tab);
        for (String domain : List.of("Page", "Network", "Runtime", "Log")) {
            tab.call(domain + ".enable", Map.of());
        }
        tab.call("Fetch.enable", Map.of("handleAuthRequests", true));
        return tab;
    }

    private Map<String, Object> browser(String method, Map<String, Object> parameters) throws Exception {
        return send("", method, parameters).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private synchronized CompletableFuture<Map<String, Object>> send(
            String session, String method, Map<String, Object> parameters) throws IOException {
        int id = ++last;
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        answers.put(id, answer);
        Map<String, Object> message = session.isEmpty()
                ? Map.of("id", id, "method", method, "params", parameters)
                : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
        socket.sendText(Json.text(message), true).join();
        return answer;
    }

    private void handle() {
        try {
            while (true) {
                Map<String, Object> event = events.take();
                Tab tab = tabs.get(String.valueOf(event.get("sessionId")));
                if (tab != null) {
                    tab.happened((String) event.get("method"), map(event.get("params")));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    /** Gives answers to those who wait; events go to a thread of their own, as what they bring about is sent from it. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean whole) {
            text.append(data);
            if (whole) {
                received(text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        private void received(String message) {
            try {
                Map<String, Object> object = Json.readObject(message.getBytes(StandardCharsets.UTF_8));
                if (object.get("id") instanceof Number id) {
                    CompletableFuture<Map<String, Object>> answer = answers.remove(id.intValue());
                    if (object.get("error") == null) {
                        answer.complete(map(object.get("result")));
                    } else {
                        answer.completeExceptionally(new IOException(message));
                    }
                } else {
                    // At once, as the answer to what it failed may be the next to come.
                    if ("Network.loadingFailed".equals(object.get("method"))
                            && CUT.equals(map(object.get("params")).get("errorText"))) {
                        tabs.get((String) object.get("sessionId")).cuts.incrementAndGet();
                    }
                    events.add(object);
                }
            } catch (IOException e) {
                throw new AssertionError(message, e);
            }
        }
    }

    @Override
    public void close() throws Exception {
        send("", "Browser.close", Map.of());
        running.exitCode();
        socket.abort();
        worker.interrupt();
        worker.join();
    }
}
