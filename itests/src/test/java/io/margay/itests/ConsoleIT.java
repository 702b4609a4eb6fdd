package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** The web console of a started gateway in a real browser, with the demo's boiler room. */
public class ConsoleIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Path PICTURES = Path.of("target/pictures").toAbsolutePath();
    private static final String CONSOLE = "/system/console/";

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static Margay margay;
    private static Margay.Gateway gateway;
    private static SimulatedBoiler boiler;
    private static Browser browser;

    @BeforeClass
    public static void start() throws Exception {
        Optional<Path> program = Browser.find();
        if (program.isEmpty()) {
            Needs.missing("Chromium is not installed (Debian package chromium)");
        }
        margay = new Margay(FOLDER.getRoot().toPath());
        gateway = margay.startGateway();
        boiler = SimulatedBoiler.start(margay);
        Path demo = Margay.INSTALL.resolve("demo");
        Path document = FOLDER.newFile("boiler.yaml").toPath();
        Files.writeString(
                document,
                Files.readString(demo.resolve("boiler.yaml"))
                        .replace("15020", Integer.toString(boiler.port()))
                        // On New Year's Day: a minute that ends meanwhile would start the report, which says more.
                        .replace("\"* * * * *\"", "\"0 0 1 1 *\"")
                        .replaceAll("(file: )(?=[a-z])", "$1" + demo + "/"));
        margay.run("apply", "-f", document.toString()).expect(0);
        browser =
                Browser.start(program.orElseThrow(), FOLDER.newFolder("profile").toPath(), margay);
    }

    @AfterClass
    public static void end() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (margay != null) {
            margay.close();
        }
    }

    private static Browser.Tab signedIn(String page) throws Exception {
        Browser.Tab tab = browser.open(gateway.password());
        assertThat(tab.go(gateway.url() + CONSOLE + page)).isEqualTo(200);
        return tab;
    }

    @Test
    public void thePageKeepsUpWithTheGateway() throws Exception {
        Browser.Tab tab = signedIn("margay");
        tab.await("#mg-workloads", Pattern.compile("driver:modbus\\s+running"));
        tab.await("#mg-workloads", Pattern.compile("function:report\\s+idle"));
        tab.await("#mg-devices", Pattern.compile("boiler/boiler-1[^|]*on line[^|]*temperature \\d+(\\.\\d)? °C"));
        tab.await("#mg-routes", Pattern.compile("boilers-to-alarm"));
        tab.await("#mg-functions", Pattern.compile("minutely"));
        tab.value("window.sameAsBefore = true");

        // A value changes, and the page with it.
        margay.run("device", "set", "boiler/boiler-1", "setpoint=43.5").expect(0);
        tab.await("#mg-devices", Pattern.compile("setpoint 43\\.5 °C"));
        tab.await("#mg-functions", Pattern.compile("alarm\\s+[1-9]"));
        tab.picture(PICTURES.resolve("margay.png"), 1280);
        tab.picture(PICTURES.resolve("margay-narrow.png"), 360);

        boiler.close();
        tab.await("#mg-devices", Pattern.compile("off line"));
        tab.await("#mg-news", Pattern.compile("boiler/boiler-1.*off line"));
        tab.await("#mg-log", Pattern.compile("boiler/boiler-1 is off line"));
        assertThat(tab.text("#mg-log")).as("it is told once").doesNotContainPattern("(?s)is off line.*is off line");
        tab.picture(PICTURES.resolve("margay-off-line.png"), 1280);
        tab.value("const box = document.querySelector('[data-ask=workloads]');"
                + "box.value = 'modbus'; box.dispatchEvent(new Event('input', {bubbles: true}))");
        Await.until("only rows that match", Duration.ofSeconds(30), () -> !tab.text("#mg-workloads")
                .contains("function:alarm"));
        assertThat(tab.value("window.sameAsBefore"))
                .as("it was not loaded again")
                .isEqualTo(true);
        assertThat(tab.errors).isEmpty();
    }

    @Test
    public void stockPagesAnswer() throws Exception {
        Browser.Tab tab = browser.open(gateway.password());
        for (String[] page : new String[][] {
            {"bundles", "io\\.margay\\.deployer"},
            {"components", "io\\.margay\\.\\S+"},
            {"configMgr", "io\\.margay\\.driver"}
        }) {
            assertThat(tab.go(gateway.url() + CONSOLE + page[0], Pattern.compile(page[1])))
                    .as(page[0])
                    .isEqualTo(200);
            tab.picture(PICTURES.resolve(page[0] + ".png"), 1280);
        }
        assertThat(tab.errors).isEmpty();
    }

    @Test
    public void aWrongPasswordIsRefused() throws Exception {
        Browser.Tab tab = browser.open(gateway.password() + "x");
        assertThat(tab.go(gateway.url() + CONSOLE + "margay")).isEqualTo(401);
        assertThat(tab.value("document.getElementById('margay') === null")).isEqualTo(true);
    }

    /** The browser sends the password of the person who is signed in with what that page makes it post. */
    @Test
    public void aPageOfAnotherSiteChangesNothing() throws Exception {
        Browser.Tab tab = signedIn("bundles");
        String bundle = "org.apache.felix.webconsole.plugins.event";
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            try (InputStream in = exchange.getRequestBody()) {
                in.readAllBytes();
            }
            byte[] page = ("<form method='post' action='" + gateway.url()
                            + exchange.getRequestURI().getPath()
                            + "'><input name='action' value='stop'></form>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        site.start();
        try {
            for (String path : new String[] {CONSOLE + "bundles/" + bundle, "/api/v1/drivers"}) {
                String page = "http://localhost:" + site.getAddress().getPort() + path;
                assertThat(tab.go(page)).isEqualTo(200);
                assertThat(tab.go(page, "document.forms[0].submit()")).as(path).isEqualTo(403);
                assertThat(tab.value("location.origin")).isEqualTo(gateway.url());
            }
        } finally {
            site.stop(0);
        }
        assertThat(tab.go(gateway.url() + CONSOLE + "bundles")).isEqualTo(200);
        assertThat(state(tab, bundle)).isEqualTo("Active");

        // The console's own page may do the same.
        for (String[] step : new String[][] {{"stop", "Resolved"}, {"start", "Active"}}) {
            tab.value("fetch('" + CONSOLE + "bundles/" + bundle
                    + "', {method: 'POST', body: new URLSearchParams({action: '" + step[0]
                    + "'})}).then(r => r.status)");
            Await.until(bundle + " is " + step[1], Duration.ofSeconds(30), () -> step[1].equals(state(tab, bundle)));
        }
    }

    private static Object state(Browser.Tab tab, String bundle) throws Exception {
        return tab.value("fetch('" + CONSOLE + "bundles/" + bundle
                + ".json').then(r => r.json()).then(all => all.data[0].state)");
    }
}
