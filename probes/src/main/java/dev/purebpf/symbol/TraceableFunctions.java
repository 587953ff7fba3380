package dev.purebpf.symbol;

import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The functions of the kernel that can be traced by their begin, of which tracefs has a list:
 * others are inlined, or are what tracing itself needs.
 */
public final class TraceableFunctions {
    private TraceableFunctions() {}

    /**
     * {@return the addresses of the functions whose names a pattern matches, ascending, each once}
     *
     * <p>From {@code available_filter_functions_addrs} (6.5), or else from {@code
     * available_filter_functions} by the names, for which {@code /proc/kallsyms} has the addresses.
     *
     * @param kernel the kernel
     * @param tracefs where tracefs is mounted
     * @param glob the pattern
     * @throws IOException if the lists cannot be read
     */
    public static long[] addresses(Kernel kernel, Path tracefs, Glob glob) throws IOException {
        String lines;
        try {
            lines = read(kernel, tracefs.resolve("available_filter_functions_addrs"));
        } catch (IOException e) {
            return byNames(kernel, tracefs, glob);
        }
        return lines.lines()
                .map(line -> line.split("[ \t]+", 3))
                .filter(parts -> parts.length >= 2 && glob.matches(parts[1]))
                .mapToLong(parts -> Long.parseUnsignedLong(parts[0], 16))
                .sorted()
                .distinct()
                .toArray();
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
                .filter(glob::matches)
                .sorted()
                .distinct()
                .toList();
    }

    private static long[] byNames(Kernel kernel, Path tracefs, Glob glob) throws IOException {
        KernelSymbols symbols = Kallsyms.load(kernel);
        return names(kernel, tracefs, glob).stream()
                .flatMapToLong(name -> Arrays.stream(symbols.addresses(name)))
                .sorted()
                .distinct()
                .toArray();
    }

    private static String read(Kernel kernel, Path path) throws IOException {
        return new String(kernel.readFile(path.toString()), StandardCharsets.UTF_8);
    }
}
