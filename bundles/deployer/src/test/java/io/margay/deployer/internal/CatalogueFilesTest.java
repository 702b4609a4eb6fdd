package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.catalog.Catalogue.Content;
import io.margay.catalog.Catalogue.Upload;
import io.margay.model.CatalogEntry;
import io.margay.model.Defaults;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.WorkloadId.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The deployer lets go of files that nothing refers to; the catalogue does refer to its own. */
class CatalogueFilesTest extends GatewayTest {
    @BeforeEach
    void fillTheCatalogue() throws Exception {
        gateway.upload("kept.zip", Jars.zip("index.py", "kept"));
        gateway.catalogue.create(new CatalogEntry(
                Kind.DRIVER, "plc", Optional.of(Protocol.CUSTOM), Language.PYTHON, Optional.empty(), false, List.of()));
        gateway.catalogue.add(
                Kind.DRIVER,
                "plc",
                "1",
                new Content(
                        Optional.of(new Upload("kept.zip", gateway.files.get("kept.zip"))),
                        Optional.empty(),
                        Optional.empty(),
                        Defaults.Change.NOTHING));
    }

    /** Opens the gateway anew, with all its files older than those that wait for a deployment. */
    private void anHourLater() throws Exception {
        var files = gateway.files;
        gateway.close();
        try (DirectoryStream<Path> artefacts = Files.newDirectoryStream(home.resolve("data/artefacts"))) {
            for (Path artefact : artefacts) {
                Files.setLastModifiedTime(artefact, FileTime.fromMillis(System.currentTimeMillis() - 60 * 60 * 1000));
            }
        }
        gateway = new Gateway(home);
        gateway.files.putAll(files);
    }

    private boolean isThere(String name) {
        return Files.exists(home.resolve("data/artefacts").resolve(gateway.files.get(name)));
    }

    @Test
    void aFileOfTheCatalogueStaysWithoutADeployment() throws Exception {
        anHourLater();
        gateway.apply(BASE);
        assertThat(isThere("kept.zip")).isTrue();
        assertThat(isThere("d2.jar")).isFalse();
    }

    @Test
    void nothingGoesWhileACatalogueDocumentIsDamaged() throws Exception {
        gateway.documents.write("catalog.driver.plc", "{}".getBytes(StandardCharsets.UTF_8));
        anHourLater();
        gateway.apply(BASE);
        assertThat(isThere("kept.zip")).isTrue();
        assertThat(isThere("d2.jar")).isTrue();
    }
}
