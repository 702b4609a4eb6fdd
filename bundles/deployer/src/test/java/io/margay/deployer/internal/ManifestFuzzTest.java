package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.margay.deployer.DeploymentException;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bundles whose manifest was damaged by chance: each is refused in words or deployed. */
class ManifestFuzzTest extends GatewayTest {
    private static final int RUNS = 200;
    private static final String MANIFEST = """
            Manifest-Version: 1.0
            Bundle-ManifestVersion: 2
            Bundle-SymbolicName: com.example.workload;singleton:=true
            Bundle-Version: 1.2.3.q
            Import-Package: io.margay.api.driver;version="[1,2)",org.slf4j;resolution:=optional
            Export-Package: com.example;version="1.0";uses:="org.slf4j"
            Require-Capability: osgi.ee;filter:="(&(osgi.ee=JavaSE)(version=17))"
            Provide-Capability: com.example;a:List<String>="b,c";d:Long=1
            Bundle-ClassPath: .,lib/a.jar
            Bundle-ActivationPolicy: lazy;include:="com.example"
            Bundle-NativeCode: lib/x.so;osname=Linux;processor=x86-64,*
            Service-Component: OSGI-INF/a.xml
            Margay-Handover: exclusive
            """;
    private static final String[] SCRAPS = {
        ";",
        ":=",
        "=",
        ",",
        "\"",
        "(",
        ")",
        "[",
        "*",
        "\n",
        "\n ",
        ": ",
        "\u0000",
        "version",
        "resolution:=",
        "é",
        " ",
        "-",
        "1.2.3.4.5",
        "Fragment-Host: system.bundle\n",
        "Bundle-Activator: no.such\n",
        "Bundle-SymbolicName: x\n",
        "DynamicImport-Package: *\n"
    };

    @Test
    void nothingButWords() throws Exception {
        gateway.apply(BASE);
        EdgeInstance before = gateway.deployer().current();
        int taken = 0;
        for (int run = 0; run < RUNS; run++) {
            gateway.upload(
                    "x.jar",
                    Jars.zip("META-INF/MANIFEST.MF", damage(new Random(run)), "com/example/A.class", "no class"));
            EdgeInstance wanted = gateway.read(BASE.replace("d.jar", "x.jar"));
            try {
                gateway.deployer().plan(wanted);
                gateway.deployer().apply(wanted);
                taken++;
            } catch (InvalidException | DeploymentException e) {
                assertThat(e).as("run %d", run).hasMessageContaining("driver");
            } catch (RuntimeException | Error e) {
                fail("run " + run, e);
            }
            gateway.deployer().apply(before);
        }
        System.out.println("damaged manifests: " + RUNS + ", taken: " + taken + ", failures without words: 0");
        assertThat(gateway.deployer().current()).isEqualTo(before);
        assertThat(taken).as("some are whole enough to be deployed").isGreaterThan(RUNS / 50);
    }

    private static String damage(Random random) {
        StringBuilder text = new StringBuilder(MANIFEST);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(8));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, SCRAPS[random.nextInt(SCRAPS.length)]);
                case 1 -> text.replace(at, end, SCRAPS[random.nextInt(SCRAPS.length)]);
                case 2 -> text.delete(at, end);
                default -> text.setCharAt(at, (char) random.nextInt(128));
            }
        }
        return text.toString();
    }
}
