package io.margay.instance.internal;

import com.fasterxml.jackson.jr.ob.JSON;
import io.margay.catalog.Catalogue;
import io.margay.instance.internal.CodeDecoder.Origin;
import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.Durations;
import io.margay.model.EdgeInstance;
import io.margay.model.FunctionMode;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.TimerMissed;
import io.margay.model.TimerOverlap;
import io.margay.model.WorkloadId.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads drivers and functions. */
final class WorkloadDecoder {
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    static final Duration DEFAULT_IDLE = Duration.ofMinutes(20);
    static final int DEFAULT_FUNCTION_QUEUE = 1000;
    static final int MAX_INSTANCES = 100;
    static final int MAX_CONCURRENCY = 1000;
    static final Duration LONGEST = Duration.ofHours(24);
    private static final Set<String> RESERVED = Set.of("FUNCTION_ID", "FUNCTION_NAME");

    private final CodeDecoder codes;
    private final ConfigurationDecoder configurations;

    WorkloadDecoder(Files files, Optional<Catalogue> catalogue) {
        this.configurations = new ConfigurationDecoder(files);
        this.codes = new CodeDecoder(files, catalogue, new DefaultsDecoder(configurations));
    }

    EdgeInstance.Driver driver(Faults faults, String path, Value value) {
        Section driver = new Section(
                faults,
                path,
                value,
                "name",
                "builtin",
                "file",
                "artefact",
                "catalog",
                "defaults",
                "language",
                "architecture",
                "version",
                "isolation",
                "handover",
                "config",
                "environment",
                "memory",
                "container");
        Origin origin = codes.read(driver, Kind.DRIVER, "builtin", "file", "artefact", "catalog");
        Isolation isolation = isolation(driver);
        Optional<Configuration> own = configurations.read(driver);
        return new EdgeInstance.Driver(
                driver.required("name", Limits::driverName),
                origin.code(),
                origin.language(),
                origin.architecture(),
                origin.version(),
                isolation,
                driver.word("handover", Handover.class),
                own.orElse(Configuration.EMPTY),
                environment(driver),
                DefaultsDecoder.memory(driver),
                ContainerDecoder.container(driver, isolation),
                defaults(origin, own));
    }

    EdgeInstance.Function function(Faults faults, String path, Value value) {
        Section function = new Section(
                faults,
                path,
                value,
                "name",
                "file",
                "artefact",
                "catalog",
                "defaults",
                "language",
                "architecture",
                "version",
                "handler",
                "mode",
                "isolation",
                "handover",
                "timeout",
                "idle",
                "instances",
                "concurrency",
                "queue",
                "config",
                "environment",
                "memory",
                "container",
                "timers");
        Origin origin = codes.read(function, Kind.FUNCTION, "file", "artefact", "catalog");
        Isolation isolation = isolation(function);
        Optional<Configuration> own = configurations.read(function);
        return new EdgeInstance.Function(
                function.required("name", Limits::functionName),
                origin.code(),
                origin.language(),
                origin.architecture(),
                origin.version(),
                handler(function, origin.language()),
                function.word("mode", FunctionMode.class).orElse(FunctionMode.ON_DEMAND),
                isolation,
                function.word("handover", Handover.class),
                duration(function, "timeout", DEFAULT_TIMEOUT),
                duration(function, "idle", DEFAULT_IDLE),
                function.number("instances", 1, MAX_INSTANCES, 1),
                function.number("concurrency", 1, MAX_CONCURRENCY, 1),
                function.number("queue", 1, Limits.MAX_QUEUE, DEFAULT_FUNCTION_QUEUE),
                own.orElse(Configuration.EMPTY),
                environment(function),
                DefaultsDecoder.memory(function),
                ContainerDecoder.container(function, isolation),
                defaults(origin, own),
                timers(function));
    }

    private static String handler(Section function, Language language) {
        Optional<String> given = function.text("handler");
        if (language == Language.C && !given.orElse("").isEmpty()) {
            function.fault("handler", "a program in C takes all calls itself; leave the key out");
        }
        return given.orElse(language == Language.PYTHON || language == Language.NODEJS ? "index.handler" : "");
    }

    /** An empty configuration is one too: with it the default is not wanted. */
    private static Defaults defaults(Origin origin, Optional<Configuration> own) {
        return own.filter(Configuration::isEmpty).isPresent()
                ? origin.defaults().withoutConfiguration()
                : origin.defaults();
    }

    private static Isolation isolation(Section workload) {
        return workload.word("isolation", Isolation.class).orElse(Isolation.AUTO);
    }

    private static Duration duration(Section section, String key, Duration otherwise) {
        Optional<String> text = section.text(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            Duration duration = Durations.parse(text.get());
            if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
                section.fault(key, "'" + text.get() + "' is out of range: 1ms to 24h");
                return otherwise;
            }
            return duration;
        } catch (IllegalArgumentException e) {
            section.fault(key, e.getMessage());
            return otherwise;
        }
    }

    static byte[] jsonBytes(Object value) {
        try {
            return JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> environment(Section workload) {
        Map<String, String> environment = workload.entries("environment", (section, name) -> {
            section.check(name, () -> Limits.environmentName(name));
            if (RESERVED.contains(name) || name.startsWith("MARGAY_")) {
                section.fault(name, "'" + name + "' is set by the gateway; choose another name");
            }
            return Sealing.text(section, name);
        });
        if (environment.size() > Limits.MAX_ENVIRONMENT) {
            workload.fault("environment", environment.size() + " variables are more than " + Limits.MAX_ENVIRONMENT);
        }
        return environment;
    }

    private static List<EdgeInstance.Timer> timers(Section function) {
        Map<String, String> seen = new HashMap<>();
        return function.list("timers", (path, value) -> {
            Section timer =
                    new Section(function.faults(), path, value, "name", "cron", "zone", "payload", "overlap", "missed");
            String name = timer.required("name", Limits::routeName);
            if (!name.isEmpty() && seen.putIfAbsent(name, path) != null) {
                timer.fault("name", "timer '" + name + "' stands here twice, first at " + seen.get(name));
            }
            String cron = timer.required("cron");
            if (timer.has("cron") && cron.isBlank() && timer.find("cron").get().content() instanceof String) {
                timer.fault("cron", "a cron expression has five fields: minute hour day month weekday");
            }
            return new EdgeInstance.Timer(
                    name,
                    cron,
                    timer.text("zone"),
                    timer.text("payload").orElse(""),
                    timer.word("overlap", TimerOverlap.class).orElse(TimerOverlap.SKIP),
                    timer.word("missed", TimerMissed.class).orElse(TimerMissed.SKIP));
        });
    }
}
