package io.margay.security.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessImplTest {
    private static final Pattern SHOWN = Pattern.compile("password (\\S+)");

    @TempDir
    Path home;

    private final List<String> terminal = new ArrayList<>();
    private AccessImpl access;
    private String password;

    @BeforeEach
    void firstStart() throws IOException {
        access = start(false);
        password = shown(0);
    }

    private AccessImpl start(boolean reset) throws IOException {
        return new AccessImpl(home, reset, terminal::add);
    }

    private String shown(int line) {
        Matcher matcher = SHOWN.matcher(terminal.get(line));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private static String basic(String user, String password) {
        String pair = user + ":" + password;
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void thePasswordIsShownOnceAndKeptHashed() throws IOException {
        assertThat(password).hasSizeGreaterThan(20);
        start(false);
        assertThat(terminal).hasSize(1);
        Path users = home.resolve("data/users");
        assertThat(Files.readString(users))
                .startsWith("admin:pbkdf2-hmac-sha256:210000:")
                .doesNotContain(password);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(users)))
                .isEqualTo("rw-------");
    }

    @Test
    void onlyTheRightPasswordGetsIn() {
        assertThat(access.login("admin", password.toCharArray())).contains("admin");
        assertThat(access.login("admin", "admin".toCharArray())).isEmpty();
        assertThat(access.login("root", password.toCharArray())).isEmpty();
        assertThat(access.authorize(basic("admin", password))).contains("admin");
        assertThat(access.authorize(basic("admin", ""))).isEmpty();
    }

    @Test
    void whatIsNoHeaderGetsNobodyIn() {
        for (String header : new String[] {
            null, "", "Basic", "Basic ", "Basic %%%", "Basic YQ==", "Bearer ", "Digest x", "Bearer " + "x".repeat(9000)
        }) {
            assertThat(access.authorize(header)).as(header).isEmpty();
        }
    }

    @Test
    void theTokenOfThisStartGetsInAndGoesWithIt() throws IOException {
        Path file = home.resolve("run/cli.token");
        String token = Files.readString(file).strip();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(access.authorize("Bearer " + token)).contains("admin");
        assertThat(access.authorize("bearer " + token)).contains("admin");
        assertThat(start(false).authorize("Bearer " + token)).isEmpty();
        access.close();
        assertThat(file).doesNotExist();
    }

    @Test
    void aResetReplacesThePassword() throws IOException {
        AccessImpl next = start(true);
        assertThat(next.login("admin", password.toCharArray())).isEmpty();
        assertThat(next.login("admin", shown(1).toCharArray())).contains("admin");
    }

    @Test
    void guessingIsSlowedDownButNotWhoIsKnown() {
        assertThat(access.login("admin", password.toCharArray())).contains("admin");
        for (int i = 0; i < 5; i++) {
            assertThat(access.login("admin", ("guess" + i).toCharArray())).isEmpty();
        }
        long before = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            assertThat(access.login("admin", ("more" + i).toCharArray())).isEmpty();
        }
        assertThat(System.nanoTime() - before)
                .as("no password is looked at any more")
                .isLessThan(10_000_000_000L);
        assertThat(access.login("admin", password.toCharArray())).contains("admin");
    }

    @Test
    void aDamagedFileLetsNobodyInAndSaysWhatToDo() throws IOException {
        Files.writeString(home.resolve("data/users"), "admin:pbkdf2-hmac-sha256:0:AA:AA\n");
        assertThatThrownBy(() -> start(false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("--reset-password");
        assertThat(start(true).login("admin", shown(1).toCharArray())).contains("admin");
    }

    /** A hash with a bit flipped is a hash too, and would refuse the right password without a word. */
    @Test
    void eachFlippedBitIsNoticed() throws IOException {
        Path users = home.resolve("data/users");
        byte[] whole = Files.readAllBytes(users);
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            Files.write(users, flipped);
            assertThatThrownBy(() -> start(false)).as("byte %d", at).hasMessageContaining("--reset-password");
        }
    }

    @Test
    void aFileOfAFormerVersionHasNoDigest() throws IOException {
        Path users = home.resolve("data/users");
        Files.writeString(users, Files.readAllLines(users).get(0) + "\n");
        assertThat(start(false).login("admin", password.toCharArray())).contains("admin");
    }
}
