package io.margay.model;

/**
 * An MQTT topic filter: levels between {@code /}, {@code +} for any one level, {@code #} at the end for the rest, the
 * parent level included. As MQTT has it, a filter that begins with a wildcard does not match topics that begin with
 * {@code $}.
 */
public record TopicFilter(String text) {
    public static final TopicFilter ALL = new TopicFilter("#");

    public TopicFilter {
        if (text == null || text.isEmpty()) {
            throw new IllegalArgumentException("a topic filter is not empty; write # for all topics");
        }
        if (text.length() > Limits.MAX_TOPIC_CHARACTERS) {
            throw new IllegalArgumentException(
                    "a topic filter has at most " + Limits.MAX_TOPIC_CHARACTERS + " characters, not " + text.length());
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a topic filter has no zero character");
        }
        String[] levels = text.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            String level = levels[i];
            boolean wild = level.equals("+") || (level.equals("#") && i == levels.length - 1);
            if (!wild && (level.indexOf('+') >= 0 || level.indexOf('#') >= 0)) {
                throw new IllegalArgumentException("topic filter '" + text
                        + "': + stands alone between slashes, # alone at the end; see '" + level + "'");
            }
        }
    }

    /** Whether a topic, which has no wildcards, matches. */
    public boolean matches(String topic) {
        char first = text.charAt(0);
        if ((first == '#' || first == '+') && topic.startsWith("$")) {
            return false;
        }
        int f = 0;
        int t = 0;
        while (true) {
            int fEnd = end(text, f);
            if (fEnd - f == 1 && text.charAt(f) == '#') {
                return true;
            }
            int tEnd = end(topic, t);
            boolean plus = fEnd - f == 1 && text.charAt(f) == '+';
            if (!plus && (fEnd - f != tEnd - t || !text.regionMatches(f, topic, t, fEnd - f))) {
                return false;
            }
            boolean filterDone = fEnd == text.length();
            boolean topicDone = tEnd == topic.length();
            if (topicDone) {
                return filterDone || (text.regionMatches(fEnd, "/#", 0, 2) && fEnd + 2 == text.length());
            }
            if (filterDone) {
                return false;
            }
            f = fEnd + 1;
            t = tEnd + 1;
        }
    }

    private static int end(String s, int from) {
        int slash = s.indexOf('/', from);
        return slash < 0 ? s.length() : slash;
    }

    /** Checks a topic to publish on. */
    public static String checkTopic(String topic) {
        if (topic == null || topic.isEmpty() || topic.length() > Limits.MAX_TOPIC_CHARACTERS) {
            throw new IllegalArgumentException("a topic has 1 to " + Limits.MAX_TOPIC_CHARACTERS + " characters");
        }
        if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0 || topic.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("topic '" + topic + "': + and # are for filters, not for topics");
        }
        return topic;
    }

    @Override
    public String toString() {
        return text;
    }
}
