package dev.purebpf.symbol;

import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.KeptList;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The functions of the kernel that can be traced by their begin, of which tracefs has a list:
 * others are inlined, or are what tracing itself needs.
 */
public final class TraceableFunctions {
    private static final String FILE = "available_filter_functions";

    /** In place of functions that the linker dropped, the kernel's list has names made of these. */
    private static final String DROPPED = "__ftrace_invalid_address__";

    /** The bytes from a function's begin to where it calls the tracer are no more. */
    private static final int MOST_BEFORE = 16;

    // For each page that it writes of a list, the kernel walks through it from its beginning.
    private static final KeptList<byte[]> NAMES = new KeptList<>(_ -> true);
    private static final KeptList<byte[]> PLACES = new KeptList<>(_ -> true);

    private TraceableFunctions() {}

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
        byte[] lines;
        try {
            lines = PLACES.load(kernel, places(tracefs), kernel::readFile);
        } catch (IOException e) {
            return byNames(kernel, tracefs, glob);
        }
        KernelSymbols symbols = Kallsyms.load(kernel);
        List<TraceableFunction> found = new ArrayList<>();
        scan(
                lines,
                true,
                glob,
                (name, location) ->
                        found.add(
                                new TraceableFunction(
                                        name, begin(location, symbols.addresses(name.name())))));
        return ordered(found);
    }

    private static String places(Path tracefs) {
        return tracefs.resolve(FILE + "_addrs").toString();
    }

    /**
     * {@return where a function begins}
     *
     * <p>The list has the instruction that calls the tracer, before which there may be one that
     * marks where jumps may lead ({@code ENDBR}). The kernel finds cookies by the function's begin.
     *
     * @param location what the list has
     * @param symbols where functions of that name begin
     */
    static long begin(long location, long[] symbols) {
        long nearest = location;
        for (long symbol : symbols) {
            long distance = location - symbol;
            if (distance >= 0
                    && distance <= MOST_BEFORE
                    && (nearest == location || symbol > nearest)) {
                nearest = symbol;
            }
        }
        return nearest;
    }

    /**
     * {@return the names of the functions that a pattern matches, in alphabetical order, each once
     * for the kernel and each module}
     *
     * @param kernel the kernel
     * @param tracefs where tracefs is mounted
     * @param glob the pattern
     * @throws IOException if the list cannot be read
     */
    public static List<KernelName> names(Kernel kernel, Path tracefs, Glob glob)
            throws IOException {
        SortedSet<KernelName> found = new TreeSet<>();
        Optional<byte[]> places = PLACES.known(kernel, places(tracefs));
        byte[] lines =
                places.isPresent()
                        ? places.get()
                        : NAMES.load(kernel, tracefs.resolve(FILE).toString(), kernel::readFile);
        scan(lines, places.isPresent(), glob, (name, _) -> found.add(name));
        return List.copyOf(found);
    }

    private static List<TraceableFunction> byNames(Kernel kernel, Path tracefs, Glob glob)
            throws IOException {
        KernelSymbols symbols = Kallsyms.load(kernel);
        List<TraceableFunction> found = new ArrayList<>();
        for (KernelName name : names(kernel, tracefs, glob)) {
            for (long address : symbols.addressesIn(name.module(), name.name())) {
                found.add(new TraceableFunction(name, address));
            }
        }
        return ordered(found);
    }

    /** The names of one place are aliases, of which the first has to do. */
    private static List<TraceableFunction> ordered(List<TraceableFunction> functions) {
        SortedMap<Long, TraceableFunction> places = new TreeMap<>(Long::compareUnsigned);
        functions.forEach(function -> places.putIfAbsent(function.address(), function));
        return List.copyOf(places.values());
    }

    /** Takes a line of the lists. */
    private interface LineHandler {
        void onFunction(KernelName name, long address);
    }

    /**
     * Reads lines of {@code ADDRESS NAME} or {@code NAME}, behind which a module's functions have
     * {@code [MODULE]}. They are tens of thousands: only names that can match become objects.
     */
    private static void scan(byte[] lines, boolean hasAddresses, Glob glob, LineHandler found) {
        byte[] prefix = glob.prefix().getBytes(StandardCharsets.UTF_8);
        for (int start = 0; start < lines.length; ) {
            int end = end(lines, start, false);
            int word = end(lines, start, true);
            int name = hasAddresses ? Math.min(word + 1, end) : start;
            if (startsWith(lines, name, end, prefix)) {
                int nameEnd = end(lines, name, true);
                String function = new String(lines, name, nameEnd - name, StandardCharsets.UTF_8);
                if (glob.matches(function)
                        && !function.isEmpty()
                        && !function.startsWith(DROPPED)) {
                    found.onFunction(
                            new KernelName(function, module(lines, nameEnd, end)),
                            hasAddresses ? address(lines, start, word) : 0);
                }
            }
            start = end + 1;
        }
    }

    /** {@return what stands in brackets behind a function's name; nothing if nothing does} */
    private static String module(byte[] lines, int from, int to) {
        boolean isThere = to - from > 2 && lines[from + 1] == '[' && lines[to - 1] == ']';
        return isThere ? new String(lines, from + 2, to - from - 3, StandardCharsets.UTF_8) : "";
    }

    /** {@return a hexadecimal number of up to 16 digits; what is none ends it} */
    private static long address(byte[] lines, int from, int to) {
        long address = 0;
        for (int at = from; at < to; at++) {
            int digit = Character.digit(lines[at], 16);
            if (digit < 0) {
                break;
            }
            address = address << 4 | digit;
        }
        return address;
    }

    /** {@return where the line ends, or the word} */
    private static int end(byte[] lines, int from, boolean ofWord) {
        int at = from;
        while (at < lines.length
                && lines[at] != '\n'
                && !(ofWord && (lines[at] == ' ' || lines[at] == '\t'))) {
            at++;
        }
        return at;
    }

    private static boolean startsWith(byte[] lines, int from, int to, byte[] prefix) {
        return to - from >= prefix.length
                && Arrays.mismatch(lines, from, from + prefix.length, prefix, 0, prefix.length) < 0;
    }
}
