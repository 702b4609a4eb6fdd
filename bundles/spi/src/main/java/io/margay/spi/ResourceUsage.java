package io.margay.spi;

import java.util.Collection;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** What processes take of the machine at the moment. Thread-safe. */
@ProviderType
public interface ResourceUsage {
    /**
     * The sums over some processes and all that they have started.
     *
     * @param memoryBytes in memory and swapped out, each page divided by the number of processes that share it
     * @param cpuMillis time of processors since they began, with that of their children that have ended
     * @param processes how many there are
     */
    record Usage(long memoryBytes, long cpuMillis, int processes) {}

    /**
     * Looks at all processes of the machine once.
     *
     * @param roots ids of processes, by any key
     * @return by the same keys, without those of which nothing runs; empty where the system does not tell, which is any but Linux
     */
    <K> Map<K, Usage> of(Map<K, ? extends Collection<Long>> roots);
}
