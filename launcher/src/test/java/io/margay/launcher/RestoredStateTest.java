package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoredStateTest {
    @TempDir
    Path home;

    @BeforeEach
    void fill() throws IOException {
        write("data/state.db", "old");
        write("conf/margay.properties", "old");
        write("restore/data/state.db", "new");
        write("restore/conf/margay.properties", "new");
        write("restore/margay-backup.txt", "");
    }

    @Test
    void takesThePlaceAndKeepsWhatWas() throws IOException {
        write("before-restore/data/state.db", "older");
        assertThat(RestoredState.apply(home)).isPresent();
        restored();
        assertThat(RestoredState.apply(home)).isEmpty();
        restored();
    }

    /** As after a power cut between any two of its steps. */
    @Test
    void goesOnWhereItWasInterrupted() throws IOException {
        Files.createDirectories(home.resolve("before-restore"));
        Files.move(home.resolve("data"), home.resolve("before-restore/data"));
        assertThat(RestoredState.apply(home)).isPresent();
        restored();

        HomeFolder.deleteTree(home.resolve("before-restore/conf"));
        write("restore/conf/margay.properties", "newest");
        assertThat(RestoredState.apply(home)).as("the data was done").isPresent();
        assertThat(home.resolve("data/state.db")).hasContent("new");
        assertThat(home.resolve("before-restore/data/state.db")).hasContent("old");
        assertThat(home.resolve("conf/margay.properties")).hasContent("newest");
    }

    @Test
    void leavesSettingsAloneThatAreNotInTheBackup() throws IOException {
        HomeFolder.deleteTree(home.resolve("restore/conf"));
        assertThat(RestoredState.apply(home)).isPresent();
        assertThat(home.resolve("data/state.db")).hasContent("new");
        assertThat(home.resolve("conf/margay.properties")).hasContent("old");
    }

    private void restored() {
        for (String name : new String[] {"data/state.db", "conf/margay.properties"}) {
            assertThat(home.resolve(name)).hasContent("new");
            assertThat(home.resolve("before-restore").resolve(name)).hasContent("old");
        }
        assertThat(home.resolve("restore")).doesNotExist();
    }

    private void write(String name, String content) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
