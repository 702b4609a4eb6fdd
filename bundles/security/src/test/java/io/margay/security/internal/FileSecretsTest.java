package io.margay.security.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Sealed;
import io.margay.security.SecretException;
import io.margay.security.Secrets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSecretsTest {
    private static final String TEXT = "pass wörd\n";

    @TempDir
    Path home;

    private Path key;
    private Secrets secrets;

    @BeforeEach
    void start() {
        key = home.resolve("data/secret.key");
        secrets = new FileSecrets(home);
    }

    private void refuses(String sealed, String message) {
        assertThatThrownBy(() -> secrets.open(sealed))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining(TEXT.strip());
    }

    @Test
    void opensWhatItSealed() throws Exception {
        assertThat(key).doesNotExist();
        String sealed = secrets.seal(TEXT);
        assertThat(sealed).matches(Sealed.PREFIX + "[A-Za-z0-9_-]+");
        assertThat(secrets.open(sealed)).isEqualTo(TEXT);
        assertThat(new FileSecrets(home).open(sealed)).isEqualTo(TEXT);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
    }

    @Test
    void oneTextHasOneFormAtOnePlaceAndNowhereElse() throws Exception {
        String sealed = secrets.seal("functions f environment.A", TEXT);
        assertThat(secrets.seal("functions f environment.A", TEXT)).isEqualTo(sealed);
        assertThat(List.of(
                        sealed,
                        secrets.seal("functions f environment.A", TEXT + "1"),
                        secrets.seal("functions f environment.B", TEXT),
                        secrets.seal(TEXT),
                        secrets.seal(TEXT)))
                .doesNotHaveDuplicates()
                .allSatisfy(one -> assertThat(secrets.open(one)).startsWith(TEXT));
    }

    @Test
    void oneKeyIsMadeWhoeverComesFirst() {
        Set<String> all = IntStream.range(0, 50)
                .parallel()
                .mapToObj(i -> {
                    try {
                        return secrets.seal("place", TEXT);
                    } catch (SecretException e) {
                        return e.getMessage();
                    }
                })
                .collect(Collectors.toSet());
        assertThat(all).hasSize(1);
    }

    @Test
    void saysWhatIsWrongWithTheKey() throws Exception {
        String sealed = secrets.seal(TEXT);
        byte[] good = Files.readAllBytes(key);
        for (int at = 0; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 1;
            Files.write(key, damaged);
            refuses(sealed, "data/secret.key, the key of secrets, is damaged; put it back from a backup, or delete it");
        }
        assertThatThrownBy(() -> secrets.seal(TEXT)).hasMessageContaining("is damaged");
        Files.write(key, new byte[0]);
        refuses(sealed, "is damaged");
        Files.delete(key);
        refuses(
                sealed,
                "data/secret.key, the key of secrets, is missing; put it back from a backup, or give the secrets anew");
        String another = secrets.seal(TEXT);
        refuses(sealed, "sealed with another key than this gateway's data/secret.key; give its text anew");
        Files.write(key, good);
        assertThat(secrets.open(sealed)).isEqualTo(TEXT);
        refuses(another, "another key");
    }

    @Test
    void opensNothingThatIsNotWhole() throws Exception {
        String sealed = secrets.seal(TEXT);
        refuses(sealed.substring(0, sealed.length() - 4), "damaged");
        refuses(sealed.substring(0, 30), "damaged or not whole; give its text anew");
        refuses(Sealed.PREFIX, "not whole");
        refuses(Sealed.PREFIX + "…", "not whole");
        refuses("plain", "not whole");
        char[] flipped = sealed.toCharArray();
        flipped[40] = flipped[40] == 'A' ? 'B' : 'A';
        refuses(new String(flipped), "damaged");
        assertThat(Files.readString(key, StandardCharsets.ISO_8859_1)).doesNotContain(TEXT);
    }
}
