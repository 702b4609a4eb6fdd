package io.margay.rest.internal;

import io.margay.security.Access;
import io.margay.security.RequestGuard;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** Lets a request in, or says why not: the host it names, who sends it, and from which page a browser sends it. */
final class Guard {
    private final Access access;
    private final RequestGuard requests;

    Guard(Access access, RequestGuard requests) {
        this.access = access;
        this.requests = requests;
    }

    /** @return why the request is refused, empty when it may pass */
    Optional<Problem> refusal(HttpServletRequest request) {
        Optional<String> wrongHost = requests.wrongHost(request);
        if (wrongHost.isPresent()) {
            return Optional.of(new Problem(421, "wrong-host", "Wrong host", wrongHost.get()));
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
        return requests.crossSite(request).map(why -> new Problem(403, "cross-site", "Refused", why));
    }
}
