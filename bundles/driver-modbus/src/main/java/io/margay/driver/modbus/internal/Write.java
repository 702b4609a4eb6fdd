package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.pdu.ModbusRequestPdu;
import com.digitalpetri.modbus.pdu.WriteMultipleCoilsRequest;
import com.digitalpetri.modbus.pdu.WriteMultipleRegistersRequest;
import com.digitalpetri.modbus.pdu.WriteSingleCoilRequest;
import com.digitalpetri.modbus.pdu.WriteSingleRegisterRequest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One request that writes. */
sealed interface Write {
    /** Registers that follow one another in a request at most; so says the standard. */
    int MAX_REGISTERS = 123;

    /** Coils in one request at most. */
    int MAX_BITS = 1968;

    /** The request, where one address is written on its own unless {@code multiple}. */
    ModbusRequestPdu request(boolean multiple);

    /** Whole registers. */
    record Registers(int address, byte[] data) implements Write {
        @Override
        public ModbusRequestPdu request(boolean multiple) {
            return data.length == 2 && !multiple
                    ? new WriteSingleRegisterRequest(address, ((data[0] & 0xff) << 8) | (data[1] & 0xff))
                    : new WriteMultipleRegistersRequest(address, data.length / 2, data);
        }

        @Override
        public String toString() {
            return "write " + data.length / 2 + " to holding " + address;
        }
    }

    /** Coils. */
    record Bits(int address, List<Boolean> values) implements Write {
        @Override
        public ModbusRequestPdu request(boolean multiple) {
            if (values.size() == 1 && !multiple) {
                return new WriteSingleCoilRequest(address, values.get(0));
            }
            BitSet set = new BitSet();
            for (int i = 0; i < values.size(); i++) {
                set.set(i, values.get(i));
            }
            byte[] packed = java.util.Arrays.copyOf(set.toByteArray(), (values.size() + 7) / 8);
            return new WriteMultipleCoilsRequest(address, values.size(), packed);
        }

        @Override
        public String toString() {
            return "write " + values.size() + " to coil " + address;
        }
    }

    /** Some bits of one register; the others keep what they are. */
    record RegisterBits(int address, int mask, int bits) implements Write {
        @Override
        public ModbusRequestPdu request(boolean multiple) {
            throw new IllegalStateException("the register must be read first");
        }

        /** @param now the register as it was read */
        Registers over(byte[] now) {
            int register = ((now[0] & 0xff) << 8) | (now[1] & 0xff);
            int changed = (register & ~mask) | (bits & mask);
            return new Registers(address, new byte[] {(byte) (changed >> 8), (byte) changed});
        }
    }

    /**
     * The writes for some values, few and in the order of addresses: what lies side by side goes in one request.
     *
     * @throws ValueException a property can't be written, or a value does not fit; nothing was written then
     */
    static List<Write> plan(Map<Mapping, Object> values) throws ValueException {
        List<Mapping> sorted = new ArrayList<>(values.keySet());
        sorted.sort(Comparator.comparing(Mapping::table).thenComparingInt(Mapping::address));
        List<Write> writes = new ArrayList<>();
        Map<Integer, RegisterBits> single = new TreeMap<>();
        List<Mapping> run = new ArrayList<>();
        for (Mapping mapping : sorted) {
            if (!mapping.writable()) {
                throw new ValueException(mapping.property()
                        + ": not writable; say \"writable\": true in the product's modbus extension where it is");
            }
            if (mapping.bit() >= 0) {
                RegisterBits one = bit(mapping, Codec.flag(mapping, values.get(mapping)));
                single.merge(
                        mapping.address(),
                        one,
                        (a, b) -> new RegisterBits(a.address(), a.mask() | b.mask(), a.bits() | b.bits()));
                continue;
            }
            if (!run.isEmpty() && !follows(run, mapping)) {
                writes.add(close(run, values));
                run.clear();
            }
            run.add(mapping);
        }
        if (!run.isEmpty()) {
            writes.add(close(run, values));
        }
        writes.addAll(single.values());
        return writes;
    }

    private static boolean follows(List<Mapping> run, Mapping next) {
        Mapping last = run.get(run.size() - 1);
        int size = next.end() - run.get(0).address();
        return last.table() == next.table()
                && last.end() == next.address()
                && size <= (next.table().bits() ? MAX_BITS : MAX_REGISTERS);
    }

    private static Write close(List<Mapping> run, Map<Mapping, Object> values) throws ValueException {
        int address = run.get(0).address();
        if (run.get(0).table().bits()) {
            List<Boolean> bits = new ArrayList<>();
            for (Mapping mapping : run) {
                bits.add(Codec.flag(mapping, values.get(mapping)));
            }
            return new Bits(address, bits);
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Mapping mapping : run) {
            data.writeBytes(Codec.encode(mapping, values.get(mapping)));
        }
        return new Registers(address, data.toByteArray());
    }

    private static RegisterBits bit(Mapping mapping, boolean set) {
        int mask = 1 << mapping.bit();
        if (!mapping.bigBytes()) {
            mask = Short.reverseBytes((short) mask) & 0xffff;
        }
        return new RegisterBits(mapping.address(), mask, set ? mask : 0);
    }
}
