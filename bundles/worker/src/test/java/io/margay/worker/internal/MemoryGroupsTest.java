package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.worker.MemoryLimit;
import io.margay.worker.Settings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where groups are made and what is written to the kernel, on folders that stand in for its own. */
@Timeout(60)
class MemoryGroupsTest {
    private static final MemoryLimit LIMIT = new MemoryLimit(64);
    private static final String BYTES = "67108864";
    private static final String OWN = Long.toString(ProcessHandle.current().pid());

    @TempDir
    Path folder;

    private Path file(String name, String text) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void hierarchy(int version, String controllers) throws Exception {
        boolean second = version == 2;
        file("proc/cgroup", (second ? "0::" : "4:cpu,memory:") + "/a/margay.service\n1:name=systemd:/a\n");
        file("proc/mountinfo", """
                22 1 0:20 / /proc rw - proc proc rw
                30 22 0:26 / %s rw,nosuid shared:9 - %s x rw,%s
                """.formatted(
                        folder.resolve("fs"), second ? "cgroup2" : "cgroup", second ? "nsdelegate" : "cpu,memory"));
        file("fs/a/margay.service/cgroup.procs", OWN + "\n");
        file(
                second ? "fs/a/margay.service/cgroup.controllers" : "fs/a/margay.service/memory.limit_in_bytes",
                controllers);
        if (second) {
            file("fs/a/margay.service/cgroup.subtree_control", "");
        }
    }

    private Path service() {
        return folder.resolve("fs/a/margay.service");
    }

    private MemoryGroups found() {
        return MemoryGroups.find(service().toString(), folder.resolve("proc")).orElseThrow();
    }

    @Test
    void findsWhereTheGatewayIs() throws Exception {
        hierarchy(2, "cpu memory");
        assertThat(OwnGroups.of(folder.resolve("proc")))
                .containsExactly(new OwnGroups.Own(MemoryGroup.Version.V2, service()));
        hierarchy(1, BYTES);
        assertThat(OwnGroups.of(folder.resolve("proc")))
                .containsExactly(new OwnGroups.Own(MemoryGroup.Version.V1, service()));
        // What is mounted may be a part of the hierarchy, as in a container.
        file("proc/mountinfo", "30 22 0:26 /a " + folder.resolve("fs/a") + " rw - cgroup x rw,memory\n");
        assertThat(OwnGroups.of(folder.resolve("proc")))
                .containsExactly(new OwnGroups.Own(MemoryGroup.Version.V1, service()));
        assertThat(OwnGroups.of(folder.resolve("nowhere"))).isEmpty();
    }

    @Test
    void limitsWithVersion2() throws Exception {
        hierarchy(2, "cpu memory");
        MemoryGroups groups = found();
        assertThat(service().resolve("cgroup.subtree_control")).hasContent("+memory");
        assertThat(service().resolve("margay-gateway/cgroup.procs")).hasContent(OWN);
        MemoryGroup group = groups.make(7, LIMIT).orElseThrow();
        Path made = service().resolve("margay-worker-" + OWN + "-7");
        group.take(123);
        assertThat(made.resolve("memory.max")).hasContent(BYTES);
        assertThat(made.resolve("memory.oom.group")).hasContent("1");
        assertThat(made.resolve("cgroup.procs")).hasContent("123");
        assertThat(made.resolve("memory.swap.max")).doesNotExist();
        assertThat(group.endedByKernel()).isFalse();
        Files.writeString(made.resolve("memory.events"), "low 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n");
        assertThat(group.endedByKernel()).isFalse();
        Files.writeString(made.resolve("memory.events"), "low 0\nmax 12\noom 1\noom_kill 2\noom_group_kill 1\n");
        assertThat(group.endedByKernel()).isTrue();
        assertThat(LIMIT.exceeded(group.peak())).isEqualTo("memory limit 64 MB exceeded at 64 MB");
    }

    @Test
    void limitsWithVersion1() throws Exception {
        hierarchy(1, "9223372036854771712");
        MemoryGroup group = found().make(7, LIMIT).orElseThrow();
        Path made = service().resolve("margay-worker-" + OWN + "-7");
        assertThat(made.resolve("memory.limit_in_bytes")).hasContent(BYTES);
        Files.writeString(made.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        Files.writeString(made.resolve("memory.max_usage_in_bytes"), "70000000\n");
        assertThat(group.endedByKernel()).isTrue();
        assertThat(LIMIT.exceeded(group.peak())).isEqualTo("memory limit 64 MB exceeded at 67 MB");
    }

    @Test
    void makesNoneWhereItMayNot() throws Exception {
        hierarchy(2, "cpu pids");
        assertThat(MemoryGroups.find(service().toString(), folder.resolve("proc")))
                .as("no memory controller")
                .isEmpty();
        assertThat(MemoryGroups.find(folder.resolve("fs").toString(), folder.resolve("proc")))
                .as("no cgroup")
                .isEmpty();
        hierarchy(2, "cpu memory");
        assertThat(MemoryGroups.find(MemoryGroups.OFF, folder.resolve("proc"))).isEmpty();
        assertThat(MemoryGroups.find(Settings.AUTO, folder.resolve("proc")))
                .as("it may be written to, and nobody gave it away")
                .isEmpty();
        Files.getFileAttributeView(service(), UserDefinedFileAttributeView.class)
                .write("delegate", ByteBuffer.wrap("1".getBytes(StandardCharsets.US_ASCII)));
        assertThat(MemoryGroups.find(Settings.AUTO, folder.resolve("proc"))).isPresent();
    }

    @Test
    void removesWhatAnEarlierRunLeftAndNobodyUses() throws Exception {
        hierarchy(2, "memory");
        Path empty = Files.createDirectories(service().resolve("margay-worker-1-1"));
        Path used =
                file("fs/a/margay.service/margay-worker-1-2/holds", "a process").getParent();
        found();
        assertThat(empty).doesNotExist();
        assertThat(used).exists();
    }
}
