package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelLogTest {
    private static final String ENDED = "22315fd995aaf0864091921ce41c9ad8699ef88d03c312b9c3ff33e75b34b60e";
    private static final String OTHER = "66dcd664f5d640a6e2a27923a59d7589f1e68b86502b4a36ee62a3a189f83c71";

    @TempDir
    Path folder;

    @Test
    void namesTheContainerThatHadTooLittle() throws Exception {
        Path log = folder.resolve("log");
        Files.writeString(log, """
                [13520.600493] busybox invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
                [13520.600682] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=libpod-%1$s,mems_allowed=0,\
                oom_memcg=/libpod_parent/libpod-%1$s,task_memcg=/libpod_parent/libpod-%1$s,task=busybox,pid=9452,uid=0
                [13520.600695] Memory cgroup out of memory: Killed process 9452 (busybox) total-vm:51428kB, anon-rss:32388kB
                [13521.000001] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=libpod-%2$s,mems_allowed=0,global_oom,\
                task_memcg=/libpod_parent/libpod-%2$s,task=busybox,pid=9453,uid=0
                """.formatted(ENDED, OTHER));
        assertThat(KernelLog.tellsOutOfMemory(ENDED, "cat", log.toString())).contains(true);
        assertThat(KernelLog.tellsOutOfMemory(OTHER, "cat", log.toString())).contains(false);
    }

    @Test
    void saysWhereItCantBeRead() throws Exception {
        Path none = folder.resolve("none");
        assertThat(KernelLog.tellsOutOfMemory(ENDED, "cat", none.toString())).isEmpty();
        assertThat(KernelLog.tellsOutOfMemory(ENDED, none.toString())).isEmpty();
    }
}
