package io.margay.security.internal;

import io.margay.security.Access;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users with passwords, and the token of the command line. Makes the administrator's password at the first start and
 * shows it on standard output, once.
 */
@Component(immediate = true)
public final class AccessImpl implements Access {
    /** Framework property: {@code true} makes a new administrator's password at this start. */
    static final String RESET = "margay.security.reset";

    private static final int MAX_HEADER = 4096;
    private static final int KEY_BYTES = 32;
    private static final Logger LOG = LoggerFactory.getLogger(AccessImpl.class);

    private final Map<String, PasswordHash> users;
    private final Path tokenFile;
    private final byte[] token;
    private final byte[] cacheKey = new byte[KEY_BYTES];

    /** User to the keyed digest of the password that was right, so that not each request costs a tenth of a second. */
    private final Map<String, byte[]> verified = new ConcurrentHashMap<>();

    private final Throttle throttle = new Throttle(System::nanoTime);

    /** @throws IOException the files can't be read or written: then nobody gets in */
    @Activate
    public AccessImpl(BundleContext context) throws IOException {
        this(home(context), Boolean.parseBoolean(context.getProperty(RESET)), System.out::println);
    }

    AccessImpl(Path home, boolean reset, java.util.function.Consumer<String> terminal) throws IOException {
        SecureRandom random = new SecureRandom();
        random.nextBytes(cacheKey);
        Users file = new Users(home.resolve("data/users"), random);
        if (reset || !file.exist()) {
            String password = file.resetAdmin();
            terminal.accept(
                    "User " + Users.ADMIN + ", password " + password
                            + "\nThe password is shown this once and can't be read again. For a new one: margay start --reset-password");
        }
        users = file.read();
        byte[] secret = new byte[KEY_BYTES];
        random.nextBytes(secret);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        token = text.getBytes(StandardCharsets.US_ASCII);
        tokenFile = home.resolve("run/cli.token");
        SecretFile.write(tokenFile, text + "\n", false);
    }

    static Path home(BundleContext context) {
        String home = context.getProperty("margay.home");
        if (home == null) {
            throw new IllegalStateException("the framework property margay.home is not set");
        }
        return Path.of(home);
    }

    @Deactivate
    void close() throws IOException {
        Files.deleteIfExists(tokenFile);
    }

    @Override
    public Optional<String> authorize(String header) {
        if (header == null || header.length() > MAX_HEADER) {
            return Optional.empty();
        }
        int blank = header.indexOf(' ');
        if (blank < 0) {
            return Optional.empty();
        }
        String value = header.substring(blank + 1).strip();
        return switch (header.substring(0, blank).toLowerCase(Locale.ROOT)) {
            case "bearer" ->
                MessageDigest.isEqual(token, value.getBytes(StandardCharsets.UTF_8))
                        ? Optional.of(Users.ADMIN)
                        : Optional.empty();
            case "basic" -> basic(value);
            default -> Optional.empty();
        };
    }

    private Optional<String> basic(String value) {
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // no Base64, so no credentials
        }
        int colon = pair.indexOf(':');
        return colon < 0
                ? Optional.empty()
                : login(pair.substring(0, colon), pair.substring(colon + 1).toCharArray());
    }

    @Override
    public Optional<String> login(String user, char[] password) {
        PasswordHash hash = users.get(user);
        byte[] digest = digest(user, password);
        byte[] known = verified.get(user);
        if (hash != null && known != null && MessageDigest.isEqual(known, digest)) {
            return Optional.of(user);
        }
        return verify(user, password, hash, digest);
    }

    /** One at a time: guessing in parallel gains nothing and takes no more than one core. */
    private synchronized Optional<String> verify(String user, char[] password, PasswordHash hash, byte[] digest) {
        if (!throttle.open()) {
            return Optional.empty();
        }
        // An unknown user costs the same time as a wrong password, so that nobody learns which users there are.
        boolean right = (hash == null ? users.get(Users.ADMIN) : hash).matches(password) && hash != null;
        if (right) {
            throttle.succeeded();
            verified.put(user, digest);
            return Optional.of(user);
        }
        long seconds = throttle.failed();
        if (seconds > 0) {
            LOG.warn(
                    "several failed logins, the last as '{}': no password is looked at for {} s", shown(user), seconds);
        }
        return Optional.empty();
    }

    private static String shown(String user) {
        String printable = user.replaceAll("[^\\w.@-]", "?");
        return printable.length() > 32 ? printable.substring(0, 32) + "…" : printable;
    }

    private byte[] digest(String user, char[] password) {
        byte[] bytes = new String(password).getBytes(StandardCharsets.UTF_8);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(cacheKey, "HmacSHA256"));
            mac.update(user.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM can't compute HmacSHA256", e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
