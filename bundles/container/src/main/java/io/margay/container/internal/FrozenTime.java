package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How long an idle container may stay frozen: so long, and as long as the machine has memory. Thread-safe. */
final class FrozenTime {
    private static final Logger LOG = LoggerFactory.getLogger(FrozenTime.class);

    private final Duration longest;
    private final int leastFree;
    private final Path memory;
    private final AtomicBoolean isShort = new AtomicBoolean();

    /** @param leastFree with less of the machine's memory free, in percent, what is frozen goes */
    FrozenTime(Duration longest, int leastFree) {
        this(longest, leastFree, Path.of("/proc/meminfo"));
    }

    /** @param memory the file in which the kernel says how much there is */
    FrozenTime(Duration longest, int leastFree, Path memory) {
        this.longest = longest;
        this.leastFree = leastFree;
        this.memory = memory;
    }

    /** Of one that has been frozen for so long. */
    Duration left(Duration been) {
        Duration rest = longest.minus(been);
        return rest.isNegative() || memoryIsShort() ? Duration.ZERO : rest;
    }

    private boolean memoryIsShort() {
        boolean now = percentFree() < leastFree;
        if (now != isShort.getAndSet(now)) {
            LOG.info(
                    now
                            ? "Less than {} % of this machine's memory is free: idle containers are ended rather than kept frozen"
                            : "{} % of this machine's memory are free again: idle containers are kept frozen",
                    leastFree);
        }
        return now;
    }

    /** 100 where the kernel does not tell. */
    private double percentFree() {
        try (Stream<String> lines = Files.lines(memory)) {
            Map<String, Long> figures = new HashMap<>();
            lines.filter(line -> line.startsWith("MemTotal:") || line.startsWith("MemAvailable:"))
                    .forEach(line -> figures.put(
                            line.substring(0, line.indexOf(':')), Long.parseLong(line.replaceAll("[^0-9]", ""))));
            return figures.size() == 2 ? 100.0 * figures.get("MemAvailable") / figures.get("MemTotal") : 100;
        } catch (IOException e) {
            LOG.debug("this system has no {}", memory, e);
            return 100;
        }
    }
}
