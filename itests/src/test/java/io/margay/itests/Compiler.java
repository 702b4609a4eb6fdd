package io.margay.itests;

import static org.junit.Assert.assertEquals;

import io.margay.model.Architecture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes packages in C of the SDK's examples, with the shipped SDK and the machine's compiler. */
final class Compiler {
    private static final Path SDK = Margay.INSTALL.resolve("lib/sdk/c");

    /** What compilers call a machine. */
    private static final Map<String, Architecture> MACHINES = Map.of(
            "x86_64", Architecture.AMD64,
            "aarch64", Architecture.ARM64,
            "i686", Architecture.X86,
            "arm", Architecture.ARMV7HF);

    private Compiler() {}

    static void need() {
        try {
            machine();
        } catch (IOException e) {
            Needs.missing("gcc is not installed");
        }
    }

    private static String machine() throws IOException {
        Process compiler = new ProcessBuilder("gcc", "-dumpmachine").start();
        return new String(compiler.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                .replaceFirst("-.*", "")
                .strip();
    }

    /** What the compiler compiles for. */
    static Architecture architecture() throws IOException {
        return MACHINES.get(machine());
    }

    /** Compiles an example, in the way the SDK's README says. */
    static Path program(Path folder, String example) throws Exception {
        return compile(SDK.resolve("examples").resolve(example).resolve("main.c"), folder.resolve(example + "-main"));
    }

    /** Compiles a text as the examples are. */
    static Path compile(Path folder, String name, String source) throws Exception {
        return compile(Files.writeString(folder.resolve(name + ".c"), source), folder.resolve(name + "-main"));
    }

    private static Path compile(Path source, Path program) throws Exception {
        List<String> line = new ArrayList<>(List.of("gcc", "-std=c99", "-O2", "-I" + SDK, "-o", program.toString()));
        line.add(source.toString());
        line.add(SDK.resolve("margay.c").toString());
        line.addAll(List.of("-pthread", "-lm"));
        assertEquals(0, new ProcessBuilder(line).inheritIO().start().waitFor());
        return program;
    }

    /** Zips a program as Java does, without permissions, beside a text. */
    static Path zip(Path file, byte[] program, String text) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("main"));
            zip.write(program);
            zip.putNextEntry(new ZipEntry("version.txt"));
            zip.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return file;
    }
}
