package io.margay.driver.modbus.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Neighbouring addresses of one table that are read in one request.
 *
 * @param count how many addresses, from {@code address} on
 * @param mappings what lies in them
 */
record ReadBlock(Table table, int address, int count, List<Mapping> mappings) {
    ReadBlock {
        mappings = List.copyOf(mappings);
    }

    /**
     * Covers the mappings with as few requests as the limits allow, without splitting a value.
     *
     * @param maxGap registers that are read along to save a request; of bits, 16 times as many
     */
    static List<ReadBlock> cover(Collection<Mapping> mappings, int maxGap, int maxRegisters, int maxBits) {
        List<Mapping> sorted = new ArrayList<>(mappings);
        sorted.sort(Comparator.comparing(Mapping::table).thenComparingInt(Mapping::address));
        List<ReadBlock> blocks = new ArrayList<>();
        List<Mapping> open = new ArrayList<>();
        int end = 0;
        for (Mapping next : sorted) {
            if (!open.isEmpty()) {
                Mapping first = open.get(0);
                boolean bits = first.table().bits();
                boolean fits = next.table() == first.table()
                        && next.address() - end <= (bits ? 16 * maxGap : maxGap)
                        && Math.max(end, next.end()) - first.address() <= (bits ? maxBits : maxRegisters);
                if (!fits) {
                    blocks.add(close(open, end));
                    open.clear();
                    end = 0;
                }
            }
            open.add(next);
            end = Math.max(end, next.end());
        }
        if (!open.isEmpty()) {
            blocks.add(close(open, end));
        }
        return blocks;
    }

    private static ReadBlock close(List<Mapping> open, int end) {
        Mapping first = open.get(0);
        return new ReadBlock(first.table(), first.address(), end - first.address(), open);
    }
}
