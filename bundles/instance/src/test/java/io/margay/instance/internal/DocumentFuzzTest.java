package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Documents that were damaged by chance: each is read as something that can be written, or refused in words. */
class DocumentFuzzTest {
    private static final int RUNS = 3000;
    private static final String MODEL = """
            {properties: [
                  {identifier: temperature, name: Temperature, accessMode: r,
                   dataType: {type: double, specs: {min: -40, max: 120.5, unit: °C}}},
                  {identifier: state, accessMode: rw, dataType: {type: enum, specs: {"0": off, "1": on}}}],
                events: [{identifier: alarm, type: error, outputData: [{identifier: code, dataType: {type: int}}]}],
                services: [{identifier: open, inputData: [{identifier: by, dataType: {type: float}}]}]}""";
    private static final String[] SCRAPS = {
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\"",
        "'",
        "&a ",
        "*a",
        "!!int ",
        "!x ",
        "|\n",
        ">-\n",
        "\n\n",
        "\t",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "#",
        ",",
        "\\u0000",
        "\u0000",
        "\ud800",
        "\ufeff",
        "null",
        "~",
        "1e999",
        "0x",
        "0o9",
        "-",
        ".nan",
        "999999999999999999999",
        "<<: ",
        "@",
        "`",
        "\u2028",
        "🐈",
        "product: ",
        "name: ",
        "cron: "
    };

    @Test
    void nothingButWords() {
        String yaml = DocumentInstanceReaderTest.GOOD.replace("{properties: []}", MODEL);
        DocumentInstanceReader reader =
                new DocumentInstanceReader(new StoredFiles(Map.of()), new Versions(List.of()), TestSecrets.HERE);
        String json = new String(reader.write(read(reader, yaml)), StandardCharsets.UTF_8);
        int taken = 0;
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(run);
            String document = damage(run % 2 == 0 ? yaml : json, random);
            try {
                EdgeInstance instance = reader.read(document, DocumentInstanceReaderTest.FILES);
                assertThat(read(reader, new String(reader.write(instance), StandardCharsets.UTF_8)))
                        .as("run %d", run)
                        .isEqualTo(instance);
                taken++;
            } catch (InvalidException e) {
                assertThat(e.faults())
                        .as("run %d", run)
                        .isNotEmpty()
                        .extracting(Fault::message)
                        .doesNotContain("");
                assertThat(reader.locate(document, e.faults())).hasSameSizeAs(e.faults());
            } catch (RuntimeException | Error e) {
                fail("run " + run, e);
            }
        }
        System.out.println("damaged documents: " + RUNS + ", taken: " + taken + ", failures without words: 0");
        assertThat(taken).as("some are whole enough to be read").isGreaterThan(RUNS / 50);
    }

    private static EdgeInstance read(DocumentInstanceReader reader, String document) {
        try {
            return reader.read(document, DocumentInstanceReaderTest.FILES);
        } catch (InvalidException e) {
            throw new AssertionError(document, e);
        }
    }

    private static String damage(String seed, Random random) {
        StringBuilder text = new StringBuilder(seed);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> text.insert(at, SCRAPS[random.nextInt(SCRAPS.length)]);
                case 1 -> text.replace(at, end, SCRAPS[random.nextInt(SCRAPS.length)]);
                case 2 -> text.delete(at, end);
                case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
                default ->
                    text.setCharAt(at, (char) (random.nextInt(10) == 0 ? random.nextInt(65536) : random.nextInt(128)));
            }
        }
        return text.toString();
    }
}
