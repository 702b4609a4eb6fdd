package io.margay.spi;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Replaces the text of secrets in what people read: logs, and reasons of failures. A workload is given its secrets, and what
 * it prints of them by mistake must not stay in a log. Who means to get them out may write them backwards; this does not
 * keep him from it.
 *
 * <p>Known are, until the gateway ends, all secrets that a workload was ever given, as they are, each line of them, as JSON
 * has them, as a URL has them, and in base 64 wherever they are in what was encoded. Shorter than {@value #SHORTEST}
 * characters is no secret: a log in which each 7 is masked tells nobody anything, and what the 7 was. Thread-safe.
 */
@ProviderType
public final class Masking {
    /** What is there instead. */
    public static final String MASK = "***";

    /** Characters of the shortest secret that is masked. */
    public static final int SHORTEST = 4;

    /** Less of one may be anything. */
    private static final int SHORTEST_PART = 8;

    /** Of which one bit each is set for what a known text begins with. */
    private static final int FILTER_BITS = 1 << 14;

    /** @param filter hashes of the keys of the map: most places of most texts need no look at the map */
    private record Known(Set<String> texts, Map<Long, List<String>> byBeginning, long[] filter) {
        static Known of(Set<String> texts) {
            Map<Long, List<String>> byBeginning = new HashMap<>();
            long[] filter = new long[FILTER_BITS / Long.SIZE];
            for (String text : texts) {
                long beginning = 0;
                for (int i = 0; i < SHORTEST; i++) {
                    beginning = next(beginning, text.charAt(i));
                }
                byBeginning
                        .computeIfAbsent(beginning, none -> new ArrayList<>())
                        .add(text);
                int bit = bit(beginning);
                filter[bit / Long.SIZE] |= 1L << bit;
            }
            return new Known(texts, byBeginning, filter);
        }

        /** The length of the longest that is at this place, which begins as told; 0 where none is. */
        int length(String text, int from, long beginning) {
            int bit = bit(beginning);
            if ((filter[bit / Long.SIZE] & (1L << bit)) == 0) {
                return 0;
            }
            int length = 0;
            for (String each : byBeginning.getOrDefault(beginning, List.of())) {
                if (each.length() > length && text.startsWith(each, from)) {
                    length = each.length();
                }
            }
            return length;
        }

        /** The last {@link #SHORTEST} characters, in 16 bits each. */
        static long next(long last, char character) {
            return (last << Character.SIZE) | character;
        }

        private static int bit(long beginning) {
            return (int) ((beginning * 0x9E3779B97F4A7C15L) >>> 50);
        }
    }

    private static volatile Known known = Known.of(Set.of());

    private Masking() {}

    /** From now on none of these secrets is to be read. */
    public static synchronized void hide(Collection<String> secrets) {
        if (known.texts().containsAll(secrets)) {
            return; // as at each start but the first, and where there are none
        }
        Set<String> texts = new HashSet<>(known.texts());
        for (String secret : secrets) {
            if (secret.length() >= SHORTEST) {
                texts.add(secret);
                secret.lines().map(String::strip).forEach(line -> addPart(texts, line));
                String json = Json.text(secret);
                addPart(texts, json.substring(1, json.length() - 1));
                addPart(texts, URLEncoder.encode(secret, StandardCharsets.UTF_8));
                addPart(texts, URLEncoder.encode(secret, StandardCharsets.UTF_8).replace("+", "%20"));
                addEncoded(texts, secret.getBytes(StandardCharsets.UTF_8));
            }
        }
        if (texts.size() > known.texts().size()) {
            known = Known.of(texts);
        }
    }

    private static void addPart(Set<String> texts, String part) {
        if (part.length() >= SHORTEST_PART) {
            texts.add(part);
        }
    }

    /** In base 64, a group of three bytes begins with its first, second or third byte. */
    private static void addEncoded(Set<String> texts, byte[] secret) {
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + secret.length];
            System.arraycopy(secret, 0, shifted, before, secret.length);
            // Characters with bits of none but the secret.
            int from = (before * Byte.SIZE + 5) / 6;
            int to = shifted.length * Byte.SIZE / 6;
            if (from < to) {
                addPart(texts, Base64.getEncoder().encodeToString(shifted).substring(from, to));
                addPart(texts, Base64.getUrlEncoder().encodeToString(shifted).substring(from, to));
            }
        }
    }

    /** The text with {@value #MASK} in place of each secret; itself where it has none, or is null. */
    public static String mask(String text) {
        Known now = known;
        if (text == null || now.texts().isEmpty()) {
            return text;
        }
        StringBuilder masked = null;
        int copied = 0; // up to there, or to the end of what is masked
        long last = 0;
        for (int i = 0; i < text.length(); i++) {
            last = Known.next(last, text.charAt(i));
            int from = i - SHORTEST + 1;
            int length = from < 0 ? 0 : now.length(text, from, last);
            if (length > 0) {
                if (masked == null) {
                    masked = new StringBuilder(text.length());
                }
                if (from >= copied) {
                    masked.append(text, copied, from).append(MASK);
                }
                copied = Math.max(copied, from + length);
            }
        }
        return masked == null
                ? text
                : masked.append(text, copied, text.length()).toString();
    }
}
