package io.margay.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What must hold of a request whatever credentials it brings, as a browser sends credentials by itself: it names this
 * host (a page whose name was made to point to this host must not talk to the gateway), and a change comes from the
 * gateway's own page. Thread-safe.
 */
public final class RequestGuard {
    /** Framework property: names, by comma, beside those of the loopback under which a proxy on this host may ask. */
    public static final String HOSTS = "margay.http.hosts";

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    private final Set<String> hosts;

    /** @param hosts the value of {@link #HOSTS}; null where it is not set */
    public RequestGuard(String hosts) {
        this.hosts = hosts == null
                ? Set.of()
                : Arrays.stream(hosts.split(","))
                        .map(host -> host.strip().toLowerCase(Locale.ROOT))
                        .filter(host -> !host.isEmpty())
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** @return why the host that the request names is none of this gateway's, and what to do; empty when it is one */
    public Optional<String> wrongHost(HttpServletRequest request) {
        String host = request.getHeader("Host");
        if (!isLoopback(request.getLocalAddr()) || allowed(host)) {
            return Optional.empty();
        }
        return Optional.of(
                "this gateway is not '" + host + "'; ask it as localhost or 127.0.0.1, or add the name to " + HOSTS);
    }

    /** @return why a browser's change is refused; empty when no page of another site sent it, or it changes nothing */
    public Optional<String> crossSite(HttpServletRequest request) {
        // A browser adds Basic credentials by itself, whatever page makes it ask; it never adds a token.
        String authorization = request.getHeader("Authorization");
        boolean bearer = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        return bearer || SAFE.contains(request.getMethod()) || !fromForeignPage(request)
                ? Optional.empty()
                : Optional.of("a page of another site may not change this gateway");
    }

    private static boolean fromForeignPage(HttpServletRequest request) {
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
            String host = request.getHeader("Host");
            return host == null || !host.equalsIgnoreCase(new URI(origin).getAuthority());
        } catch (URISyntaxException e) {
            return true;
        }
    }

    private boolean allowed(String header) {
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
