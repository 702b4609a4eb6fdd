package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId.Kind;
import io.margay.security.internal.FileSecrets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets in documents: sealed before anything else, the same each time. */
class SecretDocumentTest {
    private static final String DOCUMENT = """
            instance: x
            drivers:
              - name: d
                builtin: modbus
                environment: {PLAIN: a, TOKEN: {secret: hunter2}}
                config: {kv: {user: u, password: {secret: hunter3, note: of the cellar}, pin: {secret: "0042"}}}
                defaults: {config: {kv: {password: {secret: hunter4}}}}
            """;

    @TempDir
    Path home;

    private final JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(getClass().getResourceAsStream("/schema/edge-instance.schema.json"));
    private FileSecrets secrets;
    private DocumentInstanceReader reader;

    @BeforeEach
    void start() {
        secrets = new FileSecrets(home);
        reader = new DocumentInstanceReader(new StoredFiles(Map.of()), new Versions(List.of()), secrets);
    }

    private EdgeInstance.Driver driver(String document) throws InvalidException {
        return reader.read(document, Map.of()).drivers().get(0);
    }

    private String written(String document) throws InvalidException {
        return new String(reader.write(reader.read(document, Map.of())), StandardCharsets.UTF_8);
    }

    private List<String> faults(String document) {
        InvalidException refused = catchThrowableOfType(InvalidException.class, () -> reader.read(document, Map.of()));
        return refused.faults().stream().map(Fault::toString).toList();
    }

    @Test
    void areSealedAndOpenToTheirText() throws Exception {
        EdgeInstance.Driver driver = driver(DOCUMENT);
        assertThat(driver.environment()).containsEntry("PLAIN", "a");
        assertThat(secrets.open(driver.environment().get("TOKEN"))).isEqualTo("hunter2");
        Map<String, String> values = driver.configuration().values();
        assertThat(values).containsEntry("user", "u");
        assertThat(secrets.open(values.get("password"))).isEqualTo("hunter3");
        assertThat(secrets.open(values.get("pin"))).isEqualTo("0042");
        assertThat(driver.configuration().notes()).isEqualTo(Map.of("password", "of the cellar"));
        assertThat(secrets.open(driver.defaults().configuration().values().get("password")))
                .isEqualTo("hunter4");
        assertThat(driver.toString()).doesNotContain("hunter");
    }

    @Test
    void areTheSameWhenReadAndWrittenAgain() throws Exception {
        String written = written(DOCUMENT);
        assertThat(written)
                .doesNotContain("hunter", "0042")
                .contains("{\"secret\":\"" + Sealed.PREFIX)
                .contains("\"note\":\"of the cellar\"");
        assertThat(written(DOCUMENT)).isEqualTo(written);
        assertThat(written(written)).isEqualTo(written);
        assertThat(written(DOCUMENT.replace("hunter2", "hunter3"))).isNotEqualTo(written);
        assertThat(schema.validate(DOCUMENT, InputFormat.YAML)).isEmpty();
        assertThat(schema.validate(written, InputFormat.JSON)).isEmpty();
        String before = written("instance: x\ndrivers: [{name: other, builtin: modbus}, {name: d, builtin: modbus, "
                + "environment: {TOKEN: {secret: hunter2}}}]");
        assertThat(before)
                .as("another driver before it")
                .contains(driver(DOCUMENT).environment().get("TOKEN"));
    }

    /** Whether it can be opened is asked where something is deployed: the rest must be read all the same. */
    @Test
    void areReadWithoutTheKey() throws Exception {
        String written = written(DOCUMENT);
        Files.delete(home.resolve("data/secret.key"));
        assertThat(written(written)).isEqualTo(written);
        assertThat(home.resolve("data/secret.key")).doesNotExist();
    }

    @Test
    void anUnusableKeyIsAFaultOfEachNewSecret() throws Exception {
        String written = written(DOCUMENT);
        Files.writeString(home.resolve("data/secret.key"), "damaged");
        assertThat(written(written)).isEqualTo(written);
        assertThat(faults(DOCUMENT))
                .hasSize(4)
                .allSatisfy(fault -> assertThat(fault).contains("is damaged").doesNotContain("hunter"))
                .first()
                .asString()
                .startsWith("line 5, drivers[0].environment.TOKEN: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "environment: {A: {secret: ''}} | environment.A: a secret has 1 to 32768 bytes in UTF-8, not 0",
                "environment: {A: {secret: \"a\\0b\"}} | environment.A: a secret has no character NUL, which no variable can hold",
                "environment: {A: {secret: 1234}} | environment.A.secret: text is wanted, not a number; put it in quotes",
                "environment: {A: {secret: [hunter2]}} | environment.A.secret: text is wanted, not a list",
                "environment: {A: {}} | environment.A: key 'secret' is missing",
                "environment: {A: {secret: hunter2, note: n}} | environment.A.note: unknown key 'note'; known here: secret",
                "environment: {A: 'sealed:v1:x'} | environment.A: this is a sealed secret; write {secret: sealed:v1:…}",
                "config: {kv: {a: 'sealed:v1:x'}} | config.kv.a: this is a sealed secret; write {secret: sealed:v1:…}",
                "config: {kv: {a: {value: 'sealed:v1:x'}}} | config.kv.a.value: this is a sealed secret; write {secret: sealed:v1:…}",
                "config: {kv: {a: {value: b, secret: hunter2}}} | config.kv.a: only one of these keys may be given: value, secret",
                "environment: {1A: {secret: hunter2}} | environment.1A: '1A' is no valid environment variable: letters, digits and _, not starting with a digit, at most 64"
            })
    void saysWhatIsWrongWithoutTheText(String keys, String fault) {
        String document = "instance: x\ndrivers: [{name: d, builtin: modbus, " + keys + "}]";
        assertThat(faults(document)).containsExactly("line 2, drivers[0]." + fault);
        // NUL is the one thing that the schema does not know.
        assertThat(schema.validate(document, InputFormat.YAML).isEmpty()).isEqualTo(keys.contains("\\0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"environment: {A: {secret: TEXT}}", "config: {kv: {A: {secret: TEXT}}}"})
    void theLimitIsThatOfTheText(String keys) throws Exception {
        String document = "instance: x\ndrivers: [{name: d, builtin: modbus, " + keys + "}]";
        String text = "x".repeat(Limits.MAX_SECRET_BYTES);
        assertThat(written(written(document.replace("TEXT", text)))).contains(Sealed.PREFIX);
        assertThat(faults(document.replace("TEXT", text + "é")))
                .singleElement()
                .asString()
                .contains(".A: a secret has 1 to 32768 bytes in UTF-8, not 32770")
                .doesNotContain("xxx");
    }

    @Test
    void tooManyAreRefusedForTheirNumber() {
        StringBuilder many = new StringBuilder("instance: x\ndrivers: [{name: d, builtin: modbus, environment: {");
        for (int i = 0; i < 101; i++) {
            many.append("A").append(i).append(": {secret: hunter2}, ");
        }
        assertThat(faults(many + "}}]"))
                .containsExactly("line 2, drivers[0].environment: 101 variables are more than 10");
    }

    @Test
    void defaultsOfAVersionHaveThemToo() throws Exception {
        String json = "{\"config\": {\"kv\": {\"password\": {\"secret\": \"hunter2\"}}}}";
        var change = reader.defaults(Kind.DRIVER, json);
        assertThat(change.toString()).doesNotContain("hunter2");
        assertThat(secrets.open(change.configuration().orElseThrow().values().get("password")))
                .isEqualTo("hunter2");
        assertThat(reader.defaults(Kind.DRIVER, json)).isEqualTo(change);
    }
}
