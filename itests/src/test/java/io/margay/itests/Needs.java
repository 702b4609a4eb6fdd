package io.margay.itests;

import org.junit.Assume;

/** What a test needs of the machine. */
final class Needs {
    private Needs() {}

    /** Leaves a test out and says why; under {@code -Dmargay.noskip=true}, as in CI, fails it. */
    static void missing(String what) {
        if (Boolean.getBoolean("margay.noskip")) {
            throw new AssertionError(what + ", and no test may be left out here");
        }
        System.out.println("left out: " + what);
        Assume.assumeTrue(what, false);
    }
}
