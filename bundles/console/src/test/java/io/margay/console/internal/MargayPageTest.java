package io.margay.console.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.felix.webconsole.servlet.ServletConstants;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

class MargayPageTest {
    /** What the page answered. */
    private static final class Answer {
        final Map<String, Object> headers = new HashMap<>();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final StringWriter text = new StringWriter();
        int status = 200;

        HttpServletResponse response() {
            Map<String, Function<Object[], Object>> answers = new HashMap<>();
            answers.put("setStatus", args -> status = (int) args[0]);
            answers.put("sendError", args -> status = (int) args[0]);
            answers.put("setHeader", args -> headers.put((String) args[0], args[1]));
            answers.put("addHeader", args -> headers.merge((String) args[0], args[1], (a, b) -> a + ", " + b));
            answers.put("setContentType", args -> headers.put("Content-Type", args[0]));
            answers.put("setCharacterEncoding", args -> null);
            answers.put("setContentLength", args -> null);
            answers.put("getWriter", args -> new PrintWriter(text, true));
            answers.put("getOutputStream", args -> new ServletOutputStream() {
                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setWriteListener(WriteListener listener) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void write(int b) {
                    bytes.write(b);
                }
            });
            return FakeGateway.only(HttpServletResponse.class, answers);
        }

        Map<String, Object> json() throws IOException {
            return Json.readObject(bytes.toByteArray());
        }
    }

    private static HttpServletRequest request(String path, Map<String, String> parameters) {
        return FakeGateway.only(
                HttpServletRequest.class,
                Map.of(
                        "getPathInfo", args -> path,
                        "getParameter", args -> parameters.get((String) args[0]),
                        "getAttribute",
                                args -> args[0].equals(ServletConstants.ATTR_PLUGIN_ROOT) ? "/a\"><b>/margay" : null));
    }

    private static MargayPage page(FakeGateway gateway) throws IOException {
        Bundle bundle = FakeGateway.only(Bundle.class, Map.of("getLastModified", args -> 1_000L));
        BundleContext context = FakeGateway.only(
                BundleContext.class, Map.of("getBundle", args -> bundle, "getProperty", args -> "0.1.0"));
        return new MargayPage(
                context,
                gateway.deployer(),
                gateway.deviceService(),
                gateway.functionService(),
                gateway.routeService(),
                gateway.cron(),
                gateway.logs());
    }

    private static String file(String name) throws IOException {
        try (InputStream in = MargayPage.class.getResourceAsStream("/res/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void hostileTextsTravelAsJsonThatNoBrowserTakesForAPage() throws Exception {
        Answer answer = new Answer();

        page(FakeGateway.boilerRoom(3)).doGet(request("/margay/status.json", Map.of()), answer.response());

        assertThat(answer.headers)
                .containsEntry("Content-Type", "application/json")
                .containsEntry("X-Content-Type-Options", "nosniff");
        assertThat((String) answer.headers.get("Cache-Control")).contains("no-store");
        assertThat(answer.json().toString()).contains(FakeGateway.HOSTILE);
    }

    @Test
    void aWrongParameterIsABadRequestThatSaysWhich() throws Exception {
        Answer answer = new Answer();

        page(new FakeGateway()).doGet(request("/margay/status.json", Map.of("level", "<b>")), answer.response());

        assertThat(answer.status).isEqualTo(400);
        assertThat((String) answer.json().get("error")).contains("level").contains("warn");
        assertThat(answer.headers).containsEntry("Content-Type", "application/json");
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        for (String path : new String[] {"/margay/other", "/margay/res/none.js", "/margay/status.json/x"}) {
            Answer answer = new Answer();
            page(new FakeGateway()).doGet(request(path, Map.of()), answer.response());
            assertThat(answer.status).as(path).isEqualTo(404);
        }
    }

    @Test
    void theFrameHoldsNothingOfTheGatewayAndEscapesItsOwnAddress() throws Exception {
        Answer answer = new Answer();

        page(FakeGateway.boilerRoom(3)).renderContent(request("/margay", Map.of()), answer.response());

        assertThat(answer.text.toString())
                .contains("data-root=\"/a&quot;&gt;&lt;b&gt;/margay\"")
                .contains("/res/margay.js?rs")
                .doesNotContain("boiler-1")
                .doesNotContain("@root@", "@build@");
    }

    @Test
    void theScriptSetsTextsOnlyAsTexts() throws IOException {
        assertThat(file("margay.js"))
                .doesNotContainPattern(
                        "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function|\\.on[a-z]+ ?=");
        assertThat(file("margay.html"))
                .as("no inline handlers or scripts; no variable that the console would replace")
                .doesNotContainPattern("\\son[a-z]+=|<script>|\\$\\{");
    }

    @Test
    void tablesCanBeReadAloud() throws IOException {
        String html = file("margay.html");

        assertThat(html.split("<table", -1)).hasSameSizeAs(html.split("<caption>", -1));
        assertThat(html).contains("aria-live=\"polite\"");
        assertThat(file("margay.js")).contains("scope: 'col'").contains("scope: 'row'");
    }
}
