package io.margay.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Makes small bundles of one component; each number gives other bytes. */
final class SampleBundle {
    static final String NAME = "bench.sample";

    private SampleBundle() {}

    /**
     * Makes a bundle.
     *
     * @param component its one class, with a public constructor
     * @param service what the component is registered as
     * @param imports its {@code Import-Package}; empty for none
     */
    static byte[] make(Class<?> component, Class<?> service, String imports, int number) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", NAME + number);
        main.putValue("Bundle-Version", "1.0." + number);
        main.putValue("Service-Component", "OSGI-INF/component.xml");
        main.putValue(
                "Require-Capability",
                "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4.0)(!(version>=2.0.0)))\"");
        if (!imports.isEmpty()) {
            main.putValue("Import-Package", imports);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            put(jar, "OSGI-INF/component.xml", xml(component, service).getBytes(StandardCharsets.UTF_8));
            String path = component.getName().replace('.', '/') + ".class";
            try (InputStream in = component.getClassLoader().getResourceAsStream(path)) {
                put(jar, path, in.readAllBytes());
            }
        }
        return bytes.toByteArray();
    }

    private static void put(JarOutputStream jar, String name, byte[] content) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(content);
        jar.closeEntry();
    }

    private static String xml(Class<?> component, Class<?> service) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%s" immediate="true">
                  <service><provide interface="%s"/></service>
                  <implementation class="%s"/>
                </scr:component>
                """.formatted(component.getName(), service.getName(), component.getName());
    }
}
