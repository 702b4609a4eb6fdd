package io.margay.store.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;

/**
 * What all documents together must come to, so that one that is missing, or is found under another name, is noticed.
 *
 * @param sequence the number of the last change
 * @param documents how many there are
 * @param digest the digests of all rows, by exclusive or
 */
record Seal(long sequence, long documents, byte[] digest) {
    /**
     * What is kept of a document besides its content.
     *
     * @param sequence the number of the change that wrote it
     * @param digest of name, sequence and content
     */
    record Row(long sequence, byte[] digest) {
        static Row of(String name, long sequence, byte[] content) {
            return new Row(sequence, Seal.digest(name, sequence, content));
        }

        boolean isOf(String name, byte[] content) {
            return Arrays.equals(digest, Seal.digest(name, sequence, content));
        }
    }

    static Seal of(long sequence, Map<String, Row> rows) {
        byte[] all = new byte[32];
        rows.forEach((name, row) -> {
            byte[] digest = digest(name, row.sequence(), row.digest());
            for (int i = 0; i < all.length; i++) {
                all[i] ^= digest[i];
            }
        });
        return new Seal(sequence, rows.size(), all);
    }

    private static byte[] digest(String name, long sequence, byte[] content) {
        MessageDigest digest = Digests.sha256();
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(sequence).array());
        digest.update(content);
        return digest.digest();
    }

    boolean same(Seal other) {
        return sequence == other.sequence && documents == other.documents && Arrays.equals(digest, other.digest);
    }
}
