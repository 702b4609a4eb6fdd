package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static void takes(UnaryOperator<String> limit, String... values) {
        for (String value : values) {
            assertThat(limit.apply(value)).isEqualTo(value);
        }
    }

    private static void refuses(UnaryOperator<String> limit, String... values) {
        for (String value : values) {
            assertThatThrownBy(() -> limit.apply(value)).as(value).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void namesKeepTheirLimits() {
        takes(Limits::driverName, "a", "modbus_2", "x".repeat(20));
        refuses(Limits::driverName, null, "", "2a", "_a", "a-b", "x".repeat(21), "mötley");
        takes(Limits::deviceName, "abcd", "A-_@.:9", "x".repeat(32));
        refuses(Limits::deviceName, null, "abc", "x".repeat(33), "a/bcd", "a b c");
        takes(Limits::functionName, "a-b_c", "x".repeat(128));
        refuses(Limits::functionName, "1a", "x".repeat(129), "a.b");
        takes(Limits::version, "1.2-beta_3", "x".repeat(64));
        refuses(Limits::version, "", "x".repeat(65), "1+2");
        takes(Limits::environmentName, "_A1");
        refuses(Limits::environmentName, "1A", "A-B", "");
    }

    @Test
    void memoryKeepsItsLimits() {
        assertThat(Limits.memory(16)).isEqualTo(16);
        assertThat(Limits.memory(1024 * 1024)).isEqualTo(1024 * 1024);
        for (long megabytes : new long[] {0, 15, 1024 * 1024 + 1, 1L << 40}) {
            assertThatThrownBy(() -> Limits.memory(megabytes))
                    .hasMessage(megabytes + "MB is no valid memory limit: 16MB to 1048576MB");
        }
    }

    @Test
    void wordsAreReadAndRefused() {
        assertThat(Word.of(WhenFull.class, "drop-oldest")).isEqualTo(WhenFull.DROP_OLDEST);
        assertThatThrownBy(() -> Word.of(WhenFull.class, "DROP_OLDEST"))
                .hasMessage("'DROP_OLDEST' is none of drop-oldest, drop-newest, wait");
        assertThat(WorkloadId.parse("driver:x")).isEqualTo(WorkloadId.driver("x"));
        assertThatThrownBy(() -> WorkloadId.parse("x")).hasMessageContaining("write driver:NAME");
        assertThat(DeviceId.parse("p/d")).isEqualTo(new DeviceId("p", "d"));
        assertThatThrownBy(() -> DeviceId.parse("p/")).hasMessageContaining("PRODUCT_KEY/DEVICE_NAME");
    }

    @Test
    void aFaultSaysWhere() {
        assertThat(new Fault("devices[2]", 12, 3, "is wrong")).hasToString("line 12, devices[2]: is wrong");
        assertThat(new Fault("", "is wrong")).hasToString("is wrong");
    }
}
