package io.margay.deployer;

/** What would be done is no longer what was planned; nothing was changed. */
public class PlanChangedException extends DeploymentException {
    private static final long serialVersionUID = 1L;
    private final String now;

    public PlanChangedException(String planned, String now) {
        super(
                true,
                "this is no longer plan " + planned
                        + ": what runs or what is wanted has changed since, and the plan is " + now
                        + " now. Nothing was changed; look at the plan again and deploy that one",
                null);
        this.now = now;
    }

    /** The plan as it is now. */
    public String now() {
        return now;
    }
}
