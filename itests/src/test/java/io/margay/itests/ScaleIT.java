package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * Many drivers and devices with the heap that is shipped: a third of the drivers each in Java, Python and Node.js, all of them
 * running, with 50 devices each. A change of one touches that one alone.
 */
public class ScaleIT {
    private static final int DEVICES_EACH = 50;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String[] LANGUAGES = {"java", "python", "nodejs"};
    private static final String PYTHON = """
            from margay import Driver


            class Quiet(Driver):
                def start(self, context):
                    for settings in context.devices:
                        context.connect(settings).online()

                def get(self, device, properties):
                    return {'n': 7}
            """;
    private static final String NODEJS = """
            exports.Driver = class {
              async start(context) {
                for (const settings of context.devices) {
                  const device = await context.connect(settings);
                  await device.online();
                }
              }

              async get() {
                return { n: 7 };
              }
            };
            """;

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    private Path root;
    private Margay margay;

    @Before
    public void start() throws Exception {
        root = folder.getRoot().toPath();
        String service = "META-INF/services/io.margay.api.driver.Driver";
        byte[] jar = WorkloadFiles.plainJar(
                "quiet",
                "",
                Map.of(service, "io.margay.itests.workloads.quiet.QuietDriver".getBytes(StandardCharsets.UTF_8)));
        Files.write(root.resolve("quiet.jar"), jar);
        Files.writeString(Files.createDirectory(root.resolve("python")).resolve("index.py"), PYTHON);
        Files.writeString(Files.createDirectory(root.resolve("nodejs")).resolve("index.js"), NODEJS);
        margay = new Margay(root);
        margay.startGateway();
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    @Test
    public void thirtyDrivers() throws Exception {
        deploys(30);
    }

    @Test
    public void threeHundredDrivers() throws Exception {
        deploys(300);
    }

    private void deploys(int drivers) throws Exception {
        long deployed = timed("apply", "-f", document(drivers, 0).toString());
        awaitOnLine(drivers);
        Map<String, String> before = workloads();
        assertThat(before).hasSize(drivers);
        reads(drivers);

        long changed = timed("apply", "-f", document(drivers, 1).toString());
        awaitOnLine(drivers);
        Map<String, String> after = workloads();
        assertThat(touched(before, after))
                .as("one driver has another configuration")
                .containsExactly("d0");
        assertThat(margay.run("deployment", "show", "2").expect(0).out()).contains("1 change of 1 done");

        long rolledBack = timed("deployment", "rollback", "1");
        awaitOnLine(drivers);
        assertThat(touched(after, workloads())).containsExactly("d0");
        reads(drivers);
        Map<?, ?> memory = (Map<?, ?>) status().get("memory");
        System.out.printf(
                "ScaleIT: %d drivers, %d devices: deployed in %d ms, one change in %d ms, rolled back in %d ms;"
                        + " the gateway's heap %d of %d MB, resident %d MB%n",
                drivers,
                drivers * DEVICES_EACH,
                deployed,
                changed,
                rolledBack,
                megabytes(memory.get("heapUsedBytes")),
                megabytes(memory.get("heapMaxBytes")),
                megabytes(memory.get("rssBytes")));
    }

    private static long megabytes(Object bytes) {
        return ((Number) bytes).longValue() >> 20;
    }

    /** @return milliseconds, with those of the command line */
    private long timed(String... command) throws Exception {
        long began = System.nanoTime();
        margay.run(command).expect(0);
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }

    /** One device of a driver in each language. */
    private void reads(int drivers) throws Exception {
        for (int driver = drivers - LANGUAGES.length; driver < drivers; driver++) {
            assertThat(margay.run("device", "get", "quiet/device-" + driver + "-7", "--json")
                            .expect(0)
                            .out())
                    .contains("7");
        }
    }

    private Map<String, Object> status() throws Exception {
        return margay.run("status", "--json").expect(0).json();
    }

    private void awaitOnLine(int drivers) throws Exception {
        Object[] last = new Object[1];
        Await.until(() -> drivers * DEVICES_EACH + " devices on line: " + last[0], PATIENCE, () -> {
            last[0] = ((Map<?, ?>) status().get("counts")).get("devicesOnline");
            return Integer.valueOf(drivers * DEVICES_EACH).equals(last[0]);
        });
    }

    /** What each workload is, by its name; another when it was started again or has another process. */
    private Map<String, String> workloads() throws Exception {
        Map<String, String> all = new HashMap<>();
        for (Object each : (List<?>) status().get("workloads")) {
            Map<?, ?> workload = (Map<?, ?>) each;
            assertThat(workload.get("state")).as("%s", workload).isEqualTo("running");
            all.put(
                    (String) workload.get("name"),
                    workload.get("generation") + " " + workload.get("since") + " " + workload.get("processes") + " "
                            + workload.get("version"));
        }
        return all;
    }

    private static List<String> touched(Map<String, String> before, Map<String, String> after) {
        assertThat(after.keySet()).isEqualTo(before.keySet());
        return after.keySet().stream()
                .filter(name -> !after.get(name).equals(before.get(name)))
                .toList();
    }

    private Path document(int drivers, int revision) throws IOException {
        StringBuilder text = new StringBuilder("""
                instance: many
                products:
                  - key: quiet
                    model: {properties: [{identifier: n, dataType: {type: int}}]}
                drivers:
                """);
        for (int driver = 0; driver < drivers; driver++) {
            String language = LANGUAGES[driver % LANGUAGES.length];
            String file = language.equals("java") ? "quiet.jar" : language;
            text.append("  - {name: d%d, file: %s, language: %s, version: '%d', config: {kv: {n: '%d'}}}%n"
                    .formatted(driver, file, language, driver == 0 ? revision : 0, driver == 0 ? revision : 0));
        }
        text.append("devices:\n");
        for (int driver = 0; driver < drivers; driver++) {
            for (int device = 0; device < DEVICES_EACH; device++) {
                text.append(
                        "  - {product: quiet, name: device-%d-%d, driver: d%d}%n".formatted(driver, device, driver));
            }
        }
        return Files.writeString(root.resolve("many.yaml"), text);
    }
}
