package io.margay.worker.internal;

import io.margay.spi.ResourceUsage;
import io.margay.worker.ProcessStat;
import java.io.File;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.osgi.service.component.annotations.Component;

/** As /proc tells. */
@Component
public final class ProcessUsage implements ResourceUsage {
    private static final File PROC = new File("/proc");
    /** What a clock tick is to everything outside of the kernel. */
    private static final long TICK_MILLIS = 10;

    @Override
    public <K> Map<K, Usage> of(Map<K, ? extends Collection<Long>> roots) {
        Map<Long, K> owners = new HashMap<>();
        roots.forEach((key, processes) -> processes.forEach(process -> owners.put(process, key)));
        String[] names = PROC.list();
        if (names == null || owners.isEmpty()) {
            return Map.of();
        }
        Map<Long, ProcessStat> all = new HashMap<>();
        Arrays.stream(names)
                .filter(name -> Character.isDigit(name.charAt(0)))
                .map(name -> ProcessStat.of(Long.parseLong(name)))
                .filter(Objects::nonNull)
                .forEach(stat -> all.put(stat.pid(), stat));
        ResidentMemory memory = new ResidentMemory();
        Map<K, Usage> sums = new HashMap<>();
        for (ProcessStat each : all.values()) {
            K key = owner(each, all, owners);
            if (key != null) {
                Usage usage = new Usage(memory.shareOf(each.pid()), each.ticks() * TICK_MILLIS, 1);
                sums.merge(key, usage, ProcessUsage::sum);
            }
        }
        return sums;
    }

    /** Its own or its next ancestor's; else that of its session, as who has lost its parent has another one now. */
    private static <K> K owner(ProcessStat process, Map<Long, ProcessStat> all, Map<Long, K> owners) {
        ProcessStat ancestor = process;
        for (int depth = 0; ancestor != null && depth < all.size(); depth++) {
            K owner = owners.get(ancestor.pid());
            if (owner != null) {
                return owner;
            }
            ancestor = all.get(ancestor.parent());
        }
        return owners.get(process.session());
    }

    private static Usage sum(Usage one, Usage other) {
        return new Usage(
                one.memoryBytes() + other.memoryBytes(),
                one.cpuMillis() + other.cpuMillis(),
                one.processes() + other.processes());
    }
}
