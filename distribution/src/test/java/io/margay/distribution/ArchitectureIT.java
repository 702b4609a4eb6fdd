package io.margay.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Guards how the bundles hang together, by the manifests of the jars as they are shipped. */
class ArchitectureIT {
    private static final Path BUNDLES = Path.of("../bundles");
    private static final Path LIB = Path.of("target/margay/lib");
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final Pattern DIRECTIVE = Pattern.compile(";[\\w-]+:=(\"[^\"]*\"|[^;,]*)");
    private static final Pattern ATTRIBUTE = Pattern.compile(";[\\w-]+=(\"[^\"]*\"|[^;,]*)");

    /** From the bottom up, as {@code bundles/pom.xml} lists them. */
    private static final Map<String, Manifest> SHIPPED = new LinkedHashMap<>();

    /** Which of our bundles exports a package. */
    private static final Map<String, String> EXPORTER = new HashMap<>();

    /**
     * What a jar says and holds.
     *
     * @param exports packages with {@code ;version=…}, other attributes and all directives left out
     */
    private record Manifest(List<String> exports, Set<String> imports, Set<String> own, String requires) {}

    @BeforeAll
    static void read() throws IOException {
        Matcher modules = MODULE.matcher(Files.readString(BUNDLES.resolve("pom.xml")));
        while (modules.find()) {
            Manifest manifest = manifest(jar(modules.group(1)));
            SHIPPED.put(modules.group(1), manifest);
            for (String export : packages(manifest.exports())) {
                assertThat(EXPORTER.put(export, modules.group(1)))
                        .as("%s is exported twice", export)
                        .isNull();
            }
        }
    }

    private static Path jar(String module) throws IOException {
        if (module.startsWith("driver-")) {
            return LIB.resolve("drivers").resolve(module.substring("driver-".length()) + ".jar");
        }
        String start = "io.margay." + module + "-";
        try (Stream<Path> jars = Files.list(LIB.resolve("bundles"))) {
            return jars.filter(jar -> jar.getFileName().toString().matches(Pattern.quote(start) + "\\d.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("bundle " + module + " is not shipped"));
        }
    }

    private static Manifest manifest(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            var headers = jar.getManifest().getMainAttributes();
            Set<String> own = jar.stream()
                    .filter(entry -> entry.getName().endsWith(".class"))
                    .map(entry -> entry.getName().replaceFirst("/?[^/]*$", "").replace('/', '.'))
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            return new Manifest(
                    clauses(headers.getValue("Export-Package")),
                    packages(clauses(headers.getValue("Import-Package"))),
                    own,
                    String.valueOf(headers.getValue("Require-Bundle"))
                            + headers.getValue("DynamicImport-Package")
                            + headers.getValue("Fragment-Host"));
        }
    }

    /** Without directives; a version range holds a comma, so it goes too. */
    private static List<String> clauses(String header) {
        if (header == null) {
            return List.of();
        }
        String plain = DIRECTIVE.matcher(header).replaceAll("").replaceAll("\"\\[[^\"]*\"", "range");
        return List.of(plain.split(","));
    }

    private static Set<String> packages(List<String> clauses) {
        return clauses.stream()
                .map(clause -> ATTRIBUTE.matcher(clause).replaceAll(""))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Test
    void aBundleUsesOnlyThoseAboveIt() {
        List<String> up = new ArrayList<>();
        Set<String> above = new HashSet<>();
        SHIPPED.forEach((name, manifest) -> {
            above.add(name);
            for (String wanted : manifest.imports()) {
                String exporter = EXPORTER.get(wanted);
                if (exporter != null && !above.contains(exporter)) {
                    up.add(name + " imports " + wanted + " of " + exporter + ", which stands below it");
                } else if (exporter == null && wanted.startsWith("io.margay.")) {
                    up.add(name + " imports " + wanted + ", which no bundle exports");
                }
            }
        });
        assertThat(EXPORTER).isNotEmpty();
        assertThat(up).isEmpty();
    }

    /** An import tells what it needs; these bind to more than that. */
    @Test
    void bundlesMeetThroughImportsAlone() {
        SHIPPED.forEach((name, manifest) -> assertThat(manifest.requires())
                .as("Require-Bundle, DynamicImport-Package, Fragment-Host of %s", name)
                .isEqualTo("nullnullnull"));
    }

    @Test
    void driversSeeTheApiAlone() {
        SHIPPED.forEach((name, manifest) -> {
            if (name.startsWith("driver-")) {
                assertThat(manifest.imports())
                        .as(name)
                        .contains("io.margay.api.driver")
                        .allMatch(wanted -> !wanted.startsWith("io.margay.") || wanted.startsWith("io.margay.api."));
                assertThat(manifest.exports()).as(name).isEmpty();
            }
        });
    }

    @Test
    void onlyVersionedApiIsExportedAndNoPackageIsSplit() {
        Map<String, String> owners = new HashMap<>();
        SHIPPED.forEach((name, manifest) -> {
            String root = "io.margay." + name.replace('-', '.');
            assertThat(manifest.exports()).as(name).allMatch(export -> export.contains(";version="));
            assertThat(packages(manifest.exports()))
                    .as(name)
                    .allMatch(export -> !export.contains("internal")
                            && (export.equals(root)
                                    || export.startsWith(root + ".")
                                    || export.startsWith("com.aliyun.fc.")));
            for (String own : manifest.own()) {
                assertThat(owners.put(own, name))
                        .as("package %s in two bundles", own)
                        .isNull();
            }
        });
    }

    @Test
    void eachBundleIsListedAndTellsWhatItDoes() throws IOException {
        try (Stream<Path> folders = Files.list(BUNDLES)) {
            assertThat(folders.filter(folder -> Files.exists(folder.resolve("pom.xml")))
                            .map(folder -> folder.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(SHIPPED.keySet());
        }
        assertThat(SHIPPED.keySet())
                .allSatisfy(name ->
                        assertThat(BUNDLES.resolve(name).resolve("README.md")).isNotEmptyFile());
    }
}
