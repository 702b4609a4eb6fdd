package io.margay.rest.internal;

import io.margay.security.Access;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lets a request in, or says why not: the host it names (a page whose name was made to point to this host must not talk
 * to the gateway), who sends it, and, for changes, from which page a browser sends it.
 */
final class Guard {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    private final Access access;
    private final Set<String> hosts;

    /** @param hosts names, beside those of the loopback, under which a proxy on this host may ask; lower case */
    Guard(Access access, Set<String> hosts) {
        this.access = access;
        this.hosts = hosts;
    }

    /** @return why the request is refused, empty when it may pass */
    Optional<Problem> refusal(HttpServletRequest request) {
        String host = request.getHeader("Host");
        if (isLoopback(request.getLocalAddr()) && !hostAllowed(host)) {
            return Optional.of(new Problem(
                    421,
                    "wrong-host",
                    "Wrong host",
                    "this gateway is not '" + host + "'; ask it as localhost or 127.0.0.1, or add the name to"
                            + " margay.http.hosts"));
        }
        String authorization = request.getHeader("Authorization");
        if (access.authorize(authorization).isEmpty()) {
            return Optional.of(new Problem(
                            401,
                            "unauthorized",
                            "Not authenticated",
                            authorization == null
                                    ? "send user and password (Basic) or the token of the file run/cli.token (Bearer)"
                                    : "user, password or token is wrong")
                    .with("WWW-Authenticate", "Basic realm=\"Margay\", charset=\"UTF-8\""));
        }
        // A browser adds Basic credentials by itself, whatever page makes it ask; it never adds a token.
        boolean bearer = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        if (!bearer && !SAFE.contains(request.getMethod()) && foreignPage(request, host)) {
            return Optional.of(
                    new Problem(403, "cross-site", "Refused", "a page of another site may not change this gateway"));
        }
        return Optional.empty();
    }

    private static boolean foreignPage(HttpServletRequest request, String host) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin") && !site.equals("none");
        }
        String origin = request.getHeader("Origin");
        if (origin == null) {
            // No browser: every browser sends one of the two with a change.
            return false;
        }
        try {
            return host == null || !host.equalsIgnoreCase(new URI(origin).getAuthority());
        } catch (URISyntaxException e) {
            return true;
        }
    }

    private boolean hostAllowed(String header) {
        if (header == null) {
            return false;
        }
        String name = header.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]+$", "");
        return LOOPBACK.matcher(name).matches() || hosts.contains(name);
    }

    private static boolean isLoopback(String address) {
        try {
            // A literal address: nothing is looked up.
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return true;
        }
    }
}
