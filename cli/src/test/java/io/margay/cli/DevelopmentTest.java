package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Projects: made from templates, built, put on a gateway and taken away. */
class DevelopmentTest {
    private static final String INSTALL = "margay.install";

    @TempDir
    Path temporary;

    private FakeGateway gateway;
    private Path install;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway(temporary.resolve("home"));
        install = Files.createDirectories(temporary.resolve("install"));
        Files.createDirectories(install.resolve("lib/bundles"));
        Files.createDirectories(install.resolve("lib/launcher"));
        Files.createSymbolicLink(
                install.resolve("lib/templates"), Path.of("src/templates").toAbsolutePath());
        for (String jar : List.of("bundles/io.margay.api-1.jar", "bundles/io.margay.fc-api-1.jar")) {
            jar(install.resolve("lib").resolve(jar));
        }
        jar(install.resolve("lib/launcher/slf4j-api-2.jar"));
        System.setProperty(INSTALL, install.toString());
    }

    private void jar(Path file) throws IOException {
        Path content = Files.createDirectories(temporary.resolve("content"));
        Files.writeString(content.resolve("empty"), "");
        Packer.zip(content, file);
    }

    @AfterEach
    void end() {
        System.clearProperty(INSTALL);
        gateway.close();
    }

    private Path made(String kind, String name, String language) {
        Path folder = temporary.resolve(name);
        assertThat(gateway.run(kind, "new", name, "--language", language, "--dir", folder.toString()))
                .as(gateway.err())
                .isZero();
        return folder;
    }

    @Test
    void eachTemplateIsAProject() throws Exception {
        for (WorkloadId.Kind kind : WorkloadId.Kind.values()) {
            for (Language language : Language.values()) {
                String name = kind.word() + "_" + language.word();
                Path folder = made(kind.word(), name, language.word());
                assertThat(Project.read(folder).having(kind).workloads()).containsExactly(kind.word() + ":" + name);
                assertThat(folder.resolve(".gitignore")).exists();
                assertThat(folder.resolve("README.md")).content().contains("margay " + kind.word() + " run");
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        assertThat(file).content().doesNotContainPattern("@[A-Z]+@");
                    }
                }
            }
        }
    }

    @Test
    void newRefuses() throws IOException {
        Path folder = made("function", "alarm", "python");
        Files.writeString(folder.resolve("event.json"), "mine");
        for (String line : List.of(
                "function new alarm --language python --dir " + folder,
                "function new 1alarm --language python",
                "driver new with-hyphen --language python",
                "driver new a23456789012345678901 --language c",
                "function new x --language perl",
                "function new x")) {
            assertThat(gateway.run(line.split(" "))).as(line).isEqualTo(ExitCode.BAD_INPUT);
        }
        assertThat(folder.resolve("event.json")).content().isEqualTo("mine");
    }

    @Test
    void runNeedsAProjectAndAGateway() throws IOException {
        assertThat(gateway.run("function", "run", temporary.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("margay.yaml", "margay function new");
        Path folder = made("function", "alarm", "python");
        assertThat(gateway.run("driver", "run", folder.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("has no driver", "margay function run");
        assertThat(gateway.run("function", "run", folder.toString(), "--home", temporary.toString()))
                .isEqualTo(ExitCode.NO_GATEWAY);
        Files.writeString(folder.resolve("margay.yaml"), "instance: a\ninstance: b\n");
        assertThat(gateway.run("function", "run", folder.toString())).isEqualTo(ExitCode.BAD_INPUT);
    }

    @Test
    void aPlaceThatIsTakenIsLeft() throws Exception {
        Path folder = made("function", "alarm", "python");
        uploadable(folder);
        gateway.problem(
                "PUT /instance/parts?soak=0s&new=true",
                409,
                "{\"type\":\"urn:margay:problem:conflict\",\"detail\":\"the gateway runs function alarm already\"}");
        ProjectDeployment deployment = deployment(false);
        assertThatThrownBy(() -> session(folder, deployment).run())
                .hasMessage("the gateway runs function alarm already; take their place with --replace");
        assertThat(deployment.end()).isEmpty();
        assertThat(gateway.requests).noneMatch(request -> request.equals("PUT /instance/parts?soak=0s"));
    }

    private ProjectDeployment deployment(boolean replace) throws CliException {
        return new ProjectDeployment(new Client(new Home(gateway.home)), replace);
    }

    private RunSession session(Path folder, ProjectDeployment deployment) {
        Terminal terminal = new Terminal(System.out, System.err, false, false, Optional.empty());
        return new RunSession(
                folder, WorkloadId.Kind.FUNCTION, install, Optional.empty(), deployment, new RunView(terminal, false));
    }

    /** The gateway takes the code of a project as it is. */
    private void uploadable(Path folder) throws IOException {
        Path zip = Files.createTempFile(temporary, "code", ".zip");
        Packer.zip(folder.resolve("src"), zip);
        gateway.json("PUT /artefacts/" + Packer.sha256(zip), "{}");
    }

    private Map<String, Object> sent(String request) throws IOException {
        return Json.object(gateway.bodies.get(request));
    }

    @Test
    void aProjectComesChangesAndGoes() throws Exception {
        Path folder = made("function", "alarm", "python");
        String put = "PUT /instance/parts?soak=0s&new=true";
        gateway.json(put, "{}");
        gateway.json("PUT /instance/parts?soak=0s", "{}");
        uploadable(folder);
        ProjectDeployment deployment = deployment(false);
        assertThat(deployment.put(Project.read(folder))).isPresent();
        assertThat(sent(put)).containsEntry("remove", Map.of());
        assertThat(deployment.put(Project.read(folder))).as("nothing is new").isEmpty();

        Files.writeString(folder.resolve("src/index.py"), "def handler(event, context): pass\n");
        uploadable(folder);
        assertThat(deployment.put(Project.read(folder))).isPresent();
        Map<String, Object> ours = Map.of(
                "products", List.of(),
                "drivers", List.of(),
                "devices", List.of(),
                "functions", List.of("alarm"),
                "routes", List.of());
        assertThat(sent(put)).containsEntry("remove", ours);

        assertThat(deployment.end()).contains("It is removed again.");
        assertThat(sent("PUT /instance/parts?soak=0s"))
                .containsEntry("remove", ours)
                .containsEntry("document", "{\"instance\":\"before\"}");
        assertThat(deployment.end()).as("once").isEmpty();
        assertThat(deployment.put(Project.read(folder))).as("after its end").isEmpty();
    }

    @Test
    void aProjectsTimersAreShownWithTheirNextFirings() throws Exception {
        Path folder = made("function", "alarm", "python");
        uploadable(folder);
        gateway.json(
                "PUT /instance/parts?soak=0s&new=true",
                "{\"timers\":[{\"function\":\"alarm\",\"name\":\"half\",\"zone\":\"UTC\","
                        + "\"next\":[\"2026-03-29T00:30Z\",\"2026-03-29T01:30Z\"],\"hint\":\"did you mean\"}]}");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8), System.err, false, false, Optional.empty());
        List<Map<String, Object>> timers = Json.maps(
                deployment(false).put(Project.read(folder)).orElseThrow().get("timers"));
        new RunView(terminal, false).deployed(false, 7, timers);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                deployed in 7 ms
                  timer alarm/half fires next: 2026-03-29 00:30, 01:30 (UTC)
                advice  timer alarm/half: did you mean
                """);
        out.reset();
        new RunView(terminal, true).deployed(true, 7, timers);
        assertThat(Json.object(out.toByteArray()))
                .containsEntry("event", "reloaded")
                .containsEntry("timers", timers);
    }

    @Test
    void whatWasThereBeforeComesBack() throws Exception {
        Path folder = made("function", "alarm", "python");
        uploadable(folder);
        gateway.json("PUT /instance/parts?soak=0s", "{}");
        gateway.json(
                "GET /instance",
                "{\"instance\":\"hall\",\"functions\":[{\"name\":\"alarm\",\"artefact\":\"1\"},{\"name\":\"other\"}]}");
        ProjectDeployment deployment = deployment(true);
        assertThat(deployment.put(Project.read(folder))).isPresent();
        assertThat(deployment.end()).contains("It is removed again, and what was there before is back.");
        assertThat(Json.map(Json.read(Json.string(sent("PUT /instance/parts?soak=0s"), "document")))
                        .get("functions"))
                .isEqualTo(List.of(Map.of("name", "alarm", "artefact", "1")));
    }

    @Test
    void javaIsCompiledIntoTheJarThatTheDocumentNames() throws Exception {
        Path folder = made("function", "alarm", "java");
        Path source = folder.resolve("src/main/java/example/Alarm.java");
        Files.writeString(source, "package example;\npublic final class Alarm {}\n");
        Files.createDirectories(folder.resolve("src/main/resources/texts"));
        Files.writeString(folder.resolve("src/main/resources/texts/one.txt"), "one");
        Project project = Project.read(folder);
        ProjectBuild build = ProjectBuild.of(project, install, Optional.empty());
        build.build(project);
        Path jar = folder.resolve("target/alarm.jar");
        String digest = Packer.sha256(jar);
        try (JarFile file = new JarFile(jar.toFile())) {
            assertThat(file.stream().map(entry -> entry.getName()))
                    .containsExactly("example/Alarm.class", "texts/one.txt");
        }
        build.build(project);
        assertThat(Packer.sha256(jar))
                .as("the same sources give the same bytes")
                .isEqualTo(digest);

        Files.writeString(source, "package example;\npublic final class Alarm {");
        assertThatThrownBy(() -> build.build(project))
                .isInstanceOf(CliException.class)
                .hasMessageStartingWith("src/main/java/example/Alarm.java:2: error: ");
        assertThat(jar).exists();
    }

    @Test
    void anyCommandMayBuild() throws Exception {
        Path folder = made("function", "alarm", "python");
        Project project = Project.read(folder);
        assertThat(ProjectBuild.of(project, install, Optional.empty()).makes()).isFalse();
        ProjectBuild.of(project, install, Optional.of("echo made >src/made")).build(project);
        assertThat(folder.resolve("src/made")).content().isEqualTo("made\n");
        assertThatThrownBy(() -> ProjectBuild.of(project, install, Optional.of("echo no; exit 3"))
                        .build(project))
                .hasMessage("no\nsh -c echo no; exit 3 ended with 3");
    }

    @Test
    void functionsAreInstalledOneByOne() throws IOException {
        Path jar = Files.writeString(temporary.resolve("alarm.jar"), "jar");
        String digest = Packer.sha256(jar);
        gateway.json("PUT /artefacts/" + digest, "{}");
        gateway.json("POST /functions?soak=0s", "{\"steps\":[]}");
        assertThat(gateway.run("function", "install", "alarm", jar.toString(), "--handler", "a.Alarm", "--soak", "0s"))
                .as(gateway.err())
                .isZero();
        assertThat(new String(gateway.bodies.get("POST /functions?soak=0s"), StandardCharsets.UTF_8))
                .isEqualTo("{\"name\":\"alarm\",\"handler\":\"a.Alarm\",\"artefact\":\"" + digest
                        + "\",\"language\":\"java\"}");
        gateway.json("GET /functions/alarm", "{}");
        gateway.json("PUT /functions/alarm", "{\"steps\":[]}");
        assertThat(gateway.run("function", "update", "alarm", "--mode", "continuous"))
                .isZero();
        assertThat(gateway.bodies.get("PUT /functions/alarm")).asString().isEqualTo("{\"mode\":\"continuous\"}");
        assertThat(gateway.run("function", "update", "alarm")).isEqualTo(ExitCode.BAD_INPUT);
        gateway.problem("DELETE /functions/alarm", 409, "{\"detail\":\"it has a route; with ?routes=true\"}");
        assertThat(gateway.run("function", "remove", "alarm")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).isEqualTo("it has a route; with --with-routes\n");
    }
}
