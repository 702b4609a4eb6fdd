package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadBlockTest {
    private static Mapping at(Table table, int address, ValueType type) {
        return new Mapping(
                table + "-" + address,
                table,
                address,
                type,
                true,
                true,
                -1,
                0,
                BigDecimal.ONE,
                BigDecimal.ZERO,
                false,
                false,
                1000);
    }

    private static List<String> cover(int maxGap, int maxRegisters, int maxBits, Mapping... mappings) {
        return ReadBlock.cover(List.of(mappings), maxGap, maxRegisters, maxBits).stream()
                .map(block -> block.table() + " " + block.address() + "+" + block.count())
                .toList();
    }

    @Test
    void neighboursShareARequestWhateverTheirOrder() {
        assertThat(cover(
                        8,
                        125,
                        2000,
                        at(Table.HOLDING, 12, ValueType.FLOAT64),
                        at(Table.HOLDING, 10, ValueType.UINT16),
                        at(Table.HOLDING, 11, ValueType.UINT16)))
                .containsExactly("HOLDING 10+6");
    }

    @Test
    void tablesAndWideGapsSplit() {
        assertThat(cover(
                        2,
                        125,
                        2000,
                        at(Table.HOLDING, 0, ValueType.UINT16),
                        at(Table.HOLDING, 3, ValueType.UINT16),
                        at(Table.HOLDING, 7, ValueType.UINT16),
                        at(Table.INPUT, 4, ValueType.UINT16)))
                .containsExactly("HOLDING 0+4", "HOLDING 7+1", "INPUT 4+1");
    }

    @Test
    void noRequestIsLongerThanAllowedAndNoValueIsSplit() {
        List<Mapping> many = new ArrayList<>();
        for (int address = 0; address < 250; address += 2) {
            many.add(at(Table.HOLDING, address, ValueType.UINT32));
        }
        List<ReadBlock> blocks = ReadBlock.cover(many, 8, 125, 2000);
        assertThat(blocks).extracting(ReadBlock::count).containsExactly(124, 124, 2);

        assertThat(cover(0, 2, 2000, at(Table.HOLDING, 0, ValueType.UINT16), at(Table.HOLDING, 1, ValueType.UINT32)))
                .containsExactly("HOLDING 0+1", "HOLDING 1+2");
    }

    @Test
    void bitsHaveTheirOwnLimits() {
        assertThat(cover(
                        1,
                        125,
                        20,
                        at(Table.COIL, 0, ValueType.BOOL),
                        at(Table.COIL, 16, ValueType.BOOL),
                        at(Table.COIL, 20, ValueType.BOOL)))
                .containsExactly("COIL 0+17", "COIL 20+1");
    }

    @Test
    void overlappingValuesAreReadOnce() {
        assertThat(cover(
                        0,
                        125,
                        2000,
                        at(Table.HOLDING, 0, ValueType.UINT64),
                        at(Table.HOLDING, 1, ValueType.UINT16),
                        at(Table.HOLDING, 4, ValueType.UINT16)))
                .containsExactly("HOLDING 0+5");
    }
}
