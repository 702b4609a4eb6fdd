package io.margay.driver.modbus.internal;

import io.margay.api.driver.DeviceSettings;
import io.margay.driver.modbus.internal.ChannelSettings.PollDefaults;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code modbus.properties} of a product's extension. */
final class MappingReader {
    /** Which half comes first. */
    private enum Order {
        BIG,
        LITTLE
    }

    private MappingReader() {}

    /** @param poll what holds where a property says nothing itself */
    static Map<String, Mapping> read(DeviceSettings settings, Section product, PollDefaults poll)
            throws ConfigurationException {
        Order words = product.choice("wordOrder", Order.class, Order.BIG);
        Order bytes = product.choice("byteOrder", Order.class, Order.BIG);
        Section properties = product.section("properties");
        if (properties == null || properties.keys().isEmpty()) {
            throw product.wrong("properties", "missing; at least one property is wanted");
        }
        product.end();
        Map<String, String> model = modelTypes(settings.thingModel());
        Map<String, Mapping> mappings = new LinkedHashMap<>();
        for (Object key : properties.keys()) {
            String name = String.valueOf(key);
            if (!model.isEmpty() && !model.containsKey(name)) {
                throw properties.wrong(name, "there is no such property in the thing model");
            }
            Section section = properties.section(name);
            if (section == null) {
                throw properties.wrong(name, "an object is wanted");
            }
            Mapping mapping = mapping(name, section, words, bytes, "int".equals(model.get(name)), poll);
            section.end();
            if (mapping.size() > poll.maxRegisters()) {
                throw section.wrong("length", "more registers than maxRegisters (" + poll.maxRegisters() + ") allows");
            }
            mappings.put(name, mapping);
        }
        return mappings;
    }

    private static Mapping mapping(
            String name, Section section, Order words, Order bytes, boolean whole, PollDefaults poll)
            throws ConfigurationException {
        if (!section.has("address")) {
            throw section.wrong("address", "missing; a number from 0 to 65535 is wanted");
        }
        Table table = section.choice("table", Table.class, Table.HOLDING);
        ValueType type = section.choice("type", ValueType.class, table.bits() ? ValueType.BOOL : ValueType.UINT16);
        Mapping mapping = new Mapping(
                name,
                table,
                section.integer("address", 0, 0, 65_535),
                type,
                section.choice("wordOrder", Order.class, words) == Order.BIG,
                section.choice("byteOrder", Order.class, bytes) == Order.BIG,
                section.integer("bit", -1, 0, 15),
                section.integer("length", 0, 1, 250),
                section.number("scale", BigDecimal.ONE),
                section.number("offset", BigDecimal.ZERO),
                whole,
                section.flag("writable", false),
                section.integer("pollMs", poll.pollMs(), 1, 86_400_000));
        check(section, mapping);
        return mapping;
    }

    private static void check(Section section, Mapping mapping) throws ConfigurationException {
        if (mapping.table().bits() && mapping.type() != ValueType.BOOL) {
            throw section.wrong("type", "a coil or discrete input holds a bool only");
        }
        if (mapping.bit() >= 0 && (mapping.table().bits() || mapping.type() != ValueType.BOOL)) {
            throw section.wrong("bit", "only a bool in a register has a bit");
        }
        if (mapping.type() == ValueType.STRING && mapping.length() == 0) {
            throw section.wrong("length", "missing; the string's length in bytes is wanted");
        }
        if (mapping.type() != ValueType.STRING && mapping.length() > 0) {
            throw section.wrong("length", "only a string has a length");
        }
        if (mapping.scale().signum() == 0) {
            throw section.wrong("scale", "0 would make all values equal");
        }
        if (mapping.scaled() && !mapping.type().number()) {
            throw section.wrong("scale", "only numbers have scale and offset");
        }
        if (mapping.writable() && !mapping.table().writable()) {
            throw section.wrong("writable", "only holding registers and coils can be written");
        }
        if (mapping.end() > 65_536) {
            throw section.wrong("address", "the value would end behind address 65535");
        }
    }

    /** Identifier to type of each property in the thing model. */
    private static Map<String, String> modelTypes(Map<String, Object> thingModel) {
        Map<String, String> types = new LinkedHashMap<>();
        if (thingModel.get("properties") instanceof List<?> properties) {
            for (Object property : properties) {
                if (property instanceof Map<?, ?> map && map.get("identifier") instanceof String identifier) {
                    Object type = map.get("dataType") instanceof Map<?, ?> dataType ? dataType.get("type") : null;
                    types.put(identifier, String.valueOf(type));
                }
            }
        }
        return types;
    }
}
