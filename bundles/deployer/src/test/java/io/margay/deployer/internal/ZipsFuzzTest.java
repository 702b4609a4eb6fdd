package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.margay.model.InvalidException;
import io.margay.packages.PackageZip;
import io.margay.packages.RawZip;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zips that were damaged by chance: each is refused in words or taken, and no file appears beside the folder. */
class ZipsFuzzTest {
    private static final int RUNS = 2000;
    private static final String[] NAMES = {"index.py", "../out", "/out", "lib/../../out", "LIB/x", "a\\..\\..\\out"};

    @TempDir
    Path folder;

    private static List<byte[]> seeds() {
        return List.of(
                new RawZip().add("index.py", "print('hello')\n".repeat(20)).bytes(),
                new RawZip()
                        .add("main", new byte[300], RawZip.EXECUTABLE, 0)
                        .add("lib/", "")
                        .add("lib/x", "y")
                        .bytes(),
                new RawZip().add("lib/x", new byte[50], RawZip.LINK, 0).bytes(),
                Jars.bundle("1.0.0"),
                Jars.nested("inner.jar", Jars.bundle("1.0.0")));
    }

    @Test
    void nothingButWordsAndFilesInTheFolder() throws Exception {
        Path zips = Files.createDirectory(folder.resolve("zips"));
        Unpacked unpacked = new Unpacked(folder.resolve("unpacked"));
        int taken = 0;
        for (int run = 0; run < RUNS; run++) {
            Random random = new Random(run);
            byte[] seed = seeds().get(run % seeds().size());
            Path file = Files.write(zips.resolve("a.zip"), run < seeds().size() ? seed : damage(seed, random));
            try (PackageZip zip = PackageZip.open("drivers[0]", "a.zip", file, true)) {
                taken++;
                unpacked.folder("run" + run, file);
            } catch (InvalidException | IOException e) {
                assertThat(e).as("run %d", run).hasMessageMatching("(?s).*\\w.*");
            } catch (RuntimeException | Error e) {
                fail("run " + run, e);
            }
            try (Stream<Path> beside = Files.list(folder)) {
                assertThat(beside).as("run %d", run).containsExactlyInAnyOrder(zips, folder.resolve("unpacked"));
            }
        }
        System.out.println("damaged zips: " + RUNS + ", taken: " + taken + ", files elsewhere: 0");
        assertThat(taken).as("some are whole enough to be unpacked").isGreaterThan(RUNS / 50);
    }

    private static byte[] damage(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                // Most of what matters stands at the end.
                case 2 ->
                    bytes[bytes.length - 1 - random.nextInt(Math.min(bytes.length, 120))] = (byte) random.nextInt(256);
                case 3 -> put(bytes, NAMES[random.nextInt(NAMES.length)], at);
                default -> bytes = without(bytes, at, random.nextInt(8));
            }
        }
        return bytes;
    }

    private static void put(byte[] bytes, String name, int at) {
        for (int i = 0; i < name.length() && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) name.charAt(i);
        }
    }

    private static byte[] without(byte[] bytes, int at, int length) {
        ByteArrayOutputStream left = new ByteArrayOutputStream();
        left.write(bytes, 0, at);
        int from = Math.min(bytes.length, at + length);
        left.write(bytes, from, bytes.length - from);
        return left.toByteArray();
    }
}
