package io.margay.security.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.security.Access;
import io.margay.security.RequestGuard;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleLoginTest {
    private static final String HOST = "127.0.0.1:8181";

    private final StringWriter body = new StringWriter();
    private final Map<String, String> sent = new TreeMap<>();
    private int status = 200;

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site,cross-site,403",
        "Sec-Fetch-Site,same-site,403",
        "Sec-Fetch-Site,same-origin,200",
        "Sec-Fetch-Site,none,200",
        "Origin,https://evil.example,403",
        "Origin,null,403",
        "Origin,http://127.0.0.1:8182,403",
        "Origin,http://127.0.0.1:8181,200",
        "Accept,*/*,200"
    })
    void changesComeFromTheConsolesOwnPages(String header, String value, int expected) {
        Object user = ask("POST", Map.of("Host", HOST, "Authorization", "Basic right", header, value));
        assertThat(status).isEqualTo(expected);
        assertThat(user).isEqualTo(expected == 200 ? "admin" : null);
    }

    @Test
    void aTokenIsSentByNoBrowserOnItsOwn() {
        assertThat(ask("POST", Map.of("Host", HOST, "Authorization", "Bearer right", "Sec-Fetch-Site", "cross-site")))
                .isEqualTo("admin");
    }

    @Test
    void aLinkOnAnotherSiteMayLeadToTheConsole() {
        assertThat(ask("GET", Map.of("Host", HOST, "Authorization", "Basic right", "Sec-Fetch-Site", "cross-site")))
                .isEqualTo("admin");
        assertThat(sent).containsEntry("Content-Security-Policy", "frame-ancestors 'self'");
    }

    @ParameterizedTest
    @CsvSource({"evil.example:8181,421", "localhost,200", "[::1]:8181,200", "plant.example,200"})
    void onlyTheGatewaysOwnNamesAreAnswered(String host, int expected) {
        ask("GET", Map.of("Host", host, "Authorization", "Basic right"));
        assertThat(status).isEqualTo(expected);
    }

    @Test
    void aWrongHostIsToldWhatToDo() {
        assertThat(ask("GET", Map.of("Authorization", "Basic right"))).isNull();
        assertThat(body.toString()).contains("ask it as localhost or 127.0.0.1", "margay.http.hosts");
    }

    @Test
    void withoutCredentialsTheBrowserIsAsked() {
        assertThat(ask("POST", Map.of("Host", HOST, "Sec-Fetch-Site", "cross-site")))
                .isNull();
        assertThat(status).isEqualTo(401);
        assertThat(sent).containsKey("WWW-Authenticate");
    }

    private Object ask(String method, Map<String, String> headers) {
        Access access = new Access() {
            @Override
            public Optional<String> login(String user, char[] password) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Optional<String> authorize(String header) {
                return header != null && header.endsWith(" right") ? Optional.of("admin") : Optional.empty();
            }
        };
        HttpServletRequest request = fake(HttpServletRequest.class, (name, arguments) -> switch (name) {
            case "getMethod" -> method;
            case "getHeader" -> headers.get((String) arguments[0]);
            case "getLocalAddr" -> "127.0.0.1";
            default -> throw new UnsupportedOperationException(name);
        });
        HttpServletResponse response = fake(HttpServletResponse.class, (name, arguments) -> switch (name) {
            case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
            }
            case "setHeader" -> {
                sent.put((String) arguments[0], (String) arguments[1]);
                yield null;
            }
            case "setContentType" -> null;
            case "getWriter" -> new PrintWriter(body, true);
            default -> throw new UnsupportedOperationException(name);
        });
        return new ConsoleLogin(access, new RequestGuard("Plant.example, other")).authenticate(request, response);
    }

    private interface Calls {
        Object call(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Calls calls) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> calls.call(method.getName(), arguments)));
    }
}
