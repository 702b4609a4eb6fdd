package io.margay.bench.sample;

import java.io.IOException;

/** The least that a JVM does; with an argument it waits for the end of its input. */
public final class Hello {
    private Hello() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("hello");
        if (arguments.length > 0) {
            System.in.read();
        }
    }
}
