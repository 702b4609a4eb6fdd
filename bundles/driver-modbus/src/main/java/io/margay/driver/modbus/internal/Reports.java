package io.margay.driver.modbus.internal;

import io.margay.api.driver.Device;
import io.margay.api.driver.ReportResult;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;

/** What the gateway is told of one device. Used by the channel's reports thread alone. */
final class Reports {
    private final Device device;
    private final String id;
    private final boolean onChange;
    private final Logger log;
    private final Map<String, Object> reported = new HashMap<>();
    private String refusal = "";

    Reports(Device device, String id, boolean onChange, Logger log) {
        this.device = device;
        this.id = id;
        this.onChange = onChange;
        this.log = log;
    }

    /** After a silence nobody knows what changed, so all is told again. */
    void online() {
        reported.clear();
        device.online();
    }

    void offline(String reason) {
        device.offline(reason);
    }

    void values(Map<String, Object> values) {
        Map<String, Object> fresh = values;
        if (onChange) {
            fresh = new LinkedHashMap<>(values);
            fresh.entrySet().removeIf(entry -> entry.getValue().equals(reported.get(entry.getKey())));
            if (fresh.isEmpty()) {
                return;
            }
        }
        ReportResult result = device.report(fresh);
        if (result.accepted()) {
            reported.putAll(fresh);
            refusal = "";
        } else if (!result.reason().equals(refusal)) {
            refusal = result.reason();
            log.warn("{}: report not accepted ({}): {}", id, result.status(), refusal);
        }
    }
}
