package io.margay.rest.internal;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.Isolation;
import io.margay.model.Language;
import java.util.Map;
import java.util.Optional;

final class Samples {
    private Samples() {}

    static EdgeInstance.Driver driver(String name, EdgeInstance.Code code) {
        return new EdgeInstance.Driver(
                name,
                code,
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                Isolation.AUTO,
                Optional.empty(),
                Configuration.EMPTY,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE);
    }
}
