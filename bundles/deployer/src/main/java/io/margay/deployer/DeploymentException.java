package io.margay.deployer;

/** A deployment that failed after it had begun. */
public class DeploymentException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean rolledBack;

    public DeploymentException(boolean rolledBack, String message, Throwable cause) {
        super(message, cause);
        this.rolledBack = rolledBack;
    }

    /** Whether the gateway is as it was. */
    public boolean rolledBack() {
        return rolledBack;
    }
}
