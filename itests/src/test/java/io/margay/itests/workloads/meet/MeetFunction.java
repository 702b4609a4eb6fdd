package io.margay.itests.workloads.meet;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;

/** Waits until so many calls have come to a folder; answers with its process. */
@Component
public final class MeetFunction implements FunctionHandler {
    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        String[] words = event.text().split(" ");
        Path folder = Path.of(words[0]);
        Files.createTempFile(folder, "call", "");
        while (count(folder) < Integer.parseInt(words[1])) {
            Thread.sleep(10);
        }
        return Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
    }

    private static long count(Path folder) throws Exception {
        try (Stream<Path> all = Files.list(folder)) {
            return all.count();
        }
    }
}
