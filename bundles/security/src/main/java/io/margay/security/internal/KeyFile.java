package io.margay.security.internal;

import io.margay.security.SecretException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The key of the gateway's secrets: 256 bits in a line, and the digest of that line, as a key with a bit flipped is a key
 * too. Made when a secret is sealed for the first time, and never replaced.
 */
final class KeyFile {
    /** From the gateway's home. */
    static final String NAME = "data/secret.key";

    private static final String FIRST = "margay-secret-key-1 ";
    private static final String DIGEST = "sha256 ";
    private static final int KEY_BYTES = 32;

    private final Path file;
    private final SecureRandom random;

    /** @param home of the gateway */
    KeyFile(Path home, SecureRandom random) {
        this.file = home.resolve(NAME);
        this.random = random;
    }

    /** @throws SecretException it is missing, damaged, or can't be read */
    byte[] read() throws SecretException {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new SecretException(
                    NAME + ", the key of secrets, is missing; put it back from a backup, or give the secrets anew", e);
        } catch (IOException e) {
            throw new SecretException(NAME + ", the key of secrets, can't be read: " + e, e);
        }
        int end = text.indexOf('\n') + 1;
        if (!text.startsWith(FIRST) || !text.substring(end).equals(digest(text.substring(0, end)))) {
            throw damaged(null);
        }
        try {
            return Base64.getDecoder().decode(text.substring(FIRST.length(), end - 1));
        } catch (IllegalArgumentException e) {
            throw damaged(e);
        }
    }

    private SecretException damaged(Exception cause) {
        return new SecretException(
                NAME + ", the key of secrets, is damaged; put it back from a backup, or delete it and give all secrets"
                        + " anew",
                cause);
    }

    /** On return a new key is on disk. */
    byte[] readOrMake() throws SecretException {
        if (Files.exists(file)) {
            return read();
        }
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        String line = FIRST + Base64.getEncoder().encodeToString(key) + "\n";
        try {
            SecretFile.write(file, line + digest(line), true);
        } catch (IOException e) {
            throw new SecretException(NAME + ", the key of secrets, can't be written: " + e, e);
        }
        return key;
    }

    private static String digest(String line) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(line.getBytes(StandardCharsets.ISO_8859_1));
            return DIGEST + HexFormat.of().formatHex(digest) + "\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
