package io.margay.deployer.internal;

import io.margay.deployer.internal.Headers.Clause;
import io.margay.model.Architecture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import org.osgi.framework.Constants;
import org.osgi.framework.VersionRange;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;

/** Says before anything is installed what a bundle needs that this gateway does not have. */
final class Requirements {
    private static final String GATEWAY = "io.margay.gateway";
    /** Packages that belong to interfaces which stay while workloads come and go. */
    private static final List<String> API = List.of("io.margay.api.", "com.aliyun.fc.", "org.slf4j", "org.osgi.");

    private final FrameworkWiring wiring;

    Requirements(FrameworkWiring wiring) {
        this.wiring = wiring;
    }

    /**
     * Takes from a bundle's imports what would tie it to another workload, and finds what is missing.
     *
     * @param manifest is changed: a workload exports nothing, and optional imports of packages that are no API go
     * @param architecture what a program in C is built for; empty for any other
     * @return what is wrong, in words; empty when it resolves as far as can be told
     */
    List<String> narrow(Attributes manifest, Optional<Architecture> architecture) {
        List<String> faults = new ArrayList<>();
        Set<String> own = new HashSet<>();
        for (Clause export : Headers.parse(manifest.getValue(Constants.EXPORT_PACKAGE))) {
            own.addAll(export.paths());
        }
        for (String name : own) {
            if (API.stream().anyMatch(name::startsWith)) {
                faults.add("exports package " + name + ", which belongs to the gateway: leave it out of the jar");
            }
        }
        refuse(manifest, Constants.REQUIRE_BUNDLE, "use Import-Package of API packages in its place", faults);
        refuse(manifest, Constants.FRAGMENT_HOST, "a workload is a bundle of its own, no fragment", faults);
        List<String> kept = new ArrayList<>();
        for (Clause clause : Headers.parse(manifest.getValue(Constants.IMPORT_PACKAGE))) {
            // bnd lets a bundle import what it exports; between two generations that would be a tie.
            if (own.containsAll(clause.paths()) || !allowed(clause, faults)) {
                continue;
            }
            kept.add(clause.text());
        }
        set(manifest, Constants.IMPORT_PACKAGE, String.join(",", kept));
        set(manifest, Constants.EXPORT_PACKAGE, "");
        for (Clause dynamic : Headers.parse(manifest.getValue(Constants.DYNAMICIMPORT_PACKAGE))) {
            dynamic.paths().stream()
                    .filter(p -> !dynamicAllowed(p))
                    .forEach(
                            p -> faults.add(
                                    "DynamicImport-Package " + p
                                            + " could tie it to other bundles: import API packages only, put all else into its own jar"));
        }
        capabilities(manifest, architecture, faults);
        architecture
                .filter(wanted -> faults.isEmpty() && !Processor.fits(wanted))
                .ifPresent(wanted -> faults.add(otherMachine(wanted)));
        return faults;
    }

    private boolean dynamicAllowed(String pattern) {
        return pattern.startsWith("javax.")
                || pattern.startsWith("org.w3c.")
                || pattern.startsWith("org.xml.")
                || API.stream().anyMatch(pattern::startsWith);
    }

    private static void refuse(Attributes manifest, String header, String advice, List<String> faults) {
        if (manifest.getValue(header) != null) {
            faults.add(header + " " + manifest.getValue(header) + " is not allowed: " + advice);
        }
    }

    static void set(Attributes manifest, String header, String value) {
        if (value.isEmpty()) {
            manifest.remove(new Attributes.Name(header));
        } else {
            manifest.putValue(header, value);
        }
    }

    /** Whether an import stays; notes it where it must not be or is not there. */
    private boolean allowed(Clause clause, List<String> faults) {
        boolean all = true;
        for (String name : clause.paths()) {
            if (name.startsWith("java.")) {
                continue;
            }
            String range = clause.attributes().get(Constants.VERSION_ATTRIBUTE);
            Collection<BundleCapability> providers = packages(name, range);
            boolean api = API.stream().anyMatch(name::startsWith)
                    || providers.stream()
                            .anyMatch(p -> p.getRevision().getBundle().getBundleId() == 0);
            if (api && !providers.isEmpty()) {
                continue;
            }
            all = false;
            if (!clause.optional()) {
                faults.add(missing(name, range, providers.isEmpty()));
            }
        }
        return all;
    }

    private String missing(String name, String range, boolean nowhere) {
        String wanted = "package " + name + (range == null ? "" : " (version " + range + ")");
        if (!nowhere) {
            return "imports " + wanted + ", which is no API package: put it into its own jar";
        }
        Collection<BundleCapability> others = packages(name, null);
        if (!others.isEmpty()) {
            Object there = others.iterator().next().getAttributes().get(Constants.VERSION_ATTRIBUTE);
            return "needs " + wanted + ", but the gateway has it in version " + there;
        }
        return "needs " + wanted + ", which is not there: no bundle exports it; put it into its own jar";
    }

    private Collection<BundleCapability> packages(String name, String range) {
        String filter = "(" + PackageNamespace.PACKAGE_NAMESPACE + "=" + name + ")";
        if (range != null) {
            filter = "(&" + filter + new VersionRange(range).toFilterString(Constants.VERSION_ATTRIBUTE) + ")";
        }
        return wiring.findProviders(new Wanted(PackageNamespace.PACKAGE_NAMESPACE, Map.of("filter", filter)));
    }

    private void capabilities(Attributes manifest, Optional<Architecture> architecture, List<String> faults) {
        Set<String> own = new HashSet<>();
        Headers.parse(manifest.getValue(Constants.PROVIDE_CAPABILITY)).forEach(c -> own.addAll(c.paths()));
        for (Clause clause : Headers.parse(manifest.getValue(Constants.REQUIRE_CAPABILITY))) {
            String effective = clause.directives().getOrDefault("effective", "resolve");
            if (clause.optional() || !effective.equals("resolve")) {
                continue;
            }
            Map<String, String> directives = new HashMap<>(clause.directives());
            for (String namespace : clause.paths()) {
                if (!own.contains(namespace)
                        && wiring.findProviders(new Wanted(namespace, directives))
                                .isEmpty()) {
                    faults.add(words(namespace, directives.getOrDefault("filter", ""), architecture));
                }
            }
        }
    }

    private String words(String namespace, String filter, Optional<Architecture> architecture) {
        return switch (namespace) {
            case "io.margay.runtime" ->
                "needs " + filter.replaceAll(".*language=([^)]*).*", "$1")
                        + ", which this gateway does not have: install it and restart";
            case GATEWAY ->
                "needs a gateway with " + filter.replaceAll(".*\\(version>=([^)]*)\\).*", "version $1 or later")
                        + ", and this one has " + gateway() + ": update the gateway";
            case "osgi.ee" -> "needs another Java than " + Runtime.version().feature() + ": " + filter;
            case "osgi.native" ->
                architecture
                        .map(Requirements::otherMachine)
                        .orElse("is built for another machine than " + Processor.host() + ": " + filter);
            case "osgi.extender" -> "needs an extender that is not installed: " + filter;
            default -> "needs capability " + namespace + " " + filter + ", which no bundle provides";
        };
    }

    private static String otherMachine(Architecture wanted) {
        return "is built for " + wanted.word() + ", and this gateway runs on " + Processor.host()
                + ": deploy what is built for that";
    }

    private String gateway() {
        return wiring.findProviders(new Wanted(GATEWAY, Map.of())).stream()
                .map(gateway -> String.valueOf(gateway.getAttributes().get(Constants.VERSION_ATTRIBUTE)))
                .findFirst()
                .orElse("none");
    }

    /** A requirement of a bundle that is not installed yet. */
    private record Wanted(String namespace, Map<String, String> directives) implements Requirement {
        @Override
        public String getNamespace() {
            return namespace;
        }

        @Override
        public Map<String, String> getDirectives() {
            return directives;
        }

        @Override
        public Map<String, Object> getAttributes() {
            return Map.of();
        }

        @Override
        public Resource getResource() {
            return null;
        }
    }
}
