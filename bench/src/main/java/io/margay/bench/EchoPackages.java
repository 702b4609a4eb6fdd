package io.margay.bench;

import io.margay.api.function.FunctionHandler;
import io.margay.bench.sample.EchoFunction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Packages of the function that gives its event back, and the program in C that does nothing. */
final class EchoPackages {
    private static final String API = "io.margay.api.function;version=\"[1.0,2)\"";

    private final Path sources;
    private final Path hello;
    private final byte[] echo;

    EchoPackages(Path root, Path folder) throws IOException, InterruptedException {
        sources = root.resolve("bench/src/main");
        Path sdk = root.resolve("distribution/target/margay/lib/sdk/c");
        hello = folder.resolve("hello");
        compile(sources.resolve("c/hello.c"), hello);
        Path program = folder.resolve("echo");
        compile(
                sources.resolve("c/echo.c"),
                program,
                "-I" + sdk,
                sdk.resolve("margay.c").toString(),
                "-pthread",
                "-lm");
        echo = Files.readAllBytes(program);
    }

    /** What is compared with a function in C. */
    Path hello() {
        return hello;
    }

    /** @param number each number gives another file with the same code */
    byte[] make(Kind kind, int number) throws IOException {
        return switch (kind) {
            case JAVA_BUNDLE, JAVA_PROCESS -> SampleBundle.make(EchoFunction.class, FunctionHandler.class, API, number);
            case PYTHON -> zip("index.py", Files.readAllBytes(sources.resolve("python/echo.py")), number);
            case NODEJS -> zip("index.js", Files.readAllBytes(sources.resolve("node/echo.js")), number);
            case C -> zip("main", echo, number);
        };
    }

    /** A function in Python that answers each connection to port 8080 with its number, besides its calls. */
    byte[] server(int number) throws IOException {
        return zip("index.py", Files.readAllBytes(serverScript()), number);
    }

    Path serverScript() {
        return sources.resolve("python/port.py");
    }

    private static byte[] zip(String name, byte[] content, int number) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content);
            zip.putNextEntry(new ZipEntry("number.txt"));
            zip.write(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    private static void compile(Path source, Path program, String... options) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of("gcc", "-std=c99", "-O2", "-o", program.toString(), source.toString()));
        line.addAll(List.of(options));
        if (new ProcessBuilder(line).inheritIO().start().waitFor() != 0) {
            throw new IOException(source + " can't be compiled");
        }
    }
}
