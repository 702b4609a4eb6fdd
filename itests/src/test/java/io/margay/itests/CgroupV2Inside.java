package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.BeforeClass;
import org.junit.Test;

/** Runs in the virtual machine of {@link CgroupV2IT}: containers and processes where cgroups are of version 2. */
public class CgroupV2Inside extends ContainersFromInside {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final int LIMIT = 64;
    /** What the kernel may have told when the watch, which counts shared memory more than once, was the first. */
    private static final int SHARED = 20;

    private static final Pattern WORDS = Pattern.compile("memory limit " + LIMIT + " MB exceeded at (\\d+) MB");

    private static int overshoot;

    @BeforeClass
    public static void start() throws Exception {
        assertThat(GROUPS.resolve("cgroup.controllers")).content().contains("memory");
        begin(CgroupV2Inside.class, """
                functions:
                  - {name: process, file: py, language: python, isolation: process, memory: %dMB, timeout: 60s}
                """.formatted(LIMIT));
    }

    /** Far quicker than the watch looks: the kernel alone can hold it back. */
    @Test
    public void theKernelHoldsAProcessToItsLimit() throws Exception {
        for (int round = 0; round < 3; round++) {
            String group = ((String) inside("process", "read('/proc/self/cgroup')")).substring("0::/".length());
            assertThat(group).matches("margay-\\d+/margay-worker-.*");
            Path folder = GROUPS.resolve(group);
            assertThat(folder.resolve("memory.max")).content().isEqualTo(LIMIT * 1024 * 1024 + "\n");
            assertThat(folder.resolve("memory.oom.group")).content().isEqualTo("1\n");
            assertThat(Files.readString(folder.resolve("cgroup.procs")).lines())
                    .containsExactly(
                            gateway.processes("function:process").get(0).toString());
            Call call = gateway.call("process", "len(b'x' * 1000000000)", "60s");
            assertThat(call.status()).as(call.text()).isEqualTo(503);
            Matcher words = WORDS.matcher(call.text());
            assertThat(words.find()).as(call.text()).isTrue();
            overshoot = Math.max(overshoot, Integer.parseInt(words.group(1)) - LIMIT);
            Await.until("the group is removed", SOON, () -> !Files.exists(folder));
        }
        assertThat(overshoot).isBetween(0, SHARED);
        System.out.println("CgroupV2Inside: a process that takes 1 GB at once ends at most " + overshoot
                + " MB over its " + LIMIT + " MB");
    }
}
