package io.margay.deployer.internal;

import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Sealed;
import io.margay.security.SecretException;
import io.margay.security.Secrets;
import io.margay.spi.Masking;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens the secrets of workloads. Nothing but what runs a workload gets their text, and from then on no log has it. */
final class Opening {
    private final Secrets secrets;

    Opening(Secrets secrets) {
        this.secrets = secrets;
    }

    /**
     * The text of each secret by its sealed form.
     *
     * @throws InvalidException with a fault for each that can't be opened
     */
    Map<String, String> open(Parts workload) throws InvalidException {
        Map<String, String> texts = new HashMap<>();
        List<Fault> faults = open(workload, texts);
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
        Masking.hide(texts.values());
        return texts;
    }

    /** A fault for each that can't be opened. */
    List<Fault> faults(Parts workload) {
        return open(workload, new HashMap<>());
    }

    private List<Fault> open(Parts workload, Map<String, String> texts) {
        List<Fault> faults = new ArrayList<>();
        open(workload.path() + ".environment.", workload.environment(), texts, faults);
        String config = workload.configuration().equals(workload.defaults().configuration())
                ? ".defaults.config.kv."
                : ".config.kv.";
        open(workload.path() + config, workload.configuration().values(), texts, faults);
        return faults;
    }

    private void open(String path, Map<String, String> values, Map<String, String> texts, List<Fault> faults) {
        values.forEach((name, value) -> {
            if (Sealed.is(value)) {
                try {
                    texts.put(value, secrets.open(value));
                } catch (SecretException e) {
                    faults.add(new Fault(path + name, e.getMessage()));
                }
            }
        });
    }
}
