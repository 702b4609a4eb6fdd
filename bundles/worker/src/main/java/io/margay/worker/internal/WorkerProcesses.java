package io.margay.worker.internal;

import io.margay.worker.ProcessStat;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which processes belong to which worker (Linux), kept up to date at little cost: each process is looked at once, and nothing
 * is where the system has made no process since. Who belongs to a worker does so for good, whatever becomes of its parent.
 * Not thread-safe.
 */
final class WorkerProcesses {
    /** A worker that is watched. */
    interface Owner {
        long processId();

        /** What its children inherit as {@code MARGAY_SOCKET}. */
        String socketPath();
    }

    private static final File PROC = new File("/proc");
    private static final Path LOAD = Path.of("/proc/loadavg");
    private static final long OWN = ProcessHandle.current().pid();

    private final Map<Long, Owner> members = new HashMap<>();
    private final Set<Long> others = new HashSet<>();

    /** Seen once while they had no environment, as for a moment when a process becomes another program. */
    private final Set<Long> doubtful = new HashSet<>();

    private String lastMade = "";

    /** Takes a worker in; its children may have been taken for other processes. */
    void add(Owner owner) {
        members.put(owner.processId(), owner);
        others.clear();
        lastMade = "";
    }

    void remove(Owner owner) {
        members.values().removeIf(owner::equals);
    }

    /** Its processes, itself included, as {@link #refresh} last found them. */
    List<Long> of(Owner owner) {
        List<Long> found = new ArrayList<>();
        members.forEach((pid, each) -> {
            if (each == owner) {
                found.add(pid);
            }
        });
        return found;
    }

    /**
     * Looks for new processes.
     *
     * @param surely also where the system does not tell of any
     */
    void refresh(Collection<? extends Owner> owners, boolean surely) {
        String made = lastMade();
        if (!surely && !made.isEmpty() && made.equals(lastMade)) {
            return;
        }
        String[] names = PROC.list();
        if (names == null) {
            return; // no file can be opened just now; the next look may do
        }
        long[] all = Arrays.stream(names)
                .filter(name -> Character.isDigit(name.charAt(0)))
                .mapToLong(Long::parseLong)
                .sorted() // parents first
                .toArray();
        Map<Long, Owner> byProcess = new HashMap<>();
        Map<String, Owner> bySocket = new HashMap<>();
        for (Owner owner : owners) {
            byProcess.put(owner.processId(), owner);
            bySocket.put(owner.socketPath(), owner);
        }
        boolean settled = true;
        Set<Long> alive = new HashSet<>(all.length * 2);
        for (long pid : all) {
            alive.add(pid);
            if (pid != OWN && !members.containsKey(pid) && !others.contains(pid)) {
                settled &= look(pid, byProcess, bySocket);
            }
        }
        members.keySet().retainAll(alive);
        others.retainAll(alive);
        doubtful.retainAll(alive);
        lastMade = settled ? made : "";
    }

    /** @return whether it is known now whose it is */
    private boolean look(long pid, Map<Long, Owner> byProcess, Map<String, Owner> bySocket) {
        ProcessStat stat = ProcessStat.of(pid);
        if (stat == null) {
            return true;
        }
        Owner owner = members.getOrDefault(stat.parent(), byProcess.get(stat.session()));
        if (owner == null && !stat.ofKernel() && stat.lives()) {
            String socket = ProcessTree.socketOf(pid);
            if (socket == null && doubtful.add(pid)) {
                return false;
            }
            owner = socket == null || socket.isEmpty() ? null : bySocket.get(socket);
        }
        if (owner == null) {
            others.add(pid);
        } else {
            members.put(pid, owner);
        }
        doubtful.remove(pid);
        return true;
    }

    /** The number of the newest process or thread; empty where the system does not tell. */
    private static String lastMade() {
        try {
            String load = Files.readString(LOAD).strip();
            return load.substring(load.lastIndexOf(' ') + 1);
        } catch (IOException e) {
            return "";
        }
    }
}
