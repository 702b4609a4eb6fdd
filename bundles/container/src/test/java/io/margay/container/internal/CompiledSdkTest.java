package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompiledSdkTest {
    @TempDir
    Path root;

    private Path sdk;
    private Path copies;

    @BeforeEach
    void sdk() throws Exception {
        sdk = root.resolve("sdk");
        copies = root.resolve("cache/sdk");
        Files.createDirectories(sdk.resolve("python/margay/__pycache__"));
        Files.writeString(sdk.resolve("python/margay/_link.py"), "NUMBER = 5\n");
    }

    /** Does what {@code python -m compileall} does with the modules in its working folder. */
    private Path interpreter(String command) throws Exception {
        Path program = Files.writeString(root.resolve("python3"), "#!/bin/sh\n" + command + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    private Path compiler() throws Exception {
        return interpreter("mkdir python/margay/__pycache__ && : >python/margay/__pycache__/_link.pyc");
    }

    private List<Path> copies() throws Exception {
        try (Stream<Path> all = Files.list(copies)) {
            return all.toList();
        }
    }

    @Test
    void isACopyThatEverybodyCanRead() throws Exception {
        Path folder = new CompiledSdk(sdk, compiler(), copies).folder();
        assertThat(folder.getParent()).isEqualTo(copies);
        Path module = folder.resolve("python/margay/_link.py");
        assertThat(module).hasContent("NUMBER = 5\n");
        // Python notes the second in what it compiles.
        assertThat(Files.getLastModifiedTime(module).to(TimeUnit.SECONDS))
                .isEqualTo(Files.getLastModifiedTime(sdk.resolve("python/margay/_link.py"))
                        .to(TimeUnit.SECONDS));
        Path compiled = folder.resolve("python/margay/__pycache__/_link.pyc");
        assertThat(Files.getPosixFilePermissions(compiled)).isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Test
    void isTheSameAgainUntilTheSdkIsAnother() throws Exception {
        Path folder = new CompiledSdk(sdk, compiler(), copies).folder();
        assertThat(new CompiledSdk(sdk, compiler(), copies).folder()).isEqualTo(folder);
        Files.writeString(sdk.resolve("python/margay/_link.py"), "NUMBER = 6\n");
        Path other = new CompiledSdk(sdk, compiler(), copies).folder();
        assertThat(other).isNotEqualTo(folder);
        assertThat(copies()).containsExactly(other);
    }

    @Test
    void isTheSdkItselfWhereItCantBeCompiled() throws Exception {
        assertThat(new CompiledSdk(sdk, null, copies).folder()).isEqualTo(sdk);
        assertThat(new CompiledSdk(sdk, interpreter("exit 1"), copies).folder()).isEqualTo(sdk);
        assertThat(new CompiledSdk(sdk, compiler(), copies).folder()).isNotEqualTo(sdk);
    }
}
