package io.margay.container.internal;

import java.util.Optional;

/** The engine as it is at the moment: there, or away. Thread-safe. */
final class EngineNow {
    private volatile Engine engine;
    private volatile EngineWatch.Facts facts;

    void found(Engine found, EngineWatch.Facts said) {
        facts = said;
        engine = found;
    }

    void lost() {
        engine = null;
    }

    /** Empty where it does not answer. */
    Optional<Engine> get() {
        return Optional.ofNullable(engine);
    }

    /** @throws IllegalStateException none answers */
    Engine orThrow() {
        Engine now = engine;
        if (now == null) {
            throw new IllegalStateException("the container engine does not answer");
        }
        return now;
    }

    /** What the last one that was found said of itself; null before. */
    EngineWatch.Facts facts() {
        return facts;
    }
}
