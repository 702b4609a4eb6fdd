package io.margay.itests;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes packages to deploy: bundles of this module's workloads and zips of scripts. */
final class WorkloadFiles {
    private WorkloadFiles() {}

    /**
     * Builds a bundle of one of the packages under {@code workloads}.
     *
     * @param variant makes the file another one with the same code
     */
    static Path bundle(Path folder, String name, int variant) throws Exception {
        return bundle(folder, name, variant, Map.of());
    }

    /** @param headers further headers and instructions for bnd */
    static Path bundle(Path folder, String name, int variant, Map<String, String> headers) throws Exception {
        Path file = folder.resolve(name + "-" + variant + ".jar");
        try (Builder builder = new Builder()) {
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                builder.addClasspath(new File(entry));
            }
            builder.setProperty("Bundle-SymbolicName", "workload." + name);
            builder.setProperty("Bundle-Version", "1.0." + variant);
            builder.setProperty("Private-Package", "io.margay.itests.workloads." + name);
            builder.setProperty("-noimportjava", "true");
            builder.setProperty("-includeresource", "variant.txt;literal=\"" + variant + "\"");
            headers.forEach(builder::setProperty);
            Jar jar = builder.build();
            if (!builder.isOk()) {
                throw new IOException(builder.getErrors().toString());
            }
            jar.write(file.toFile());
        }
        return file;
    }

    /** Makes a plain jar, no bundle, of the classes of one of the packages under {@code workloads}. */
    static Path plainJar(Path folder, String name) throws Exception {
        return Files.write(folder.resolve(name + ".jar"), plainJar(name, "", Map.of()));
    }

    /**
     * A plain jar of those classes whose names start so.
     *
     * @param more further entries
     */
    static byte[] plainJar(String name, String start, Map<String, byte[]> more) throws Exception {
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        String path = "io/margay/itests/workloads/" + name + "/";
        Path classes = Path.of(WorkloadFiles.class.getResource("/" + path).toURI());
        try (ZipOutputStream zip = new ZipOutputStream(jar);
                Stream<Path> all = Files.list(classes)) {
            for (Path each : all.sorted().toList()) {
                if (each.getFileName().toString().startsWith(start)) {
                    zip.putNextEntry(new ZipEntry(path + each.getFileName()));
                    zip.write(Files.readAllBytes(each));
                }
            }
            for (Map.Entry<String, byte[]> entry : more.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return jar.toByteArray();
    }

    /** Zips files, given by name and text. */
    static Path zip(Path file, Map<String, String> content) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, String> entry : content.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }
}
