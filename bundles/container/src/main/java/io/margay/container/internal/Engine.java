package io.margay.container.internal;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Image;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to a container engine. What it can't do is a {@link DockerException} or another RuntimeException. */
final class Engine implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    /** In the place of that with the user's configuration. */
    private static final String NO_FOLDER = "/nonexistent";

    private static final Duration CONNECT = Duration.ofSeconds(3);
    /** Of one answer; a large container's removal may take its time. */
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private static final Duration PING = Duration.ofSeconds(5);

    /** The engine's own words in what docker-java tells of an answer. */
    private static final Pattern SAID = Pattern.compile("\"message\":\"((?:[^\"\\\\]|\\\\.)*)\"");

    private final DockerHttpClient http;
    private final DockerHttpClient streamsHttp;
    private final DockerClient calls;
    private final DockerClient streams;
    private final DockerClient pings;

    Engine(URI endpoint) {
        http = http(endpoint, ANSWER);
        calls = client(endpoint, http);
        streamsHttp = http(endpoint, Duration.ZERO);
        streams = client(endpoint, streamsHttp);
        pings = client(endpoint, http(endpoint, PING));
    }

    private static DockerHttpClient http(URI endpoint, Duration answer) {
        return new ZerodepDockerHttpClient.Builder()
                .dockerHost(endpoint)
                .connectionTimeout(CONNECT)
                .responseTimeout(answer)
                .maxConnections(Integer.MAX_VALUE)
                .build();
    }

    private static DockerClient client(URI endpoint, DockerHttpClient http) {
        // Nothing of the user's own Docker configuration: no registry, no TLS, no other host.
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(endpoint.toString())
                .withDockerConfig(NO_FOLDER)
                .withDockerTlsVerify(false)
                .build();
        return DockerClientImpl.getInstance(config, http);
    }

    void ping() {
        pings.pingCmd().exec();
    }

    Version version() {
        return pings.versionCmd().exec();
    }

    Info info() {
        return pings.infoCmd().exec();
    }

    // Containers.

    CreateContainerCmd create(String image) {
        return calls.createContainerCmd(image);
    }

    void start(String id) {
        calls.startContainerCmd(id).exec();
    }

    /** Also where it has ended already. */
    void kill(String id) {
        try {
            calls.killContainerCmd(id).withSignal("SIGKILL").exec();
        } catch (NotFoundException | ConflictException e) {
            return; // it has ended
        }
    }

    void terminate(String id) {
        try {
            calls.killContainerCmd(id).withSignal("SIGTERM").exec();
        } catch (NotFoundException | ConflictException e) {
            return; // it has ended
        }
    }

    void pause(String id) {
        calls.pauseContainerCmd(id).exec();
    }

    void unpause(String id) {
        calls.unpauseContainerCmd(id).exec();
    }

    /** With the volumes that it has of its own; also where it is gone already. */
    void remove(String id) {
        try {
            calls.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
        } catch (NotFoundException e) {
            LOG.debug("Container {} is gone already", id, e);
        }
    }

    /** Empty where there is no such container. */
    Optional<InspectContainerResponse> inspect(String id) {
        try {
            return Optional.of(calls.inspectContainerCmd(id).exec());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    /** All, running or not. */
    List<Container> list(Map<String, String> labels) {
        return calls.listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(labels)
                .exec();
    }

    // Streams.

    /**
     * @param since as the engine takes it: seconds, a point, nanoseconds
     * @param ended called once, when there will be no more
     */
    Closeable events(Map<String, String> labels, String since, Consumer<Event> taker, Runnable ended) {
        return streams.eventsCmd()
                .withEventTypeFilter(EventType.CONTAINER)
                .withLabelFilter(labels)
                .withSince(since)
                .exec(new Stream<>(taker, ended));
    }

    /**
     * Not by docker-java's own command: it gives parts of what the engine sends as one, so that it can't be told where one begins.
     *
     * @param since in seconds
     * @param ended called once, when there will be no more; given why the engine does not give it, else nothing
     */
    Closeable logs(String id, int since, Consumer<Frame> taker, Consumer<String> ended) {
        DockerHttpClient.Request request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.GET)
                .path("/containers/" + id + "/logs?stdout=true&stderr=true&timestamps=true&follow=true&since=" + since)
                .build();
        LogStream stream = new LogStream();
        Thread reader = new Thread(
                null,
                () -> {
                    String refused = "";
                    try (DockerHttpClient.Response response = streamsHttp.execute(request)) {
                        refused = stream.read(response, taker);
                    } catch (IOException | RuntimeException e) {
                        LOG.debug("The log of container {} ends", id, e);
                    } finally {
                        ended.accept(refused);
                    }
                },
                "container-log-" + id.substring(0, Math.min(12, id.length())),
                256 * 1024);
        reader.setDaemon(true);
        reader.start();
        return stream;
    }

    /** What the engine sends of a log: a byte that tells the stream, three of nothing, the length, and what was written. */
    private static final class LogStream implements Closeable {
        private static final int ERRORS = 2;
        private static final int MOST_WORDS = 1_000;

        private DockerHttpClient.Response open; // under this
        private boolean closed; // under this

        /** @return why the engine does not give it; empty where it did */
        String read(DockerHttpClient.Response response, Consumer<Frame> taker) throws IOException {
            synchronized (this) {
                open = response;
                if (closed) {
                    return "";
                }
            }
            if (response.getStatusCode() >= 300) {
                byte[] said = response.getBody().readNBytes(MOST_WORDS);
                return response.getStatusCode() + " " + words(new String(said, StandardCharsets.UTF_8));
            }
            DataInputStream in = new DataInputStream(new BufferedInputStream(response.getBody()));
            for (int type = in.read(); type >= 0; type = in.read()) {
                in.skipNBytes(3);
                byte[] payload = new byte[in.readInt()];
                in.readFully(payload);
                taker.accept(new Frame(type == ERRORS ? StreamType.STDERR : StreamType.STDOUT, payload));
            }
            return "";
        }

        @Override
        public synchronized void close() {
            closed = true;
            if (open != null) {
                open.close();
            }
        }
    }

    /** A failure is an end too: whoever follows looks itself what the state of things is. */
    private static final class Stream<T> extends ResultCallback.Adapter<T> {
        private final Consumer<T> taker;
        private final Runnable ended;
        private volatile boolean closed;
        private boolean over;

        Stream(Consumer<T> taker, Runnable ended) {
            this.taker = taker;
            this.ended = ended;
        }

        @Override
        public void onStart(Closeable stream) {
            super.onStart(stream);
            if (closed) { // before Podman answered, which it does with the first of it
                close(stream);
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            super.close();
        }

        private static void close(Closeable stream) {
            try {
                stream.close();
            } catch (IOException e) {
                LOG.debug("A stream of the engine can't be closed", e);
            }
        }

        @Override
        public void onNext(T each) {
            try {
                taker.accept(each);
            } catch (RuntimeException e) {
                LOG.error("What the engine said can't be understood: {}", each, e);
            }
        }

        @Override
        public void onError(Throwable throwable) {
            end();
        }

        @Override
        public void onComplete() {
            super.onComplete();
            end();
        }

        private void end() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            ended.run();
        }
    }

    // Images.

    /** The id of an image; empty where there is none of this name, or none can have it. */
    Optional<String> image(String name) {
        return image(calls, name);
    }

    /** As {@link #image}, for who can't wait long: fails where the engine does not answer within seconds. */
    Optional<String> imageSoon(String name) {
        return image(pings, name);
    }

    private static Optional<String> image(DockerClient client, String name) {
        try {
            return Optional.of(client.inspectImageCmd(name).exec().getId());
        } catch (NotFoundException | BadRequestException e) {
            return Optional.empty();
        }
    }

    /**
     * Makes an image of a root file system. Not by docker-java's own command, which sends no body.
     *
     * @param name with a tag
     */
    void importImage(String name, InputStream tar) throws IOException {
        DockerHttpClient.Request request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.POST)
                .path("/images/create?fromSrc=-&repo=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                .putHeader("Content-Type", "application/x-tar")
                .body(tar)
                .build();
        try (DockerHttpClient.Response response = http.execute(request)) {
            String said = new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
            if (response.getStatusCode() >= 300 || said.contains("\"errorDetail\"")) {
                throw new IOException(said.strip());
            }
        }
    }

    Collection<Image> images(String repository) {
        return calls.listImagesCmd().withReferenceFilter(repository).exec();
    }

    /** Takes the name away, and the image where it has no other. One that a container uses stays. @return whether it was */
    boolean removeImage(String name) {
        try {
            calls.removeImageCmd(name).exec();
            return true;
        } catch (NotFoundException | ConflictException e) {
            return false; // it is gone, or in use
        }
    }

    /** What went wrong, in the engine's own words. */
    static String words(RuntimeException e) {
        if (e instanceof NotModifiedException) {
            return "it is so already";
        }
        Throwable cause = e;
        while (!(cause instanceof DockerException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String words = words(String.valueOf(cause.getMessage()));
        return cause instanceof DockerException ? words : cause.getClass().getSimpleName() + ": " + words;
    }

    private static String words(String answer) {
        Matcher said = SAID.matcher(answer);
        return said.find()
                ? said.group(1)
                        .replace("\\\"", "\"")
                        .replace("\\n", " ")
                        .replace("\\u003e", ">")
                        .strip()
                : answer.strip();
    }

    @Override
    public void close() {
        for (DockerClient client : new DockerClient[] {streams, calls, pings}) {
            try {
                client.close();
            } catch (IOException e) {
                throw new IllegalStateException(e); // closes nothing that could fail
            }
        }
    }
}
