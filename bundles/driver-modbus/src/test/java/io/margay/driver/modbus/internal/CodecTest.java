package io.margay.driver.modbus.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodecTest {
    /** A mapping written short: type, word order, byte order, scale, offset. */
    static Mapping mapping(ValueType type, String words, String bytes, String scale, String offset) {
        return new Mapping(
                "p",
                Table.HOLDING,
                0,
                type,
                words.equals("big"),
                bytes.equals("big"),
                -1,
                type == ValueType.STRING ? 8 : 0,
                new BigDecimal(scale),
                new BigDecimal(offset),
                false,
                true,
                1000);
    }

    @ParameterizedTest
    @CsvSource({
        "INT16,   big,    big,    1,   0,   fffe,             -2",
        "UINT16,  big,    big,    1,   0,   fffe,             65534",
        "INT16,   big,    little, 1,   0,   feff,             -2",
        "INT16,   big,    big,    0.1, 0,   00d5,             21.3",
        "INT16,   big,    big,    10,  -5,  0003,             25",
        "INT16,   big,    big,    0.5, -40, 0000,             -40.0",
        "INT32,   big,    big,    1,   0,   12345678,         305419896",
        "INT32,   little, big,    1,   0,   56781234,         305419896",
        "INT32,   big,    little, 1,   0,   34127856,         305419896",
        "INT32,   little, little, 1,   0,   78563412,         305419896",
        "INT32,   big,    big,    1,   0,   ffffffff,         -1",
        "UINT32,  big,    big,    1,   0,   ffffffff,         4294967295",
        "INT64,   big,    big,    1,   0,   0000000100000000, 4294967296",
        "INT64,   little, big,    1,   0,   0000000000010000, 4294967296",
        "FLOAT32, big,    big,    1,   0,   41aa6666,         21.3",
        "FLOAT32, little, big,    1,   0,   666641aa,         21.3",
        "FLOAT32, big,    big,    0.1, 1,   41aa6666,         3.13",
        "FLOAT64, little, big,    1,   0,   cccdcccc4ccc4035, 21.3",
        "FLOAT64, big,    big,    1,   0,   40354ccccccccccd, 21.3",
    })
    void numbersGoBothWays(
            ValueType type, String words, String bytes, String scale, String offset, String hex, String value)
            throws Exception {
        Mapping mapping = mapping(type, words, bytes, scale, offset);
        byte[] raw = HexFormat.of().parseHex(hex);

        Object decoded = Codec.decode(mapping, raw, 0);

        assertThat(decoded).hasToString(value);
        assertThat(Codec.encode(mapping, decoded)).asHexString().isEqualToIgnoringCase(hex);
    }

    @Test
    void unsignedBeyondLongIsBigInteger() throws Exception {
        Mapping mapping = mapping(ValueType.UINT64, "big", "big", "1", "0");
        byte[] raw = HexFormat.of().parseHex("ffffffffffffffff");

        assertThat(Codec.decode(mapping, raw, 0)).isEqualTo(new BigInteger("18446744073709551615"));
        assertThat(Codec.encode(mapping, new BigInteger("18446744073709551615")))
                .isEqualTo(raw);
        assertThatThrownBy(() -> Codec.encode(mapping, -1)).isInstanceOf(ValueException.class);
    }

    @Test
    void wholeNumbersWhereTheThingModelWantsThem() throws Exception {
        Mapping scaled = mapping(ValueType.INT16, "big", "big", "0.1", "0");
        Mapping whole = new Mapping(
                "p",
                Table.HOLDING,
                0,
                ValueType.INT16,
                true,
                true,
                -1,
                0,
                scaled.scale(),
                scaled.offset(),
                true,
                true,
                1000);

        assertThat(Codec.decode(whole, new byte[] {0, (byte) 216}, 0)).isEqualTo(22L);
    }

    @Test
    void stringsEndAtZeroAndLoseTheirPadding() throws Exception {
        Mapping big = mapping(ValueType.STRING, "big", "big", "1", "0");
        Mapping swapped = mapping(ValueType.STRING, "little", "little", "1", "0");

        assertThat(Codec.decode(big, "boil\0xyz".getBytes(US_ASCII), 0)).isEqualTo("boil");
        assertThat(Codec.decode(big, "boil    ".getBytes(US_ASCII), 0)).isEqualTo("boil");
        assertThat(Codec.decode(swapped, "obli\0\0\0\0".getBytes(US_ASCII), 0)).isEqualTo("boil");
        assertThat(Codec.encode(swapped, "boil")).isEqualTo("obli\0\0\0\0".getBytes(US_ASCII));
        assertThatThrownBy(() -> Codec.encode(big, "much too long"))
                .isInstanceOf(ValueException.class)
                .hasMessage("p: the text takes 13 bytes, at most 8 fit");
    }

    @Test
    void valuesThatDoNotFitAreRefusedWithTheRange() {
        Mapping mapping = mapping(ValueType.INT16, "big", "big", "0.1", "0");

        assertThatThrownBy(() -> Codec.encode(mapping, 7000))
                .hasMessage("p: 7000 is out of range, -3276.8 to 3276.7 fit its register");
        assertThatThrownBy(() -> Codec.encode(mapping, "warm")).hasMessage("p: a number is wanted, not warm");
        assertThatThrownBy(() -> Codec.encode(mapping, Double.NaN)).hasMessage("p: NaN can't be written");
        assertThatThrownBy(() -> Codec.encode(mapping(ValueType.FLOAT32, "big", "big", "1", "0"), 1e300))
                .isInstanceOf(ValueException.class);
    }

    @Test
    void notANumberIsNoValue() {
        Mapping mapping = mapping(ValueType.FLOAT32, "big", "big", "1", "0");

        assertThatThrownBy(() -> Codec.decode(mapping, HexFormat.of().parseHex("7fc00000"), 0))
                .isInstanceOf(ValueException.class)
                .hasMessageContaining("p: the device gives NaN");
    }

    @Test
    void bitsOfRegistersAndCoils() throws Exception {
        Mapping third = new Mapping(
                "p",
                Table.HOLDING,
                0,
                ValueType.BOOL,
                true,
                true,
                3,
                0,
                BigDecimal.ONE,
                BigDecimal.ZERO,
                false,
                true,
                1000);
        Mapping coil = new Mapping(
                "p",
                Table.COIL,
                0,
                ValueType.BOOL,
                true,
                true,
                -1,
                0,
                BigDecimal.ONE,
                BigDecimal.ZERO,
                false,
                true,
                1000);

        assertThat(Codec.decode(third, new byte[] {0, 8}, 0)).isEqualTo(true);
        assertThat(Codec.decode(third, new byte[] {(byte) 0xff, (byte) 0xf7}, 0))
                .isEqualTo(false);
        assertThat(Codec.decode(coil, new byte[] {0, 2}, 9)).isEqualTo(true);
        assertThat(Codec.decode(coil, new byte[] {0, 2}, 8)).isEqualTo(false);
    }
}
