package io.margay.container.internal;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Ulimit;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.spi.Json;
import io.margay.spi.WorkerSpec;
import io.margay.worker.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that makes a container what it is, but for the folder of its socket, which is another for each.
 *
 * @param image by its id
 * @param user whom the workload runs as
 * @param readable files and folders of the host that it sees under their own paths and can't change
 * @param command with {@code socket} as the place of its socket
 * @param archive of classes, from which its JVM starts quicker; no part of what it is, as the next gateway may have another
 * @param remapped whether the engine gives containers users of their own unless it is told not to
 */
record Definition(
        WorkerSpec spec,
        String image,
        Identity user,
        List<Path> readable,
        Command command,
        Optional<Path> archive,
        boolean remapped) {
    /** Where the folder of the socket is inside. */
    static final Path FOLDER = Path.of("/run/margay");

    /** Another one with each change of what follows here, as builds of one version may differ. */
    private static final int RECIPE = 1;

    private static final long MB = 1024 * 1024;
    /** Processes and threads; a program that makes them without end must not take those of the host. */
    private static final long MOST_PROCESSES = 512;

    private static final long MOST_FILES = 16_384;
    private static final String TEMPORARY = "rw,nosuid,nodev,size=64m,mode=1777";
    /** As workers that are processes: when the whole machine is out of memory, the kernel ends them rather than the gateway. */
    private static final int END_RATHER = 500;

    /** What may differ between two containers of which one can be taken for the other: nothing. */
    String hash(HashKey key) {
        Map<String, Object> all = new TreeMap<>();
        all.put("recipe", RECIPE);
        all.put("image", image);
        all.put("user", user.toString());
        all.put("readable", readable.stream().map(Path::toString).toList());
        all.put("line", command.line());
        all.put("directory", command.directory().toString());
        all.put("variables", new TreeMap<>(command.environment()));
        all.put("environment", new TreeMap<>(spec.environment()));
        all.put("handler", spec.handler());
        all.put("memory", spec.memoryMegabytes());
        all.put("container", spec.container().document());
        all.put("configuration", spec.configuration());
        all.put("remapped", remapped);
        return key.hash(Json.text(Map.of("all", ordered(all))));
    }

    /** The order of a map's keys may be another in each JVM. */
    private static Object ordered(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> sorted = new TreeMap<>();
            map.forEach((key, each) -> sorted.put(String.valueOf(key), ordered(each)));
            return sorted;
        }
        return value instanceof List<?> list
                ? list.stream().map(Definition::ordered).toList()
                : value;
    }

    /** @param folder of the socket, on the host */
    CreateContainerCmd create(Engine engine, Path folder, Map<String, String> labels, String name) {
        ContainerSettings settings = spec.container();
        List<ExposedPort> exposed = new ArrayList<>();
        List<PortBinding> ports = new ArrayList<>();
        for (ContainerSettings.PortMapping port : settings.ports()) {
            ExposedPort inside = new ExposedPort(
                    port.container(), port.protocol() == Protocol.UDP ? InternetProtocol.UDP : InternetProtocol.TCP);
            exposed.add(inside);
            ports.add(new PortBinding(Ports.Binding.bindPort(port.host()), inside));
        }
        List<String> environment = new ArrayList<>();
        command.environment().forEach((key, value) -> environment.add(key + "=" + value));
        return engine.create(image)
                .withName(name)
                .withLabels(new LinkedHashMap<>(labels))
                .withEntrypoint(List.of())
                .withCmd((archive.isPresent() ? command.withArchive() : command).line())
                .withEnv(environment)
                .withWorkingDir(command.directory().toString())
                .withUser(user.toString())
                .withExposedPorts(exposed)
                .withHostConfig(host(settings, ports, folder));
    }

    private HostConfig host(ContainerSettings settings, List<PortBinding> ports, Path folder) {
        long memory = spec.memoryMegabytes() * MB;
        HostConfig host = HostConfig.newHostConfig()
                .withNetworkMode(settings.hostNetwork() ? "host" : "bridge")
                .withPortBindings(ports)
                .withMounts(mounts(settings, folder))
                .withMemory(memory)
                .withMemorySwap(memory) // both together: no swap
                .withPidsLimit(MOST_PROCESSES)
                .withUlimits(List.of(new Ulimit("nofile", MOST_FILES, MOST_FILES)))
                .withReadonlyRootfs(true)
                .withTmpFs(Map.of("/tmp", TEMPORARY))
                .withOomScoreAdj(END_RATHER)
                .withLogConfig(
                        new LogConfig(LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "10m", "max-file", "3")))
                .withRestartPolicy(RestartPolicy.noRestart()); // that is the gateway's own work
        if (remapped) {
            host.withUsernsMode("host"); // else it could not use its socket
        }
        if (settings.privileged()) {
            return host.withPrivileged(true);
        }
        return host.withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges:true"))
                .withDevices(devices(settings))
                .withGroupAdd(groups(settings));
    }

    private List<Mount> mounts(ContainerSettings settings, Path folder) {
        List<Mount> mounts = new ArrayList<>();
        mounts.add(mount(folder.toString(), FOLDER.toString(), true));
        for (Path each : readable) {
            mounts.add(mount(each.toString(), each.toString(), true));
        }
        archive.ifPresent(each -> mounts.add(mount(each.toString(), each.toString(), true)));
        for (ContainerSettings.VolumeMapping volume : settings.volumes()) {
            mounts.add(mount(volume.host(), volume.container(), volume.access() == Access.RO));
        }
        return mounts;
    }

    private static Mount mount(String host, String inside, boolean readOnly) {
        return new Mount()
                .withType(MountType.BIND)
                .withSource(host)
                .withTarget(inside)
                .withReadOnly(readOnly);
    }

    private static List<Device> devices(ContainerSettings settings) {
        return settings.devices().stream()
                .map(device -> new Device(device.access() == Access.RO ? "r" : "rw", device.path(), device.path()))
                .toList();
    }

    /** A device is as a rule open to a group of the host, such as {@code dialout}. */
    private static List<String> groups(ContainerSettings settings) {
        return settings.devices().stream()
                .map(device -> Identity.of(Path.of(device.path())))
                .flatMap(Optional::stream)
                .map(owner -> Integer.toString(owner.group()))
                .distinct()
                .toList();
    }
}
