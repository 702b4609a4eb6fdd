package io.margay.worker.internal;

import io.margay.model.Language;
import java.nio.file.Path;

/** Forked workers do what others do. */
class PythonForkTest extends PythonWorkerTest {
    @Override
    Workers newWorkers(Path on) throws Exception {
        return Workers.withTemplate(on, Language.PYTHON);
    }
}
