package io.margay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Apache Karaf as unpacked, with its default user enabled and the web console among its boot features. */
final class KarafServer extends Server {
    private static final String FEATURES = "    kar/4.4.8\n";
    private static final String WITH_CONSOLE =
            "    kar/4.4.8, \\\n    scr/4.4.8, \\\n    http, \\\n    http-whiteboard, \\\n    webconsole/4.4.8\n";

    private final Path folder;

    KarafServer(Path root, int port) {
        super(port);
        folder = root.resolve("bench/target/karaf/apache-karaf-4.4.8");
    }

    @Override
    ProcessBuilder command() {
        return new ProcessBuilder(folder.resolve("bin/karaf").toString(), "server");
    }

    @Override
    Path output() {
        return folder.resolve("data/output");
    }

    Path deploy() {
        return folder.resolve("deploy");
    }

    @Override
    String authorization() {
        return "Basic " + Base64.getEncoder().encodeToString("karaf:karaf".getBytes(StandardCharsets.UTF_8));
    }

    /** Configures it and starts it twice: the first start downloads and installs the features, the second settles. */
    void prepare() throws IOException, InterruptedException {
        TemporaryFolder.delete(folder.resolve("data/cache"));
        edit("etc/users.properties", "#karaf = ", "karaf = ");
        edit("etc/users.properties", "#_g_\\:admingroup", "_g_\\:admingroup");
        edit("etc/org.apache.karaf.features.cfg", FEATURES, WITH_CONSOLE);
        Files.writeString(folder.resolve("etc/org.ops4j.pax.web.cfg"), "org.osgi.service.http.port=" + port + "\n");
        for (int i = 0; i < 2; i++) {
            start();
            Thread.sleep(3000); // it goes on writing its cache after the console answers
            stop();
        }
    }

    /** Replaces a text where that was not done before. */
    private void edit(String file, String from, String to) throws IOException {
        Path path = folder.resolve(file);
        String text = Files.readString(path);
        if (!text.contains(to) || text.contains(from)) {
            if (!text.contains(from)) {
                throw new IOException(path + " has no '" + from.strip() + "': is this another Karaf?");
            }
            Files.writeString(path, text.replace(from, to));
        }
    }
}
