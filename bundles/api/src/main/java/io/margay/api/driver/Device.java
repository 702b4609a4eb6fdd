package io.margay.api.driver;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A driver's handle on one of its devices. All methods may be called from any thread; reports of one device made from
 * one thread keep their order.
 */
@ProviderType
public interface Device {
    String productKey();

    String deviceName();

    /** Says that the device answers. */
    void online();

    /**
     * Says that the device does not answer.
     *
     * @param reason in words, for the administrator; not null
     */
    void offline(String reason);

    /**
     * Reports values of properties, all taken now. During a hand-over the call of a driver that does not yet own the
     * device waits until it does.
     *
     * @param properties identifier to value: a number, String, Boolean, or (for struct and array types) a Map or List
     * @return whether the report was accepted, which means that it is in the queue of each route; never throws for a
     *     report that does not fit the thing model
     */
    ReportResult report(Map<String, ?> properties);

    /**
     * Reports an event.
     *
     * @param event the event's identifier in the thing model
     * @param output its output values by identifier
     * @return as {@link #report}
     */
    ReportResult reportEvent(String event, Map<String, ?> output);
}
