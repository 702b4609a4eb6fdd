package io.margay.security.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The users and the hashes of their passwords: one line each, {@code NAME:HASH}, and the digest of these lines. A hash with a
 * bit flipped is a hash too, and would refuse the right password without a word. Files of former versions have no digest.
 */
final class Users {
    static final String ADMIN = "admin";

    /** Twenty of 32 letters: a hundred bits, none of them taken for another. */
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

    private static final String DIGEST = "sha256 ";

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
            if (line.startsWith(DIGEST)) {
                checkDigest(text, line);
                continue;
            }
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

    private void checkDigest(String text, String line) throws IOException {
        String before = text.substring(0, text.indexOf(line));
        if (!line.equals(digest(before)) || !text.equals(before + line + "\n")) {
            throw damaged("its digest is another", null);
        }
    }

    private static String digest(String lines) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8));
            return DIGEST + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
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
        String lines = ADMIN + ":" + hash.text() + "\n";
        SecretFile.write(file, lines + digest(lines) + "\n", true);
        return password.toString();
    }
}
