package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.digitalpetri.modbus.pdu.ModbusRequestPdu;
import com.digitalpetri.modbus.pdu.WriteMultipleCoilsRequest;
import com.digitalpetri.modbus.pdu.WriteMultipleRegistersRequest;
import com.digitalpetri.modbus.pdu.WriteSingleCoilRequest;
import com.digitalpetri.modbus.pdu.WriteSingleRegisterRequest;
import io.margay.driver.modbus.internal.Write.RegisterBits;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WriteTest {
    private final Map<Mapping, Object> values = new LinkedHashMap<>();

    private WriteTest with(Table table, int address, ValueType type, int bit, boolean bigBytes, Object value) {
        values.put(
                new Mapping(
                        "p" + values.size(),
                        table,
                        address,
                        type,
                        true,
                        bigBytes,
                        bit,
                        0,
                        BigDecimal.ONE,
                        BigDecimal.ZERO,
                        false,
                        true,
                        1000),
                value);
        return this;
    }

    private List<ModbusRequestPdu> requests(boolean multiple) throws Exception {
        return Write.plan(values).stream().map(write -> write.request(multiple)).toList();
    }

    @Test
    void oneAddressGoesAloneUnlessToldOtherwise() throws Exception {
        with(Table.HOLDING, 5, ValueType.INT16, -1, true, -2).with(Table.COIL, 6, ValueType.BOOL, -1, true, true);

        assertThat(requests(false))
                .containsExactly(new WriteSingleRegisterRequest(5, 0xfffe), new WriteSingleCoilRequest(6, true));
        assertThat(requests(true))
                .satisfiesExactly(
                        one -> assertThat(one).isInstanceOf(WriteMultipleRegistersRequest.class),
                        two -> assertThat(two).isInstanceOf(WriteMultipleCoilsRequest.class));
    }

    @Test
    void neighboursGoTogetherAndGapsAreNotWritten() throws Exception {
        with(Table.HOLDING, 2, ValueType.UINT16, -1, true, 0x0a0b)
                .with(Table.HOLDING, 0, ValueType.UINT32, -1, true, 1)
                .with(Table.HOLDING, 4, ValueType.UINT16, -1, true, 7)
                .with(Table.COIL, 8, ValueType.BOOL, -1, true, true)
                .with(Table.COIL, 9, ValueType.BOOL, -1, true, false)
                .with(Table.COIL, 10, ValueType.BOOL, -1, true, 1);

        List<ModbusRequestPdu> requests = requests(false);

        assertThat(requests).hasSize(3);
        WriteMultipleRegistersRequest registers = (WriteMultipleRegistersRequest) requests.get(0);
        assertThat(registers.address()).isZero();
        assertThat(registers.values()).containsExactly(0, 0, 0, 1, 0x0a, 0x0b);
        assertThat(requests.get(1)).isEqualTo(new WriteSingleRegisterRequest(4, 7));
        WriteMultipleCoilsRequest coils = (WriteMultipleCoilsRequest) requests.get(2);
        assertThat(coils.quantity()).isEqualTo(3);
        assertThat(coils.values()).containsExactly(0b101);
    }

    @Test
    void bitsOfOneRegisterAreChangedTogetherAndTheOthersStay() throws Exception {
        with(Table.HOLDING, 1, ValueType.BOOL, 0, true, true).with(Table.HOLDING, 1, ValueType.BOOL, 15, true, false);

        RegisterBits bits = (RegisterBits) Write.plan(values).get(0);

        assertThat(bits.over(new byte[] {(byte) 0xc0, 0x10}).data()).containsExactly(0x40, 0x11);
    }

    @Test
    void bitsFollowTheByteOrder() throws Exception {
        with(Table.HOLDING, 1, ValueType.BOOL, 0, false, true);

        RegisterBits bits = (RegisterBits) Write.plan(values).get(0);

        assertThat(bits.over(new byte[2]).data()).containsExactly(1, 0);
    }
}
