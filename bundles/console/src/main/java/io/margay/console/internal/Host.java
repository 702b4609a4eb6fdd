package io.margay.console.internal;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway's process. */
final class Host {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);
    private static final Path STATUS = Path.of("/proc/self/status");

    private Host() {}

    /** When the process started, milliseconds since 1970. */
    static long started() {
        return ManagementFactory.getRuntimeMXBean().getStartTime();
    }

    static Map<String, Object> view() {
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("pid", ProcessHandle.current().pid());
        view.put("java", Runtime.version().toString());
        view.put("uptimeSeconds", ManagementFactory.getRuntimeMXBean().getUptime() / 1000);
        view.put("rssBytes", residentBytes());
        view.put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory());
        view.put("heapMaxBytes", runtime.maxMemory());
        return view;
    }

    /** Null where the system does not say. */
    private static Long residentBytes() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            LOG.debug("the system has no {}", STATUS, e);
            return null;
        }
    }
}
