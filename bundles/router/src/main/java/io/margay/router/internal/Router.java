package io.margay.router.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.router.Routes;
import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import io.margay.spi.MessageTarget;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the queues of a message and puts it there. Which queues a topic of a sender goes to is looked up once and kept. */
@Component
public final class Router implements MessageRouter, Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    /** Functions may invent topics without end; then the kept look-ups start anew. */
    private static final int MAX_KEPT = 50_000;

    private record Key(Source sender, String topic) {}

    /** The routes at one time, with the look-ups made on them. */
    private record Table(Map<String, RouteQueue> queues, ConcurrentHashMap<Key, RouteQueue[]> kept) {}

    private final Map<Class<? extends Target>, MessageTarget> targets = new ConcurrentHashMap<>();
    private final Map<ServiceReference<?>, ComponentServiceObjects<MessageTarget>> services = new LinkedHashMap<>();
    private final Map<ServiceReference<?>, MessageTarget> taken = new HashMap<>();
    private final List<RouteQueue> gone = new ArrayList<>(); // under this
    private boolean applied;
    private volatile Table table = new Table(Map.of(), new ConcurrentHashMap<>());

    private final StoredQueues stored;

    @Activate
    public Router(@Reference StoredQueues stored) {
        this.stored = stored;
    }

    /**
     * A target may itself need the router: its service is taken when there are routes, not while this component is being
     * activated, which would be a circle.
     */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addTarget(ComponentServiceObjects<MessageTarget> service) {
        synchronized (this) {
            services.put(service.getServiceReference(), service);
            if (!applied) {
                return;
            }
        }
        takeTargets();
    }

    void removeTarget(ComponentServiceObjects<MessageTarget> service) {
        MessageTarget target;
        synchronized (this) {
            services.remove(service.getServiceReference());
            target = taken.remove(service.getServiceReference());
        }
        if (target != null) {
            remove(target);
            service.ungetService(target);
        }
    }

    private void takeTargets() {
        Map<ServiceReference<?>, ComponentServiceObjects<MessageTarget>> wanted;
        synchronized (this) {
            applied = true;
            wanted = new LinkedHashMap<>(services);
            wanted.keySet().removeAll(taken.keySet());
        }
        wanted.forEach((reference, service) -> {
            MessageTarget target = service.getService();
            if (target == null) {
                return;
            }
            boolean isNew;
            synchronized (this) {
                isNew = services.containsKey(reference) && taken.putIfAbsent(reference, target) == null;
            }
            if (isNew) {
                add(target);
            } else {
                service.ungetService(target);
            }
        });
    }

    /** Takes messages to a target from now on. */
    public void add(MessageTarget target) {
        targets.put(target.type(), target);
        connect(target.type(), target);
    }

    /** Messages to the target wait from now on. */
    public void remove(MessageTarget target) {
        if (targets.remove(target.type(), target)) {
            connect(target.type(), null);
        }
    }

    private synchronized void connect(Class<? extends Target> type, MessageTarget target) {
        for (RouteQueue queue : table.queues().values()) {
            if (type.isInstance(queue.route().target())) {
                queue.connect(target);
            }
        }
    }

    @Override
    public boolean publish(Message message) {
        Table now = table;
        Key key = new Key(message.source(), message.topic());
        RouteQueue[] queues = now.kept().get(key);
        if (queues == null) {
            queues = find(now, key);
        }
        if (queues.length == 1) {
            return queues[0].await(queues[0].offer(message));
        }
        // All before the first is waited for: what they write to disk is written together.
        List<CompletableFuture<Boolean>> kept = new ArrayList<>(queues.length);
        for (RouteQueue queue : queues) {
            kept.add(queue.offer(message));
        }
        boolean all = true;
        for (int i = 0; i < queues.length; i++) {
            all &= queues[i].await(kept.get(i));
        }
        return all;
    }

    private static RouteQueue[] find(Table now, Key key) {
        record Way(Source source, Target target) {}
        Set<Way> ways = new HashSet<>();
        List<RouteQueue> found = new ArrayList<>();
        for (RouteQueue queue : now.queues().values()) {
            EdgeInstance.Route route = queue.route();
            // Several filters between the same source and target forward a message once.
            if (route.source().covers(key.sender())
                    && route.filter().matches(key.topic())
                    && ways.add(new Way(route.source(), route.target()))) {
                found.add(queue);
            }
        }
        if (now.kept().size() >= MAX_KEPT) {
            now.kept().clear();
        }
        RouteQueue[] queues = found.toArray(RouteQueue[]::new);
        now.kept().put(key, queues);
        return queues;
    }

    @Override
    public void apply(List<EdgeInstance.Route> routes) {
        takeTargets();
        change(routes);
    }

    private synchronized void change(List<EdgeInstance.Route> routes) {
        Map<String, RouteQueue> old = table.queues();
        Map<String, RouteQueue> queues = new LinkedHashMap<>();
        for (EdgeInstance.Route route : routes) {
            RouteQueue queue = old.get(route.name());
            if (queue != null && queue.isOf(route)) {
                queue.change(route);
            } else {
                queue = again(route);
                queue.connect(targetOf(route));
            }
            queues.put(route.name(), queue);
        }
        table = new Table(queues, new ConcurrentHashMap<>());
        for (RouteQueue queue : old.values()) {
            if (queues.get(queue.route().name()) != queue) {
                int left = queue.close();
                boolean stored = queue.route().stored();
                if (stored) {
                    gone.add(queue);
                }
                if (left > 0) {
                    LOG.warn(
                            "route {} was removed with {} messages in its queue; {}",
                            queue.route().name(),
                            left,
                            stored ? "they go when the deployment has succeeded" : "they are dropped");
                }
            }
        }
    }

    /** One that has gone with what it has on disk, or a new one. */
    private RouteQueue again(EdgeInstance.Route route) {
        for (RouteQueue queue : gone) {
            if (queue.isOf(route)) {
                gone.remove(queue);
                queue.open(route);
                return queue;
            }
        }
        return new RouteQueue(route, stored);
    }

    @Override
    public synchronized void forget() {
        gone.forEach(RouteQueue::forget);
        gone.clear();
        Set<String> kept = new HashSet<>();
        for (RouteQueue queue : table.queues().values()) {
            queue.forget();
            if (queue.route().stored()) {
                kept.add(RouteQueue.disk(queue.route()));
            }
        }
        try {
            // Also what a gateway left that was killed in a deployment.
            stored.retain(RouteQueue.DISK, kept);
        } catch (IOException e) {
            LOG.warn("Messages of routes that are no more stay on disk: {}", e.getMessage(), e);
        }
    }

    private MessageTarget targetOf(EdgeInstance.Route route) {
        return targets.get(route.target().getClass());
    }

    @Override
    public List<RouteStatus> list() {
        return table.queues().values().stream().map(RouteQueue::status).toList();
    }
}
