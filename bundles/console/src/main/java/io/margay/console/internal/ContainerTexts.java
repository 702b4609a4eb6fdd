package io.margay.console.internal;

import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import java.util.ArrayList;
import java.util.List;

/** What a container has of its host, in words. */
final class ContainerTexts {
    private ContainerTexts() {}

    /** A line for each thing, what is given by the most dangerous first; empty where it has nothing. */
    static List<String> ofHost(ContainerSettings settings) {
        List<String> lines = new ArrayList<>();
        if (settings.privileged()) {
            lines.add("privileged: root in it is root on this host");
        }
        settings.devices().forEach(device -> lines.add("device " + device.path() + writing(device.access())));
        if (settings.hostNetwork()) {
            lines.add("this host's network");
        }
        settings.ports()
                .forEach(port -> lines.add("host port " + port.host() + " to " + port.container() + "/"
                        + port.protocol().word()));
        settings.volumes()
                .forEach(volume -> lines.add(volume.host() + " as " + volume.container() + writing(volume.access())));
        return lines;
    }

    private static String writing(Access access) {
        return access == Access.RO ? ", read-only" : "";
    }
}
