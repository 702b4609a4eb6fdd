package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long an idle container may stay frozen: so long, and as long as the machine has memory.
 *
 * @param memory the file in which the kernel says how much there is
 */
record FrozenTime(Duration longest, Path memory) {
    private static final Logger LOG = LoggerFactory.getLogger(FrozenTime.class);
    /** With less of the machine's memory free, what is frozen goes. */
    private static final double LEAST_FREE = 0.1;

    FrozenTime(Duration longest) {
        this(longest, Path.of("/proc/meminfo"));
    }

    /** Of one that has been frozen for so long. */
    Duration left(Duration been) {
        Duration rest = longest.minus(been);
        return rest.isNegative() || memoryIsShort() ? Duration.ZERO : rest;
    }

    private boolean memoryIsShort() {
        try (Stream<String> lines = Files.lines(memory)) {
            Map<String, Long> figures = new HashMap<>();
            lines.filter(line -> line.startsWith("MemTotal:") || line.startsWith("MemAvailable:"))
                    .forEach(line -> figures.put(
                            line.substring(0, line.indexOf(':')), Long.parseLong(line.replaceAll("[^0-9]", ""))));
            return figures.size() == 2 && figures.get("MemAvailable") < LEAST_FREE * figures.get("MemTotal");
        } catch (IOException e) {
            LOG.debug("this system has no {}", memory, e);
            return false;
        }
    }
}
