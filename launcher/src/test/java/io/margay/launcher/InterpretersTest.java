package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.launcher.Interpreters.Interpreter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterpretersTest {
    @TempDir
    Path folder;

    private Path script(String name, String body) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    private Map<String, Interpreter> find(Map<String, String> settings) {
        return new Interpreters(folder.resolve("cache"), settings, "/nowhere:" + folder).find();
    }

    @Test
    void isAskedOnceUntilItChanges() throws IOException {
        Path real = script("real", "exit 1");
        Path shim = script("python3", "echo x >> " + folder + "/asked; echo " + real + "; echo 3.11.7");
        Interpreter wanted = new Interpreter(real, "3.11.7");
        assertThat(find(Map.of())).isEqualTo(Map.of("python", wanted));
        assertThat(find(Map.of())).isEqualTo(Map.of("python", wanted));
        assertThat(Files.readAllLines(folder.resolve("asked"))).hasSize(1);

        Files.setLastModifiedTime(real, FileTime.fromMillis(1_000_000_000_000L));
        find(Map.of());
        assertThat(Files.readAllLines(folder.resolve("asked"))).hasSize(2);
        Files.delete(shim);
        assertThat(find(Map.of())).isEmpty();
    }

    @Test
    void whatDoesNotWorkIsLeftOut() throws IOException {
        script("python3", "echo only one line");
        script("node", "exit 3");
        assertThat(find(Map.of())).isEmpty();
        assertThat(find(Map.of("margay.runtime.python", "/nowhere/python3"))).isEmpty();
    }

    @Test
    void aSettingChoosesOrRefuses() throws IOException {
        Path chosen = script("mine", "echo " + folder.resolve("mine") + "; echo 22.1.0");
        script("node", "echo /n; echo 1.2.3");
        assertThat(find(Map.of("margay.runtime.nodejs", chosen.toString())))
                .isEqualTo(Map.of("nodejs", new Interpreter(chosen, "22.1.0")));
        assertThat(find(Map.of("margay.runtime.nodejs", "none"))).isEmpty();
    }

    @Test
    void capabilitiesNameThem() {
        assertThat(FrameworkProperties.capabilities(Map.of("python", "3.11.7")))
                .startsWith("io.margay.gateway;version:Version=\"0.1.0\"")
                .contains("io.margay.runtime;language=\"python\";version:Version=\"3.11.7\"")
                .contains("language=\"java\"");
    }
}
