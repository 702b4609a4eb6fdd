package io.margay.bench;

import java.util.List;

/** What the shipped gateway's JVM is started with, as far as it matters to speed; see bin/margay. */
final class Shipped {
    static final List<String> JVM_OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-Xmx96m",
            "-Xmn10m",
            "-Xss512k",
            "-XX:ReservedCodeCacheSize=48m",
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000",
            "-XX:Tier4BackEdgeThreshold=400000");

    private Shipped() {}
}
