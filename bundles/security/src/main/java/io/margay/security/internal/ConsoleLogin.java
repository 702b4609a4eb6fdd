package io.margay.security.internal;

import io.margay.security.Access;
import io.margay.security.RequestGuard;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.apache.felix.webconsole.spi.SecurityProvider;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The web console's login: the same users and the same token as the REST API. The framework property
 * {@code felix.webconsole.security.providers} names it, so the console answers nobody before it is there.
 */
@Component(property = SecurityProvider.PROPERTY_ID + "=io.margay.security")
public final class ConsoleLogin implements SecurityProvider {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLogin.class);

    /** HTTP 421: the servlet API has no name for it. */
    private static final int MISDIRECTED = 421;

    private final Access access;
    private final RequestGuard requests;

    @Activate
    public ConsoleLogin(BundleContext context, @Reference Access access) {
        this(access, new RequestGuard(context.getProperty(RequestGuard.HOSTS)));
    }

    ConsoleLogin(Access access, RequestGuard requests) {
        this.access = access;
        this.requests = requests;
    }

    /** Asked before each request for any page of the console, so this is where the console's pages are guarded. */
    @Override
    public Object authenticate(HttpServletRequest request, HttpServletResponse response) {
        // Shown inside a page of another site, the console would take clicks that were meant for that page.
        response.setHeader("Content-Security-Policy", "frame-ancestors 'self'");
        response.setHeader("X-Content-Type-Options", "nosniff");
        Optional<String> wrongHost = requests.wrongHost(request);
        if (wrongHost.isPresent()) {
            refuse(response, MISDIRECTED, wrongHost.get());
            return null;
        }
        Optional<String> user = access.authorize(request.getHeader("Authorization"));
        if (user.isEmpty()) {
            refuse(response);
            return null;
        }
        Optional<String> crossSite = requests.crossSite(request);
        if (crossSite.isPresent()) {
            refuse(response, HttpServletResponse.SC_FORBIDDEN, crossSite.get());
            return null;
        }
        return user.get();
    }

    /** The administrator is the only user yet and may do everything. */
    @Override
    public boolean authorize(Object user, String role) {
        return Users.ADMIN.equals(user);
    }

    /** The browser forgets the password when it is refused. */
    @Override
    public void logout(HttpServletRequest request, HttpServletResponse response) {
        refuse(response);
    }

    private static void refuse(HttpServletResponse response, int status, String why) {
        response.setStatus(status);
        response.setContentType("text/plain;charset=UTF-8");
        try {
            response.getWriter().println(why);
        } catch (IOException e) {
            LOG.debug("nobody is there to be told that {}", why, e);
        }
    }

    private static void refuse(HttpServletResponse response) {
        response.setHeader("WWW-Authenticate", "Basic realm=\"Margay\", charset=\"UTF-8\"");
        response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
    }
}
