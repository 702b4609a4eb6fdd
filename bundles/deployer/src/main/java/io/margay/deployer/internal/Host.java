package io.margay.deployer.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine that the gateway runs on, as far as a deployment needs to know it.
 *
 * @param ports what is listened on
 * @param freeBytes on the disk of the gateway's home
 * @param memoryMegabytes of the machine; 0 where it is not known
 */
record Host(Ports ports, LongSupplier freeBytes, LongSupplier memoryMegabytes) {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);
    private static final String TOTAL = "MemTotal:";
    private static final long KB_PER_MB = 1024;

    /** Tells which ports of the host are taken. */
    @FunctionalInterface
    interface Ports {
        /** {@code 8080/tcp} to who listens there, such as {@code 127.0.0.1:8080}; empty where the system does not tell. */
        Map<String, String> inUse();
    }

    static Host here(Path home) {
        return new Host(new ListeningPorts(Path.of("/proc/net")), () -> free(home), Host::memory);
    }

    private static long free(Path home) {
        try {
            return Files.getFileStore(home).getUsableSpace();
        } catch (IOException e) {
            LOG.warn("How much space is free for {} can't be told", home, e);
            return Long.MAX_VALUE;
        }
    }

    private static long memory() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            List<String> total = lines.filter(line -> line.startsWith(TOTAL)).toList();
            return total.isEmpty() ? 0 : Long.parseLong(total.get(0).replaceAll("[^0-9]", "")) / KB_PER_MB;
        } catch (IOException e) {
            LOG.debug("this system has no /proc/meminfo", e);
            return 0;
        }
    }
}
