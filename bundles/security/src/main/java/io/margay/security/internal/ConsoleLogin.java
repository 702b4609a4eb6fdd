package io.margay.security.internal;

import io.margay.security.Access;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.apache.felix.webconsole.spi.SecurityProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The web console's login: the same users and the same token as the REST API. The framework property
 * {@code felix.webconsole.security.providers} names it, so the console answers nobody before it is there.
 */
@Component(property = SecurityProvider.PROPERTY_ID + "=io.margay.security")
public final class ConsoleLogin implements SecurityProvider {
    private final Access access;

    @Activate
    public ConsoleLogin(@Reference Access access) {
        this.access = access;
    }

    @Override
    public Object authenticate(HttpServletRequest request, HttpServletResponse response) {
        Optional<String> user = access.authorize(request.getHeader("Authorization"));
        if (user.isEmpty()) {
            refuse(response);
        }
        return user.orElse(null);
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

    private static void refuse(HttpServletResponse response) {
        response.setHeader("WWW-Authenticate", "Basic realm=\"Margay\", charset=\"UTF-8\"");
        response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
    }
}
