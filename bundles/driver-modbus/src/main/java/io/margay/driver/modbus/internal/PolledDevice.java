package io.margay.driver.modbus.internal;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DriverContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * One device: polls it, answers for it, and says whether it is there. Its state belongs to the channel's I/O thread.
 */
final class PolledDevice implements DeviceHandler {
    /** What is read at one interval. */
    private static final class Group {
        final int intervalMs;
        List<ReadBlock> blocks;
        long due;
        /** A report of this group waits for the gateway; reading on would only pile up. */
        volatile boolean reporting;

        Group(int intervalMs, List<ReadBlock> blocks) {
            this.intervalMs = intervalMs;
            this.blocks = blocks;
        }
    }

    private enum State {
        UNKNOWN,
        ONLINE,
        OFFLINE
    }

    private final DevicePlan plan;
    private final Channel channel;
    private final Logger log;
    private final Map<String, String> troubles = new HashMap<>();
    private Reports reports;
    private volatile boolean stopped;
    private State state = State.UNKNOWN;
    private int failures;

    PolledDevice(DevicePlan plan, Channel channel, Logger log) {
        this.plan = plan;
        this.channel = channel;
        this.log = log;
    }

    DevicePlan plan() {
        return plan;
    }

    synchronized void start(DriverContext context) {
        Device device = context.connect(plan.settings(), this);
        reports = new Reports(device, plan.id(), plan.poll().onChange(), log);
        Map<Integer, List<Mapping>> byInterval = new LinkedHashMap<>();
        for (Mapping mapping : plan.mappings().values()) {
            byInterval
                    .computeIfAbsent(mapping.pollMs(), interval -> new ArrayList<>())
                    .add(mapping);
        }
        byInterval.forEach((interval, mappings) -> {
            Group group = new Group(interval, cover(mappings, plan.poll().maxGap()));
            group.due = System.nanoTime();
            channel.schedule(() -> poll(group), 0);
        });
    }

    /** Waits where a call comes before {@link #start} has its answer from the gateway. */
    private synchronized Reports reports() {
        return reports;
    }

    private List<ReadBlock> cover(List<Mapping> mappings, int maxGap) {
        return ReadBlock.cover(
                mappings, maxGap, plan.poll().maxRegisters(), plan.poll().maxBits());
    }

    /** No poll begins after this; one in flight may still end. */
    void stop() {
        stopped = true;
    }

    private void poll(Group group) {
        if (stopped) {
            return;
        }
        long delay = group.intervalMs;
        if (!group.reporting) {
            try {
                Map<String, Object> values = read(group);
                answered();
                if (!values.isEmpty()) {
                    group.reporting = true;
                    channel.report(() -> report(group, values));
                }
            } catch (NoAnswerException e) {
                failed(e);
                delay = e.connected() ? backoff(group) : delay;
            }
        }
        next(group, delay);
    }

    private void next(Group group, long delayMs) {
        // From when it was due, so that polls don't drift; never in the past, so that they don't pile up.
        long now = System.nanoTime();
        group.due = Math.max(group.due + TimeUnit.MILLISECONDS.toNanos(delayMs), now);
        channel.schedule(() -> poll(group), TimeUnit.NANOSECONDS.toMillis(group.due - now));
    }

    /** A silent slave costs a timeout each time, which the others on the line pay: ask it less often. */
    private long backoff(Group group) {
        int over = Math.min(20, Math.max(0, failures - channel.settings().failures()));
        return Math.max(
                group.intervalMs,
                Math.min((long) group.intervalMs << over, channel.settings().maxBackoffMs()));
    }

    private Map<String, Object> read(Group group) throws NoAnswerException {
        Map<String, Object> values = new HashMap<>();
        for (ReadBlock block : List.copyOf(group.blocks)) {
            try {
                byte[] data = channel.read(plan.unitId(), block.table(), block.address(), block.count());
                trouble(block.mappings().get(0).property() + "…", "");
                for (Mapping mapping : block.mappings()) {
                    decode(mapping, data, block, values);
                }
            } catch (RefusedException e) {
                refused(group, block, e);
            }
        }
        return inOrder(values);
    }

    /** Blocks are sorted by address; people know the properties by the order in which they wrote them. */
    private Map<String, Object> inOrder(Map<String, Object> values) {
        Map<String, Object> sorted = new LinkedHashMap<>();
        for (String property : plan.mappings().keySet()) {
            if (values.containsKey(property)) {
                sorted.put(property, values.get(property));
            }
        }
        return sorted;
    }

    private void decode(Mapping mapping, byte[] data, ReadBlock block, Map<String, Object> values) {
        try {
            values.put(mapping.property(), Codec.decode(mapping, data, mapping.address() - block.address()));
            trouble(mapping.property(), "");
        } catch (ValueException e) {
            trouble(mapping.property(), e.getMessage());
        }
    }

    /** The slave may not have the addresses between two properties: read them one by one from now on. */
    private void refused(Group group, ReadBlock block, RefusedException e) {
        if (e.illegalAddress() && block.mappings().size() > 1) {
            List<ReadBlock> finer = cover(block.mappings(), 0);
            if (finer.size() == 1) {
                finer = block.mappings().stream()
                        .map(mapping ->
                                new ReadBlock(mapping.table(), mapping.address(), mapping.size(), List.of(mapping)))
                        .toList();
            }
            List<ReadBlock> blocks = new ArrayList<>(group.blocks);
            int at = blocks.indexOf(block);
            blocks.remove(at);
            blocks.addAll(at, finer);
            group.blocks = blocks;
            log.info("{}: {}; reading it in {} requests from now on", plan.id(), e.getMessage(), finer.size());
        } else {
            trouble(block.mappings().get(0).property() + "…", e.getMessage());
        }
    }

    /** Logs a trouble when it comes and when it goes, not at each poll. */
    private void trouble(String key, String message) {
        String former = Objects.requireNonNullElse(troubles.put(key, message), "");
        if (!former.equals(message)) {
            if (message.isEmpty()) {
                log.info("{}: {} can be read again", plan.id(), key);
            } else {
                log.warn("{}: {}", plan.id(), message);
            }
        }
    }

    private void answered() {
        failures = 0;
        if (state != State.ONLINE) {
            state = State.ONLINE;
            channel.report(() -> reports().online());
        }
    }

    private void failed(NoAnswerException e) {
        failures++;
        // A device that never answered needs no three tries to be called off line: it is, and here is why.
        boolean gone = state == State.UNKNOWN
                || (state == State.ONLINE && failures >= channel.settings().failures());
        if (gone && !stopped) {
            state = State.OFFLINE;
            channel.report(() -> reports().offline(e.getMessage()));
        }
    }

    private void report(Group group, Map<String, Object> values) {
        try {
            reports().values(values);
        } finally {
            group.reporting = false;
        }
    }

    @Override
    public Map<String, Object> get(List<String> properties) throws Exception {
        List<Mapping> asked = new ArrayList<>();
        for (String property : properties) {
            asked.add(mapping(property));
        }
        List<ReadBlock> blocks = cover(asked, 0);
        return channel.call(() -> reached(() -> {
            Map<String, Object> values = new LinkedHashMap<>();
            for (ReadBlock block : blocks) {
                byte[] data = channel.read(plan.unitId(), block.table(), block.address(), block.count());
                for (Mapping mapping : block.mappings()) {
                    values.put(mapping.property(), Codec.decode(mapping, data, mapping.address() - block.address()));
                }
            }
            return inOrder(values);
        }));
    }

    @Override
    public void set(Map<String, Object> values) throws Exception {
        Map<Mapping, Object> byMapping = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : values.entrySet()) {
            byMapping.put(mapping(entry.getKey()), entry.getValue());
        }
        List<Write> writes = Write.plan(byMapping);
        channel.call(() -> reached(() -> {
            for (Write write : writes) {
                channel.write(plan.unitId(), write, plan.multipleWrites());
            }
            return null;
        }));
    }

    private Mapping mapping(String property) throws ValueException {
        Mapping mapping = plan.mappings().get(property);
        if (mapping == null) {
            throw new ValueException(property + ": the product's modbus extension has no register for it");
        }
        return mapping;
    }

    /** A call tells as much about the device as a poll does. */
    private <T> T reached(Callable<T> call) throws Exception {
        try {
            T result;
            try {
                result = call.call();
            } catch (NoAnswerException e) {
                // A caller waits anyway. A slave with a single client may need a moment after the last one left.
                if (e.connected() || !channel.awaitRetry()) {
                    throw e;
                }
                result = call.call();
            }
            answered();
            return result;
        } catch (NoAnswerException e) {
            failed(e);
            throw e;
        } catch (RefusedException e) {
            answered();
            throw e;
        }
    }
}
