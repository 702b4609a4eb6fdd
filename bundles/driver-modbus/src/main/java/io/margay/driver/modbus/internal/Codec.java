package io.margay.driver.modbus.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Turns registers and bits into values and back. Pure functions. */
final class Codec {
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private Codec() {}

    /**
     * Decodes a value.
     *
     * @param data what the slave answered: two bytes a register as on the wire, or bits packed from the least up
     * @param at the value's first address less the first address of {@code data}
     * @return a Long, BigInteger, Double, Boolean or String
     * @throws ValueException the registers hold no value that can be told, such as NaN
     */
    static Object decode(Mapping mapping, byte[] data, int at) throws ValueException {
        if (mapping.table().bits()) {
            return (data[at / 8] >> (at % 8) & 1) != 0;
        }
        byte[] raw = Arrays.copyOfRange(data, 2 * at, 2 * (at + mapping.size()));
        order(mapping, raw);
        ByteBuffer buffer = ByteBuffer.wrap(raw);
        return switch (mapping.type()) {
            case BOOL -> mapping.bit() < 0 ? buffer.getShort() != 0 : (buffer.getShort() >> mapping.bit() & 1) != 0;
            case STRING -> text(mapping, raw);
            case FLOAT32 -> real(mapping, buffer.getFloat());
            case FLOAT64 -> real(mapping, buffer.getDouble());
            default -> integer(mapping, mapping.type().signed() ? new BigInteger(raw) : new BigInteger(1, raw));
        };
    }

    /**
     * Encodes a value for registers.
     *
     * @return two bytes a register, as on the wire
     * @throws ValueException the value does not fit
     */
    static byte[] encode(Mapping mapping, Object value) throws ValueException {
        int bytes = 2 * mapping.size();
        byte[] raw =
                switch (mapping.type()) {
                    case BOOL -> new byte[] {0, (byte) (flag(mapping, value) ? 1 : 0)};
                    case STRING -> bytes(mapping, value, bytes);
                    case FLOAT32 ->
                        ByteBuffer.allocate(bytes)
                                .putFloat(finiteFloat(mapping, unscaled(mapping, value)))
                                .array();
                    case FLOAT64 ->
                        ByteBuffer.allocate(bytes)
                                .putDouble(unscaled(mapping, value).doubleValue())
                                .array();
                    default -> whole(mapping, value, bytes);
                };
        order(mapping, raw);
        return raw;
    }

    /** A value for a coil, or a bit of a register. */
    static boolean flag(Mapping mapping, Object value) throws ValueException {
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof Number number && (number.doubleValue() == 0 || number.doubleValue() == 1)) {
            return number.doubleValue() == 1;
        }
        throw new ValueException(mapping.property() + ": true or false is wanted, not " + value);
    }

    /** Its own inverse: from wire order to high byte first, and back. */
    private static void order(Mapping mapping, byte[] raw) {
        if (!mapping.bigBytes()) {
            for (int i = 0; i < raw.length; i += 2) {
                swap(raw, i, i + 1);
            }
        }
        if (!mapping.bigWords() && mapping.type() != ValueType.STRING) {
            for (int low = 0, high = raw.length - 2; low < high; low += 2, high -= 2) {
                swap(raw, low, high);
                swap(raw, low + 1, high + 1);
            }
        }
    }

    private static void swap(byte[] raw, int a, int b) {
        byte kept = raw[a];
        raw[a] = raw[b];
        raw[b] = kept;
    }

    private static String text(Mapping mapping, byte[] raw) {
        int end = 0;
        while (end < Math.min(mapping.length(), raw.length) && raw[end] != 0) {
            end++;
        }
        return new String(raw, 0, end, StandardCharsets.UTF_8).stripTrailing();
    }

    private static Object real(Mapping mapping, double raw) throws ValueException {
        if (!Double.isFinite(raw)) {
            throw new ValueException(mapping.property() + ": the device gives " + raw + ", which is no number");
        }
        // A float's own decimal digits: 21.3f is told as 21.3, not as 21.299999237060547.
        BigDecimal exact = mapping.type() == ValueType.FLOAT32
                ? new BigDecimal(Float.toString((float) raw))
                : BigDecimal.valueOf(raw);
        return number(mapping, scaled(mapping, exact), false);
    }

    private static Object integer(Mapping mapping, BigInteger raw) {
        return number(mapping, scaled(mapping, new BigDecimal(raw)), true);
    }

    private static BigDecimal scaled(Mapping mapping, BigDecimal raw) {
        return mapping.scaled() ? raw.multiply(mapping.scale()).add(mapping.offset()) : raw;
    }

    private static Object number(Mapping mapping, BigDecimal value, boolean integer) {
        boolean keepsWhole = integer && isWhole(mapping.scale()) && isWhole(mapping.offset());
        if (!mapping.whole() && !keepsWhole) {
            return value.doubleValue();
        }
        BigInteger whole = value.setScale(0, RoundingMode.HALF_EVEN).toBigInteger();
        return whole.abs().compareTo(LONG_MAX) > 0 ? whole : (Object) whole.longValue();
    }

    private static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0;
    }

    private static BigDecimal unscaled(Mapping mapping, Object value) throws ValueException {
        if (!(value instanceof Number number)) {
            throw new ValueException(mapping.property() + ": a number is wanted, not " + value);
        }
        BigDecimal decimal;
        try {
            decimal = new BigDecimal(number.toString());
        } catch (NumberFormatException e) {
            throw new ValueException(mapping.property() + ": " + value + " can't be written");
        }
        return mapping.scaled()
                ? decimal.subtract(mapping.offset()).divide(mapping.scale(), MathContext.DECIMAL64)
                : decimal;
    }

    private static float finiteFloat(Mapping mapping, BigDecimal raw) throws ValueException {
        float value = raw.floatValue();
        if (!Float.isFinite(value)) {
            throw new ValueException(mapping.property() + ": " + raw + " is too large for float32");
        }
        return value;
    }

    private static byte[] whole(Mapping mapping, Object value, int bytes) throws ValueException {
        BigInteger raw =
                unscaled(mapping, value).setScale(0, RoundingMode.HALF_EVEN).toBigInteger();
        ValueType type = mapping.type();
        if (raw.compareTo(type.least()) < 0 || raw.compareTo(type.greatest()) > 0) {
            throw new ValueException(mapping.property() + ": " + value + " is out of range, "
                    + edge(mapping, type.least()) + " to " + edge(mapping, type.greatest()) + " fit its register");
        }
        byte[] all = raw.toByteArray();
        byte[] out = new byte[bytes];
        Arrays.fill(out, (byte) (raw.signum() < 0 ? -1 : 0));
        int kept = Math.min(all.length, bytes);
        System.arraycopy(all, all.length - kept, out, bytes - kept, kept);
        return out;
    }

    private static String edge(Mapping mapping, BigInteger raw) {
        return scaled(mapping, new BigDecimal(raw)).stripTrailingZeros().toPlainString();
    }

    private static byte[] bytes(Mapping mapping, Object value, int bytes) throws ValueException {
        byte[] text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
        if (text.length > mapping.length()) {
            throw new ValueException(mapping.property() + ": the text takes " + text.length + " bytes, at most "
                    + mapping.length() + " fit");
        }
        return Arrays.copyOf(text, bytes);
    }
}
