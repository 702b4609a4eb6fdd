package io.margay.rest.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouterTest {
    private final Handler get = x -> {};
    private final Handler put = x -> {};
    private final Router router = new Router()
            .add("GET", "/devices", get)
            .add("GET", "/devices/{product}/{device}", get)
            .add("PUT", "/devices/{product}/{device}/properties", put);

    @Test
    void findsHandlerAndParameters() {
        assertThat(router.match("GET", "/devices/boiler/boiler-1"))
                .isEqualTo(new Router.Found(get, Map.of("product", "boiler", "device", "boiler-1"), List.of()));
        assertThat(router.match("PUT", "/devices/a/b/properties")).isInstanceOf(Router.Found.class);
        assertThat(router.match("GET", "/devices/")).isInstanceOf(Router.Found.class);
    }

    @Test
    void namesTheMethodsOfAKnownPath() {
        assertThat(router.match("DELETE", "/devices")).isEqualTo(new Router.WrongMethod(List.of("GET", "HEAD")));
        assertThat(router.match("HEAD", "/devices")).isEqualTo(new Router.Found(get, Map.of(), List.of()));
        assertThat(router.match("HEAD", "/devices/a/b/properties")).isEqualTo(new Router.WrongMethod(List.of("PUT")));
    }

    @Test
    void knowsNothingElse() {
        for (String path : new String[] {"/", "", "/device", "/devices/a", "/devices//b", "/devices/a/b/c/d"}) {
            assertThat(router.match("GET", path)).as(path).isInstanceOf(Router.Unknown.class);
        }
    }

    @Test
    void refusesTheSameTwice() {
        assertThatThrownBy(() -> router.add("GET", "/devices", put)).hasMessageContaining("GET /devices");
    }
}
