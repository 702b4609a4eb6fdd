package io.margay.worker.internal;

import io.margay.model.Language;
import java.nio.file.Path;

/** Workers that were spares do what others do. */
class NodeSpareTest extends NodeWorkerTest {
    @Override
    Workers newWorkers(Path on) throws Exception {
        return Workers.withTemplate(on, Language.NODEJS);
    }
}
