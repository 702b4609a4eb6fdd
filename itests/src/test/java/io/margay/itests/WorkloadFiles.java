package io.margay.itests;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
            Jar jar = builder.build();
            if (!builder.isOk()) {
                throw new IOException(builder.getErrors().toString());
            }
            jar.write(file.toFile());
        }
        return file;
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
