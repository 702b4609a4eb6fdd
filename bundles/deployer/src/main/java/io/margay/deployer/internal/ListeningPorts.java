package io.margay.deployer.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ports on which somebody listens, as Linux has them under {@code /proc/net}; asking takes none, as trying would. */
final class ListeningPorts implements Host.Ports {
    private static final Logger LOG = LoggerFactory.getLogger(ListeningPorts.class);
    private static final int ADDRESS = 1;
    private static final int STATE = 3;
    /** Of TCP; a UDP socket that nobody is connected to has the other one. */
    private static final String LISTENS = "0A";

    private static final String UNCONNECTED = "07";
    private static final int WORD = 4;

    private final Path folder;

    ListeningPorts(Path folder) {
        this.folder = folder;
    }

    @Override
    public Map<String, String> inUse() {
        Map<String, String> used = new LinkedHashMap<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path file = folder.resolve(table);
            if (Files.isReadable(file)) {
                String protocol = table.substring(0, 3);
                try {
                    for (String line : Files.readAllLines(file)) {
                        note(used, protocol, line.strip().split("\\s+"));
                    }
                } catch (IOException e) {
                    LOG.warn("Which ports are in use can't be told: {}", e.getMessage(), e);
                }
            }
        }
        return used;
    }

    private static void note(Map<String, String> used, String protocol, String[] fields) throws IOException {
        if (fields.length <= STATE || !fields[STATE].equals(protocol.equals("tcp") ? LISTENS : UNCONNECTED)) {
            return; // the line with the heads too
        }
        int colon = fields[ADDRESS].lastIndexOf(':');
        int port = Integer.parseInt(fields[ADDRESS].substring(colon + 1), 16);
        String address = address(fields[ADDRESS].substring(0, colon));
        used.putIfAbsent(port + "/" + protocol, address + ":" + port);
    }

    /** Each four bytes stand in the order of the processor: the last one first on those that there are. */
    private static String address(String hex) throws IOException {
        byte[] given = HexFormat.of().parseHex(hex);
        byte[] bytes = new byte[given.length];
        for (int i = 0; i < given.length; i++) {
            bytes[i] = given[i / WORD * WORD + WORD - 1 - i % WORD];
        }
        InetAddress address = InetAddress.getByAddress(bytes);
        String text = address.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }
}
