package dev.purebpf.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a function takes and gives. Immutable.
 *
 * @param name the full name of the function, such as {@code net/http.(*conn).serve}
 * @param parameters what it takes, in order; that of a method begins with what it is a method of
 * @param results what it gives, in order
 */
public record GoSignature(String name, List<Parameter> parameters, List<Parameter> results) {
    /** What compilers call a value without a name: {@code ~p0}, {@code ~r1}. */
    private static final String UNNAMED = "~";

    /** Copies the lists. */
    public GoSignature {
        parameters = List.copyOf(parameters);
        results = List.copyOf(results);
    }

    /**
     * One value.
     *
     * @param name its name; one that the compiler made up, as {@code ~r0}, if the source has none
     * @param type its type
     */
    public record Parameter(String name, GoType type) {
        /**
         * {@return whether the compiler added it to what the source has}, as it adds {@code .dict}
         * to functions with type parameters: it says what these stand for.
         */
        public boolean isAdded() {
            return name.startsWith(".");
        }

        @Override
        public String toString() {
            return name.startsWith(UNNAMED) ? type.name() : name + " " + type.name();
        }
    }

    /**
     * {@return what debugging information says of a function}
     *
     * <p>Compilers as late as Go 1.19 leave out parameters that are called {@code _}; what follows
     * one is then assigned the place of one before it. Go 1.27 writes them, as {@code ~p0}. {@link
     * EntryPlaces} mostly tells, {@link GoCall#argumentsSize()} always. Of functions with type
     * parameters and of methods of pointers that only call those of values they leave out what the
     * compiler added. And compilers before Go 1.17 write values in the order of their places on the
     * stack: one without bytes ({@code [0]int}) may come after that which has the same place, and
     * what follows is then assigned a place that can be too far behind.
     *
     * @param function its entry, of {@link DwarfTag#SUBPROGRAM}, as {@link
     *     dev.purebpf.dwarf.Dwarf#functionAt} finds it
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged, or not of Go
     */
    public static GoSignature of(Die function) {
        DwarfTypes types = new DwarfTypes();
        // What is described once for all inlined copies lacks values without a name: the function
        // itself has them all.
        List<Parameter> parameters = new ArrayList<>();
        List<Parameter> results = new ArrayList<>();
        for (Die child : function.children()) {
            if (child.tag() == DwarfTag.FORMAL_PARAMETER) {
                Die type =
                        child.type().orElseThrow(() -> child.malformed("a parameter has no type"));
                Parameter parameter = new Parameter(child.name().orElse("_"), types.of(type));
                if (!isResult(child)) {
                    parameters.add(parameter);
                } else if (!isRepeated(results, parameter)) {
                    results.add(parameter);
                }
            }
        }
        return new GoSignature(function.name().orElse(""), parameters, results);
    }

    /** Go 1.19 writes some of the results that have no name twice. */
    private static boolean isRepeated(List<Parameter> results, Parameter result) {
        return result.name().startsWith(UNNAMED)
                && results.stream().anyMatch(one -> one.name().equals(result.name()));
    }

    static boolean isResult(Die value) {
        return value.origin(DwarfAttribute.VARIABLE_PARAMETER)
                        .number(DwarfAttribute.VARIABLE_PARAMETER)
                        .orElse(0)
                != 0;
    }

    /** {@return the signature as Go's source has it} */
    @Override
    public String toString() {
        String given = joined(results);
        boolean simple = results.size() == 1 && given.equals(results.getFirst().type().name());
        String shown = simple ? " " + given : " (" + given + ")";
        return name + "(" + joined(parameters) + ")" + (results.isEmpty() ? "" : shown);
    }

    private static String joined(List<Parameter> values) {
        return values.stream()
                .filter(value -> !value.isAdded())
                .map(Parameter::toString)
                .collect(Collectors.joining(", "));
    }
}
