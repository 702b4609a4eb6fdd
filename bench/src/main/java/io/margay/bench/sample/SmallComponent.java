package io.margay.bench.sample;

/** What stands for a driver where there is no Margay: a component with a service. */
public final class SmallComponent implements Runnable {
    @Override
    public void run() {
        // Nobody calls it.
    }
}
