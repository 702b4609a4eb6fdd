package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.launcher.FeaturePlan.BundleEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeaturePlanTest {
    @TempDir
    Path install;

    @BeforeEach
    void features() throws IOException {
        Files.createDirectories(install.resolve("features"));
        Files.createDirectories(install.resolve("lib/bundles"));
        for (String jar : List.of("a-1.0.0.jar", "b-2.jar", "c-3-SNAPSHOT.jar")) {
            Files.createFile(install.resolve("lib/bundles").resolve(jar));
        }
        write("one", """
                {"feature-resource-version": "1.0", "id": "g:one:1",
                 "bundles": [{"id": "g:b:2"}, {"id": "g:a:1.0.0", "bundleStartLevel": 3}],
                 "configurations": {"some.pid": {"threads:Integer": 2, "name": "x"}, "f.pid~n": {"on:Boolean": true}},
                 "extensions": {"framework-launching-properties":
                    {"kind": "mandatory", "type": "json", "json": {"p": "one", "n": 7}}}}""");
        write("two", """
                {"feature-resource-version": "1.0", "id": "g:two:1",
                 "bundles": [{"id": "g:a:1.0.0"}, {"id": "g:c:3-SNAPSHOT"}],
                 "extensions": {"framework-launching-properties":
                    {"kind": "mandatory", "type": "json", "json": {"p": "two"}}}}""");
    }

    private void write(String name, String json) throws IOException {
        Files.writeString(install.resolve("features").resolve(name + ".json"), json);
    }

    @Test
    void featuresComeTogetherInTheOrderOfTheirStart() throws Exception {
        FeaturePlan plan = FeaturePlan.read(install, List.of("one", "two"));
        Path bundles = install.resolve("lib/bundles");
        assertThat(plan.bundles())
                .containsExactly(
                        new BundleEntry("g:b:2", bundles.resolve("b-2.jar"), 1),
                        new BundleEntry("g:c:3-SNAPSHOT", bundles.resolve("c-3-SNAPSHOT.jar"), 1),
                        new BundleEntry("g:a:1.0.0", bundles.resolve("a-1.0.0.jar"), 3));
        assertThat(plan.frameworkProperties()).containsExactlyInAnyOrderEntriesOf(Map.of("p", "two", "n", "7"));
        assertThat(plan.configurations().get("some.pid"))
                .containsEntry("threads", 2)
                .containsEntry("name", "x");
        assertThat(plan.configurations()).containsKey("f.pid~n");
    }

    @Test
    void theCacheSaysTheSameUntilAFeatureChanges() throws Exception {
        Path file = install.resolve("features.plan");
        FeatureCache cache = new FeatureCache(install, file);
        FeaturePlan plan = cache.read(List.of("one", "two"));
        assertThat(plan).isEqualTo(FeaturePlan.read(install, List.of("one", "two")));
        byte[] written = Files.readAllBytes(file);
        assertThat(cache.read(List.of("one", "two"))).isEqualTo(plan);
        assertThat(cache.read(List.of("two")).bundles()).hasSize(2);

        Files.write(file, written);
        write("two", """
                {"feature-resource-version": "1.0", "id": "g:two:1", "bundles": [{"id": "g:c:3-SNAPSHOT"}]}""");
        assertThat(cache.read(List.of("one", "two")).frameworkProperties()).containsEntry("p", "one");
    }

    @Test
    void aDamagedCacheIsMadeAnew() throws Exception {
        Path file = install.resolve("features.plan");
        FeatureCache cache = new FeatureCache(install, file);
        FeaturePlan plan = cache.read(List.of("one"));
        byte[] written = Files.readAllBytes(file);
        for (int i = 0; i < written.length; i += 11) {
            byte[] damaged = written.clone();
            damaged[i] ^= 0x20;
            Files.write(file, damaged);
            assertThat(cache.read(List.of("one"))).as("byte %d", i).isEqualTo(plan);
            Files.write(file, java.util.Arrays.copyOf(written, i));
            assertThat(cache.read(List.of("one"))).as("first %d bytes", i).isEqualTo(plan);
        }
    }

    @Test
    void whatIsWrongIsNamed() throws IOException {
        assertThatThrownBy(() -> FeaturePlan.read(install, List.of("three")))
                .hasMessageContaining("'three'")
                .hasMessageContaining("margay.features");
        write("bad", "{\"feature-resource-version\": \"1.0\", \"id\": ");
        assertThatThrownBy(() -> FeaturePlan.read(install, List.of("bad"))).hasMessageContaining("bad.json");
        write("gone", "{\"id\": \"g:gone:1\", \"bundles\": [{\"id\": \"g:nowhere:1\"}]}");
        assertThatThrownBy(() -> FeaturePlan.read(install, List.of("gone")))
                .hasMessageContaining("gone.json")
                .hasMessageContaining("nowhere-1.jar");
        write("level", "{\"id\": \"g:l:1\", \"bundles\": [{\"id\": \"g:b:2\", \"bundleStartLevel\": 0}]}");
        assertThatThrownBy(() -> FeaturePlan.read(install, List.of("level")))
                .hasMessageContaining("bundleStartLevel of g:b:2");
    }
}
