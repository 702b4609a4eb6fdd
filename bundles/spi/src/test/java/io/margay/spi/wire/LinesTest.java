package io.margay.spi.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
    private final List<String> seen = new ArrayList<>();
    private final Lines lines = new Lines(10);
    private final Lines.Sink sink = new Lines.Sink() {
        @Override
        public void line(byte[] bytes, int offset, int length) {
            seen.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void tooLong() {
            seen.add("(too long)");
        }
    };

    private void add(String text) {
        lines.add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), sink);
    }

    @Test
    void putsPiecesTogether() {
        add("on");
        add("e\ntwo\n\nth");
        add("ree");
        add("\n");
        assertThat(seen).containsExactly("one", "two", "three");
    }

    @Test
    void leavesOutWhatIsTooLongHoweverItArrives() {
        add("0123456789\n01234567890\nnext\n");
        add("01234567");
        add("8901234");
        add("5678");
        add("9\nlast\n");
        assertThat(seen).containsExactly("0123456789", "(too long)", "next", "(too long)", "last");
    }

    @Test
    void startsAfreshWithANewConnection() {
        add("half");
        lines.clear();
        add("whole\n");
        assertThat(seen).containsExactly("whole");
    }
}
