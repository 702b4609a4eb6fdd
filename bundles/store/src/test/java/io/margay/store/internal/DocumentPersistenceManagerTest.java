package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.FrameworkUtil;

class DocumentPersistenceManagerTest {
    private static final String GATEWAY = "io.margay.rest.Limits~a|b";
    private static final String WORKLOAD = "io.margay.driver|io.margay.workload.driver.modbus|1.0.0.abc";

    @TempDir
    Path home;

    private Path folder;

    @BeforeEach
    void folder() {
        folder = home.resolve("data/documents");
    }

    @Test
    void keepsTheGatewaysConfigurationsOverARestart() throws IOException {
        open().store(GATEWAY, properties(GATEWAY));
        DocumentPersistenceManager again = open();
        assertThat(again.exists(GATEWAY)).isTrue();
        assertThat(again.load(GATEWAY).get("size")).isEqualTo(3);
        assertThat((String[]) again.load(GATEWAY).get("names")).containsExactly("a", "b");
        assertThat(all(again)).hasSize(1);
        again.delete(GATEWAY);
        assertThat(open().exists(GATEWAY)).isFalse();
    }

    @Test
    void forgetsWorkloadsAtARestart() throws IOException {
        DocumentPersistenceManager manager = open();
        manager.store(WORKLOAD, properties(WORKLOAD));
        assertThat(manager.exists(WORKLOAD)).isTrue();
        assertThat(manager.load(WORKLOAD).get("size")).isEqualTo(3);
        assertThat(all(manager)).hasSize(1);
        assertThat(all(open())).isEmpty();
        manager.delete(WORKLOAD);
        assertThat(manager.exists(WORKLOAD)).isFalse();
    }

    @Test
    void leavesOutADamagedConfigurationAlone() throws IOException {
        DocumentPersistenceManager manager = open();
        manager.store("good", properties("good"));
        manager.store("bad", properties("bad"));
        Path bad = folder.resolve("configuration-bad");
        Files.write(bad, Arrays.copyOf(Files.readAllBytes(bad), 90));
        assertThat(all(open())).hasSize(1);
    }

    private DocumentPersistenceManager open() throws IOException {
        return new DocumentPersistenceManager(new FileDocumentStore(folder));
    }

    private static List<?> all(DocumentPersistenceManager manager) throws IOException {
        return Collections.list((java.util.Enumeration<?>) manager.getDictionaries());
    }

    private static Dictionary<String, Object> properties(String pid) {
        return FrameworkUtil.asDictionary(
                java.util.Map.of("service.pid", pid, "size", 3, "names", new String[] {"a", "b"}));
    }
}
