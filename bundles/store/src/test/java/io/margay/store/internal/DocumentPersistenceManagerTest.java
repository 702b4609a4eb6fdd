package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.FrameworkUtil;

class DocumentPersistenceManagerTest {
    private static final String GATEWAY = "io.margay.rest.Limits~a|b";
    private static final String WORKLOAD = "io.margay.driver|io.margay.workload.driver.modbus|1.0.0.abc";

    @TempDir
    Path home;

    private SqliteDocumentStore documents;

    @BeforeEach
    void makeFolder() throws IOException {
        Files.createDirectories(home.resolve("data"));
    }

    @AfterEach
    void close() throws IOException {
        if (documents != null) {
            documents.close();
        }
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
        String secret = "ATextThatCanBeFound";
        manager.store("good", properties("good"));
        manager.store("bad", properties(secret));
        documents.close();
        for (String name : new String[] {"state.db", "state.db~"}) {
            Path file = home.resolve("data").resolve(name);
            byte[] all = Files.readAllBytes(file);
            all[new String(all, StandardCharsets.ISO_8859_1).indexOf(secret)] ^= 1;
            Files.write(file, all);
        }
        assertThat(all(open())).hasSize(1);
    }

    private DocumentPersistenceManager open() throws IOException {
        close();
        documents = new SqliteDocumentStore(home.resolve("data"), home.resolve("cache"));
        return new DocumentPersistenceManager(documents);
    }

    private static List<?> all(DocumentPersistenceManager manager) throws IOException {
        return Collections.list((java.util.Enumeration<?>) manager.getDictionaries());
    }

    private static Dictionary<String, Object> properties(String pid) {
        return FrameworkUtil.asDictionary(
                java.util.Map.of("service.pid", pid, "size", 3, "names", new String[] {"a", "b"}));
    }
}
