package io.margay.rest.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Refuses to end when what was read has another digest: who stores while it reads stores nothing. */
final class DigestCheck extends FilterInputStream {
    private final MessageDigest digest;
    private final String wanted;

    DigestCheck(InputStream in, String wanted) {
        super(in);
        this.wanted = wanted;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = super.read(buffer, offset, length);
        if (n > 0) {
            digest.update(buffer, offset, n);
        } else if (n < 0) {
            String found = HexFormat.of().formatHex(clone(digest).digest());
            if (!found.equals(wanted)) {
                throw Problem.badRequest("the content's SHA-256 is " + found + ", not " + wanted
                                + "; it was damaged on the way, or the name is wrong")
                        .exception();
            }
        }
        return n;
    }

    /** The end may be read more than once. */
    private static MessageDigest clone(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 can be cloned", e);
        }
    }

    @Override
    public long skip(long n) throws IOException {
        throw new UnsupportedOperationException("what is skipped is not checked");
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
