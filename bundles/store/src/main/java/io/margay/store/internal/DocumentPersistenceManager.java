package io.margay.store.internal;

import io.margay.store.DocumentStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.cm.PersistenceManager;
import org.apache.felix.cm.file.ConfigurationHandler;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the gateway's own configurations as documents. Configurations of workloads are kept in memory only: at start they
 * are made again from the current edge instance, so that a crash in the middle of a deployment boots nothing half done.
 */
@Component(
        service = PersistenceManager.class,
        configurationPolicy = ConfigurationPolicy.IGNORE,
        property = PersistenceManager.PROPERTY_NAME + "=margay")
public final class DocumentPersistenceManager implements PersistenceManager {
    private static final Logger LOG = LoggerFactory.getLogger(DocumentPersistenceManager.class);
    private static final String PREFIX = "configuration-";
    private static final List<String> WORKLOADS = List.of("io.margay.driver", "io.margay.function");

    private final DocumentStore documents;
    private final Map<String, Map<String, Object>> memory = new ConcurrentHashMap<>();

    @Activate
    public DocumentPersistenceManager(@Reference DocumentStore documents) {
        this.documents = documents;
    }

    @Override
    public boolean exists(String pid) {
        if (ofWorkload(pid)) {
            return memory.containsKey(pid);
        }
        try {
            return documents.read(document(pid)).isPresent();
        } catch (IOException e) {
            LOG.error("Configuration {} can't be read", pid, e);
            return false;
        }
    }

    @Override
    @SuppressWarnings("rawtypes") // the interface has it so
    public Dictionary load(String pid) throws IOException {
        if (ofWorkload(pid)) {
            Map<String, Object> properties = memory.get(pid);
            if (properties == null) {
                throw new IOException("there is no configuration " + pid);
            }
            return dictionary(properties);
        }
        Optional<byte[]> content = documents.read(document(pid));
        if (content.isEmpty()) {
            throw new IOException("there is no configuration " + pid);
        }
        return ConfigurationHandler.read(new ByteArrayInputStream(content.get()));
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Enumeration getDictionaries() throws IOException {
        List<Dictionary> all = new ArrayList<>();
        for (Map<String, Object> properties : memory.values()) {
            all.add(dictionary(properties));
        }
        for (String name : documents.names(PREFIX)) {
            try {
                Optional<byte[]> content = documents.read(name);
                if (content.isPresent()) {
                    all.add(ConfigurationHandler.read(new ByteArrayInputStream(content.get())));
                }
            } catch (IOException e) {
                // One damaged configuration must not keep all others from the gateway.
                LOG.error("A configuration is left out", e);
            }
        }
        return Collections.enumeration(all);
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"})
    public void store(String pid, Dictionary properties) throws IOException {
        if (ofWorkload(pid)) {
            Map<String, Object> copy = new HashMap<>();
            for (Object key : Collections.list(properties.keys())) {
                copy.put((String) key, properties.get(key));
            }
            memory.put(pid, copy);
            return;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ConfigurationHandler.write(out, properties);
        documents.write(document(pid), out.toByteArray());
    }

    @Override
    public void delete(String pid) throws IOException {
        if (ofWorkload(pid)) {
            memory.remove(pid);
        } else {
            documents.delete(document(pid));
        }
    }

    /** Workloads have the PID itself or targeted ({@code PID|…}); the gateway's own PIDs go on with a dot. */
    private static boolean ofWorkload(String pid) {
        return WORKLOADS.stream()
                .anyMatch(w -> pid.startsWith(w)
                        && (pid.length() == w.length()
                                || pid.charAt(w.length()) == '|'
                                || pid.charAt(w.length()) == '~'));
    }

    private static Dictionary<String, Object> dictionary(Map<String, Object> properties) {
        return FrameworkUtil.asDictionary(new HashMap<>(properties));
    }

    /** A PID may hold any character, a document's name may not. */
    private static String document(String pid) {
        StringBuilder name = new StringBuilder(PREFIX);
        pid.chars().forEach(c -> {
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (plain || c == '.' || c == '-') {
                name.append((char) c);
            } else {
                name.append(String.format(Locale.ROOT, "_%04x", c));
            }
        });
        return name.toString();
    }
}
