package io.margay.api.driver;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A driver's configuration. At most one of the three formats is filled.
 *
 * @param values the key-value format, in the order it was written
 * @param json the JSON format as nested maps, lists, strings, numbers ({@code Long}, {@code BigInteger} beyond it,
 *     {@code Double}), booleans and nulls; empty where not given
 * @param files read-only copies of the files of the file format
 */
public record DriverConfiguration(Map<String, String> values, Map<String, Object> json, List<Path> files) {
    public DriverConfiguration {
        values = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(values));
        json = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(json));
        files = List.copyOf(files);
    }
}
