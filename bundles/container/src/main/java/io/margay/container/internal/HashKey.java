package io.margay.container.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the hashes by which a container tells what it was made of. The engine shows them to whoever may ask it, and secrets are part
 * of what they are made of: without the gateway's key they could be guessed. A home that has lost its key takes no container back.
 */
final class HashKey {
    private static final Logger LOG = LoggerFactory.getLogger(HashKey.class);
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    private final byte[] key;
    private final String version;

    /** @param version of the gateway: what an older one has made is made anew */
    HashKey(byte[] key, String version) {
        this.key = key.clone();
        this.version = version;
    }

    /** That of a file, which is made where it is not there. */
    static HashKey of(Path file, String version) {
        try {
            if (Files.exists(file)) {
                byte[] key = Files.readAllBytes(file);
                if (key.length == BYTES) {
                    return new HashKey(key, version);
                }
                LOG.warn("{} is no key of {} bytes, and is made anew: containers of before are replaced", file, BYTES);
            }
        } catch (IOException e) {
            LOG.warn("{} can't be read, and is made anew: containers of before are replaced: {}", file, e.toString());
        }
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        try {
            Files.createDirectories(file.getParent());
            Path next = file.resolveSibling(file.getFileName() + ".tmp");
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(next, key);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("{} can't be written, so the next start takes no container back: {}", file, e.toString());
        }
        return new HashKey(key, version);
    }

    String hash(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update((version + '\n').getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }
}
