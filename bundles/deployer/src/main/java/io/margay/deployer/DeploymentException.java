package io.margay.deployer;

import io.margay.spi.Masking;

/** A deployment that failed after it had begun. Its message, which may tell what a workload said of that, has no secret. */
public class DeploymentException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean rolledBack;

    public DeploymentException(boolean rolledBack, String message, Throwable cause) {
        super(Masking.mask(message), cause);
        this.rolledBack = rolledBack;
    }

    /** Whether the gateway is as it was. */
    public boolean rolledBack() {
        return rolledBack;
    }
}
