package io.margay.security.internal;

import io.margay.model.Sealed;
import io.margay.security.SecretException;
import io.margay.security.Secrets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Seals with AES-256-GCM and the key in {@code data/secret.key}. The sealed form is, in base 64, four bytes that name the key,
 * the nonce of 96 bits, and the encrypted text with its tag of 128 bits. The nonce is random, or, where the same text is to
 * have the same form, comes of text and place by HMAC-SHA-256 (docs/decisions/0017-secrets.md).
 *
 * <p>The key is read each time: it is needed when something is deployed, and one that was put back is to be found at once.
 */
@Component
public final class FileSecrets implements Secrets {
    private static final int ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final KeyFile file;
    private final SecureRandom random;

    @Activate
    public FileSecrets(BundleContext context) {
        this(AccessImpl.home(context));
    }

    /** @param home of the gateway */
    public FileSecrets(Path home) {
        random = new SecureRandom();
        file = new KeyFile(home, random);
    }

    @Override
    public String seal(String place, String text) throws SecretException {
        byte[] key = key();
        byte[] known = hmac(key, "nonce", place + '\0' + text);
        return seal(key, Arrays.copyOf(known, NONCE_BYTES), text);
    }

    @Override
    public String seal(String text) throws SecretException {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return seal(key(), nonce, text);
    }

    /** Only one makes it. */
    private synchronized byte[] key() throws SecretException {
        return file.readOrMake();
    }

    private static String seal(byte[] key, byte[] nonce, String text) {
        try {
            byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(text.getBytes(StandardCharsets.UTF_8));
            byte[] all = ByteBuffer.allocate(ID_BYTES + NONCE_BYTES + encrypted.length)
                    .put(id(key))
                    .put(nonce)
                    .put(encrypted)
                    .array();
            return Sealed.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM can't encrypt with AES-GCM", e);
        }
    }

    @Override
    public String open(String sealed) throws SecretException {
        byte[] all = bytes(sealed);
        byte[] key = file.read();
        if (!Arrays.equals(all, 0, ID_BYTES, id(key), 0, ID_BYTES)) {
            throw new SecretException("this secret was sealed with another key than this gateway's " + KeyFile.NAME
                    + "; give its text anew");
        }
        byte[] nonce = Arrays.copyOfRange(all, ID_BYTES, ID_BYTES + NONCE_BYTES);
        int from = ID_BYTES + NONCE_BYTES;
        try {
            byte[] text = cipher(Cipher.DECRYPT_MODE, key, nonce).doFinal(all, from, all.length - from);
            return new String(text, StandardCharsets.UTF_8);
        } catch (AEADBadTagException e) {
            throw damaged(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM can't decrypt with AES-GCM", e);
        }
    }

    private static byte[] bytes(String sealed) throws SecretException {
        if (!Sealed.is(sealed)) {
            throw damaged(null);
        }
        try {
            byte[] all = Base64.getUrlDecoder().decode(sealed.substring(Sealed.PREFIX.length()));
            if (all.length > ID_BYTES + NONCE_BYTES + TAG_BYTES) {
                return all;
            }
        } catch (IllegalArgumentException e) {
            throw damaged(e);
        }
        throw damaged(null);
    }

    private static SecretException damaged(Exception cause) {
        return new SecretException("this sealed secret is damaged or not whole; give its text anew", cause);
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        SecretKeySpec spec = new SecretKeySpec(hmac(key, "encryption", ""), "AES");
        cipher.init(mode, spec, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        return cipher;
    }

    private static byte[] id(byte[] key) {
        return Arrays.copyOf(hmac(key, "id", ""), ID_BYTES);
    }

    /** Each purpose has what amounts to a key of its own. */
    private static byte[] hmac(byte[] key, String purpose, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal((purpose + '\0' + text).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM can't compute HmacSHA256", e);
        }
    }
}
