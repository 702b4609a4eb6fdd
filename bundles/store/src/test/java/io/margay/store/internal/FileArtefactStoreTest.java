package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.store.ArtefactStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileArtefactStoreTest {
    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    Path home;

    private final SettableClock clock = new SettableClock();
    private Path folder;
    private FileArtefactStore store;

    @BeforeEach
    void open() throws IOException {
        folder = home.resolve("data/artefacts");
        store = new FileArtefactStore(folder, clock);
    }

    @Test
    void keepsAFileUnderItsDigest() throws IOException {
        assertThat(put("abc")).isEqualTo(OF_ABC);
        assertThat(store.contains(OF_ABC)).isTrue();
        assertThat(store.find(OF_ABC).orElseThrow()).hasContent("abc");
        assertThat(store.find("0".repeat(64))).isEmpty();
        assertThat(store.find("../../etc/passwd")).isEmpty();
    }

    @Test
    void refusesMoreThanAllowedAndLeavesNothing() throws IOException {
        assertThatThrownBy(() -> store.put(stream("abcd"), 3))
                .isInstanceOf(ArtefactStore.TooLargeException.class)
                .hasMessageContaining("3 bytes");
        assertThat(names()).isEmpty();
    }

    @Test
    void leavesNothingOfAnUploadThatBreaks() throws IOException {
        InputStream broken = new SequenceInputStream(stream("half"), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("connection lost");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
            }
        });
        assertThatThrownBy(() -> store.put(broken, 100)).hasMessage("connection lost");
        assertThat(names()).isEmpty();
    }

    @Test
    void removesLeftoversAtStart() throws IOException {
        Files.writeString(folder.resolve("1234.tmp"), "half");
        new FileArtefactStore(folder, clock);
        assertThat(names()).isEmpty();
    }

    @Test
    void namesADamagedFileAndHealsItByAnotherUpload() throws IOException {
        put("abc");
        Files.writeString(folder.resolve(OF_ABC), "abcd");
        assertThatThrownBy(() -> store.find(OF_ABC))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(OF_ABC)
                .hasMessageContaining("damaged");
        put("abc");
        assertThat(store.find(OF_ABC).orElseThrow()).hasContent("abc");
    }

    @Test
    void keepsWhatIsReferredToAndWhatWasJustUploaded() throws IOException {
        String abc = put("abc");
        String old = put("old");
        clock.now = clock.now.plus(Duration.ofMinutes(11));
        String fresh = put("fresh");
        store.retain(Set.of(abc));
        assertThat(names()).containsExactlyInAnyOrder(abc, fresh);
        assertThat(store.contains(old)).isFalse();
    }

    private String put(String content) throws IOException {
        return store.put(stream(content), 100);
    }

    private static InputStream stream(String content) {
        return new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8));
    }

    private Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).toList().stream();
        }
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
