package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.margay.model.CatalogVersion.State;
import io.margay.model.WorkloadId.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule of the catalogue: at the limit it passes, one over it fails and names the field. */
class CatalogRulesTest {
    private static final String SHA = "a".repeat(64);

    private static CatalogEntry entry(
            Kind kind, String name, Protocol protocol, Language language, Architecture architecture, boolean builtIn) {
        return new CatalogEntry(
                kind,
                name,
                Optional.ofNullable(protocol),
                language,
                Optional.ofNullable(architecture),
                builtIn,
                List.of());
    }

    private static CatalogEntry driver(String name) {
        return entry(Kind.DRIVER, name, Protocol.CUSTOM, Language.PYTHON, null, false);
    }

    private static CatalogEntry function(String name) {
        return entry(Kind.FUNCTION, name, null, Language.PYTHON, null, false);
    }

    private static CatalogVersion version(String name, String description, CatalogVersion.File file) {
        return new CatalogVersion(
                name, State.DRAFT, Optional.empty(), description, Optional.ofNullable(file), Defaults.NONE, 0);
    }

    private static CatalogEntry with(CatalogEntry entry, CatalogVersion... versions) {
        return entry.with(List.of(versions));
    }

    private static CatalogEntry withFile(CatalogEntry entry, String name, String sha256, long bytes) {
        return with(entry, version("1", "", new CatalogVersion.File(name, sha256, bytes)));
    }

    private static void passes(CatalogEntry entry) throws InvalidException {
        entry.check();
    }

    private static void fails(CatalogEntry entry, String path, String... parts) {
        InvalidException refused = catchThrowableOfType(InvalidException.class, entry::check);
        assertThat(refused.faults()).singleElement().satisfies(fault -> {
            assertThat(fault.path()).isEqualTo(path);
            assertThat(fault.message()).contains(parts);
        });
    }

    @Test
    void names() throws InvalidException {
        passes(driver("x".repeat(20)));
        fails(driver("x".repeat(21)), "name", "x".repeat(21), "at most 20");
        fails(driver("a-b"), "name", "'a-b'");
        fails(driver("1a"), "name", "'1a'", "starting with a letter");
        passes(function("a-" + "x".repeat(126)));
        fails(function("a-" + "x".repeat(127)), "name", "at most 128");
    }

    @Test
    void protocols() throws InvalidException {
        for (Protocol protocol : Protocol.values()) {
            passes(entry(Kind.DRIVER, "a", protocol, Language.JAVA, null, false));
        }
        fails(entry(Kind.DRIVER, "a", null, Language.JAVA, null, false), "protocol", "modbus, opcua, lorawan, custom");
        fails(entry(Kind.FUNCTION, "a", Protocol.OPCUA, Language.JAVA, null, false), "protocol", "'opcua'");
    }

    @Test
    void onlyCodeInCHasAnArchitecture() throws InvalidException {
        for (Architecture architecture : Architecture.values()) {
            passes(entry(Kind.DRIVER, "a", Protocol.CUSTOM, Language.C, architecture, false));
        }
        fails(
                entry(Kind.DRIVER, "a", Protocol.CUSTOM, Language.C, null, false),
                "architecture",
                "amd64, arm64, armv7, armv7hf, x86");
        fails(
                entry(Kind.FUNCTION, "a", null, Language.NODEJS, Architecture.ARMV7HF, false),
                "architecture",
                "'armv7hf'",
                "nodejs");
    }

    @Test
    void onlyJavaDriversAreBuiltInAndThenHaveNoFile() throws InvalidException {
        CatalogEntry modbus = entry(Kind.DRIVER, "modbus", Protocol.MODBUS, Language.JAVA, null, true);
        passes(with(modbus, version("1", "", null)));
        fails(withFile(modbus, "a.zip", SHA, 1), "file", "'a.zip'", "driver modbus is built in");
        fails(entry(Kind.DRIVER, "a", Protocol.MODBUS, Language.PYTHON, null, true), "builtIn", "'true'");
        fails(entry(Kind.FUNCTION, "a", null, Language.JAVA, null, true), "builtIn", "'true'");
    }

    @Test
    void versions() throws InvalidException {
        passes(with(driver("a"), version("1.2-beta_3", "", null), version("x".repeat(64), "", null)));
        fails(with(driver("a"), version("x".repeat(65), "", null)), "version", "x".repeat(65), "1 to 64");
        fails(with(driver("a"), version("1+2", "", null)), "version", "'1+2'");
        fails(with(driver("a"), version("..", "", null)), "version", "'..'", "not . or ..");
        fails(with(driver("a"), version(".", "", null)), "version", "'.'");
        passes(with(driver("a"), version("...", "", null), version(".1", "", null)));
        fails(with(driver("a"), version("1", "", null), version("1", "", null)), "version", "'1' is there twice");
    }

    @Test
    void descriptions() throws InvalidException {
        passes(with(driver("a"), version("1", "ä".repeat(128), null)));
        fails(with(driver("a"), version("1", "ä".repeat(128) + "x", null)), "description", "257 bytes", "256");
    }

    @Test
    void files() throws InvalidException {
        long most = 50L * 1024 * 1024;
        passes(withFile(driver("a"), "A.ZIP", SHA, most));
        fails(withFile(driver("a"), "a.zip", SHA, most + 1), "file", "52428801", "52428800", "50 MB");
        fails(withFile(driver("a"), "a.jar", SHA, 1), "file.name", "'a.jar'", ".zip");
        passes(withFile(function("a"), "a.jar", SHA, 1));
        passes(withFile(function("a"), "x".repeat(251) + ".zip", SHA, 1));
        fails(withFile(function("a"), "x".repeat(252) + ".zip", SHA, 1), "file.name", "256 bytes", "255");
        fails(withFile(function("a"), "a.tar", SHA, 1), "file.name", "'a.tar'", ".zip or .jar");
        fails(withFile(driver("a"), "../a.zip", SHA, 1), "file.name", "'../a.zip'");
        fails(withFile(driver("a"), "a\n.zip", SHA, 1), "file.name", "'a?.zip'");
        fails(withFile(driver("a"), "a.zip", "abc", 1), "file.sha256", "'abc'", "64");
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        InvalidException refused =
                catchThrowableOfType(InvalidException.class, () -> entry(Kind.DRIVER, "", null, Language.C, null, true)
                        .check());
        assertThat(refused.faults())
                .extracting(Fault::path)
                .containsExactly("name", "protocol", "architecture", "builtIn");
    }

    @ParameterizedTest
    @CsvSource({"1,1.0.0", "1.2,1.2.0", "0.1.0,0.1.0", "999999.0.1,999999.0.1"})
    void readsGatewayVersions(String text, String plain) {
        assertThat(GatewayVersion.parse(text)).hasToString(plain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.", "1.2.3.4", "v1", "1.2-x", "1000000", "-1"})
    void refusesWhatIsNoGatewayVersion(String text) {
        assertThatThrownBy(() -> GatewayVersion.parse(text))
                .hasMessageContaining("'" + text + "' is no gateway version");
    }

    @Test
    void gatewayVersionsHaveAnOrder() {
        assertThat(List.of("0.1", "0.1.1", "0.2", "0.10", "1"))
                .extracting(GatewayVersion::parse)
                .isSorted();
    }
}
