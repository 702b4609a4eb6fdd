package io.margay.model;

import java.util.List;
import java.util.stream.Collectors;

/** An input that is refused; the gateway is as it was. */
public class InvalidException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient List<Fault> faults;

    public InvalidException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    public InvalidException(String path, String message) {
        this(List.of(new Fault(path, message)));
    }

    /** At least one. */
    public List<Fault> faults() {
        return faults;
    }
}
