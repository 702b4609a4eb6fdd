package io.margay.itests;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.Test;
import org.junit.rules.TestWatcher;
import org.junit.runner.Description;

/** Prints one line when all tests of a class have passed. */
final class Summary extends TestWatcher {
    /** Over the instances of a test class: JUnit makes one for each test. */
    private static final Map<Class<?>, Set<String>> PASSED = new ConcurrentHashMap<>();

    private final String name;
    private final String promise;

    Summary(Class<?> tests, String promise) {
        this.name = tests.getSimpleName();
        this.promise = promise;
        PASSED.computeIfAbsent(tests, t -> new TreeSet<>());
    }

    @Override
    protected void succeeded(Description description) {
        Class<?> tests = description.getTestClass();
        Set<String> passed = PASSED.get(tests);
        passed.add(description.getMethodName());
        long all = Arrays.stream(tests.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .count();
        if (passed.size() == all) {
            System.out.printf("%s: %s (%d promises kept)%n", name, promise, all);
        }
    }
}
