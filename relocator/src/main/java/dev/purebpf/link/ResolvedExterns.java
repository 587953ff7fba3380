package dev.purebpf.link;

import dev.purebpf.link.ExternDefinition.KernelFunction;
import dev.purebpf.link.ExternDefinition.Setting;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The externs of an object with what they are in a kernel.
 *
 * @param definitions all externs by name
 * @param indexes the place of each in the order of the object
 * @param values what each is, as far as that could be found out
 * @param problems why the others are nothing
 * @param settings the value of map {@code .kconfig}
 * @param functionModules the modules that functions come from, in the order in which they were met
 */
record ResolvedExterns(
        Map<String, ExternDefinition> definitions,
        Map<String, Integer> indexes,
        Map<String, ExternValue> values,
        Map<String, String> problems,
        byte[] settings,
        List<String> functionModules) {

    /** Collects. */
    static final class Builder {
        private final Map<String, ExternDefinition> definitions = new LinkedHashMap<>();
        private final Map<String, Integer> indexes = new HashMap<>();
        private final Map<String, ExternValue> values = new LinkedHashMap<>();
        private final Map<String, String> problems = new LinkedHashMap<>();
        private final List<String> functionModules = new ArrayList<>();
        private final byte[] settings;

        Builder(ObjectFile object) {
            int size = 0;
            for (ExternDefinition extern : object.externs()) {
                indexes.putIfAbsent(extern.name(), definitions.size());
                definitions.putIfAbsent(extern.name(), extern);
                if (extern instanceof Setting setting) {
                    size = setting.offset() + setting.size();
                }
            }
            settings = new byte[size];
        }

        byte[] settings() {
            return settings;
        }

        void put(ExternDefinition extern, ExternValue value) {
            values.put(extern.name(), value);
            if (extern instanceof KernelFunction
                    && value instanceof ExternValue.KernelType type
                    && !type.module().isEmpty()
                    && !functionModules.contains(type.module())) {
                functionModules.add(type.module());
            }
        }

        void fail(ExternDefinition extern, String problem) {
            problems.put(extern.name(), problem);
        }

        ResolvedExterns build() {
            return new ResolvedExterns(
                    definitions,
                    indexes,
                    Collections.unmodifiableMap(values),
                    Collections.unmodifiableMap(problems),
                    settings,
                    List.copyOf(functionModules));
        }
    }

    /**
     * {@return the index of a module in the array of descriptors that is loaded with a program; 0
     * stands for the kernel itself}
     */
    int descriptorIndex(String module) {
        return module.isEmpty() ? 0 : functionModules.indexOf(module) + 1;
    }
}
