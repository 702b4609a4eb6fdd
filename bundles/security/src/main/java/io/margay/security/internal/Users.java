package io.margay.security.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;

/** The users and the hashes of their passwords: one line each, {@code NAME:HASH}. */
final class Users {
    static final String ADMIN = "admin";

    /** Twenty of 32 letters: a hundred bits, none of them taken for another. */
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

    private static final int GROUPS = 4;
    private static final int GROUP_LETTERS = 5;

    private final Path file;
    private final SecureRandom random;

    Users(Path file, SecureRandom random) {
        this.file = file;
        this.random = random;
    }

    boolean exist() {
        return Files.exists(file);
    }

    /** @throws IOException the file can't be read or is damaged; the message says what to do */
    Map<String, PasswordHash> read() throws IOException {
        Map<String, PasswordHash> users = new TreeMap<>();
        int number = 0;
        // A byte that is no letter becomes one that fits nowhere: then the line is damaged, not the decoder.
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        for (String line : (Iterable<String>) text.lines()::iterator) {
            number++;
            int colon = line.indexOf(':');
            try {
                users.put(line.substring(0, colon), PasswordHash.parse(line.substring(colon + 1)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                throw damaged("line " + number, e);
            }
        }
        if (!users.containsKey(ADMIN)) {
            throw damaged("no user " + ADMIN, null);
        }
        return users;
    }

    private IOException damaged(String what, Exception cause) {
        return new IOException(
                file + " is damaged (" + what
                        + "), nobody can log in; make a new password with: margay start --reset-password",
                cause);
    }

    /**
     * Gives the administrator a new password. On return it is on disk.
     *
     * @return the password, which nothing else knows
     */
    String resetAdmin() throws IOException {
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < GROUPS * GROUP_LETTERS; i++) {
            if (i > 0 && i % GROUP_LETTERS == 0) {
                password.append('-');
            }
            password.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        PasswordHash hash = PasswordHash.of(password.toString().toCharArray(), random);
        SecretFile.write(file, ADMIN + ":" + hash.text() + "\n", true);
        return password.toString();
    }
}
