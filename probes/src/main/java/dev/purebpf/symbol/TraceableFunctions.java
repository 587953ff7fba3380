package dev.purebpf.symbol;

import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The functions of the kernel that can be traced by their begin, of which tracefs has a list:
 * others are inlined, or are what tracing itself needs.
 */
public final class TraceableFunctions {
    private TraceableFunctions() {}

    /** In place of functions that the linker dropped, the kernel's list has names made of these. */
    private static final String DROPPED = "__ftrace_invalid_address__";

    /**
     * {@return the functions whose names a pattern matches, by ascending address, each place once}
     *
     * <p>From {@code available_filter_functions_addrs} (6.5), or else from {@code
     * available_filter_functions} by the names, for which {@code /proc/kallsyms} has the addresses.
     *
     * @param kernel the kernel
     * @param tracefs where tracefs is mounted
     * @param glob the pattern
     * @throws IOException if the lists cannot be read
     */
    public static List<TraceableFunction> find(Kernel kernel, Path tracefs, Glob glob)
            throws IOException {
        String lines;
        try {
            lines = read(kernel, tracefs.resolve("available_filter_functions_addrs"));
        } catch (IOException e) {
            return byNames(kernel, tracefs, glob);
        }
        return ordered(
                lines.lines()
                        .map(line -> line.split("[ \t]+", 3))
                        .filter(parts -> parts.length >= 2 && glob.matches(parts[1]))
                        .map(
                                parts ->
                                        new TraceableFunction(
                                                parts[1], Long.parseUnsignedLong(parts[0], 16))));
    }

    /**
     * {@return the names of the functions that a pattern matches, in alphabetical order, each once}
     *
     * @param kernel the kernel
     * @param tracefs where tracefs is mounted
     * @param glob the pattern
     * @throws IOException if the list cannot be read
     */
    public static List<String> names(Kernel kernel, Path tracefs, Glob glob) throws IOException {
        String lines = read(kernel, tracefs.resolve("available_filter_functions"));
        return lines.lines()
                .map(line -> line.split("[ \t]+", 2)[0])
                .filter(name -> glob.matches(name) && !name.startsWith(DROPPED))
                .sorted()
                .distinct()
                .toList();
    }

    private static List<TraceableFunction> byNames(Kernel kernel, Path tracefs, Glob glob)
            throws IOException {
        KernelSymbols symbols = Kallsyms.load(kernel);
        return ordered(
                names(kernel, tracefs, glob).stream()
                        .flatMap(
                                name ->
                                        Arrays.stream(symbols.addresses(name))
                                                .mapToObj(
                                                        address ->
                                                                new TraceableFunction(
                                                                        name, address))));
    }

    /** The names of one place are aliases, of which the first has to do. */
    private static List<TraceableFunction> ordered(Stream<TraceableFunction> functions) {
        SortedMap<Long, TraceableFunction> places = new TreeMap<>(Long::compareUnsigned);
        functions
                .filter(function -> !function.name().startsWith(DROPPED))
                .forEach(function -> places.putIfAbsent(function.address(), function));
        return List.copyOf(places.values());
    }

    private static String read(Kernel kernel, Path path) throws IOException {
        return new String(kernel.readFile(path.toString()), StandardCharsets.UTF_8);
    }
}
