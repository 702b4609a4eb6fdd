package io.margay.api.driver;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Connects devices. The author registers it as an OSGi service, as a rule with
 * {@code @Component(service = Driver.class, configurationPid = Driver.PID)}.
 *
 * <p>Activating the component prepares the driver and must not touch a device. The gateway then calls {@link #start}
 * and {@link #stop} in turn, never both at a time, each on a thread that the gateway owns and that carries the driver's
 * name. A stopped driver may be started again: this is how the old version takes back its devices when a swap fails.
 */
@ConsumerType
public interface Driver {
    /** The configuration PID of a driver component; the gateway targets it at the installed copy. */
    String PID = "io.margay.driver";

    /**
     * Takes hold of the devices and begins to serve them. Returns when the driver works; a device that does not answer
     * is no error but is reported through {@link Device#offline}.
     *
     * @param context the way back into the gateway, valid until {@link #stop} has returned
     * @throws Exception the driver can't work at all; the message is shown to the administrator
     */
    void start(DriverContext context) throws Exception;

    /**
     * Reports what was already taken from a device and lets go of everything that {@link #start} took: threads,
     * connections, ports. Reports made before this method returns are accepted.
     *
     * @throws Exception something could not be released; it is logged and the driver counts as stopped
     */
    void stop() throws Exception;

    /**
     * Tells that the devices or the configuration have changed.
     *
     * @param context the same context, which shows the new devices and configuration
     * @return true when the driver now works by them; false, the default, when the gateway shall stop and start it
     * @throws Exception as false, with a reason in the log
     */
    default boolean changed(DriverContext context) throws Exception {
        return false;
    }
}
