package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.TraceableFunction;
import dev.purebpf.symbol.TraceableFunctions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Many functions of the kernel at once: one link, one call, and cheaper at each hit than a {@link
 * Kprobe}, as it uses what the compiler prepared at the beginning of each function. The program
 * gets the registers.
 *
 * <p>Linux 5.18, {@code CONFIG_FPROBE}. A program of section {@code kprobe.session} (6.10) runs at
 * the beginning and, if it returned 0 there, at the end of the function.
 *
 * @param pattern the functions' names, with {@code *} and {@code ?}, which needs tracefs; empty
 *     where there are places
 * @param places the functions, all by name or all by address; empty where there is a pattern
 * @param onReturn whether the program runs when a function returns
 */
public record KprobeMulti(String pattern, List<Place> places, boolean onReturn) {

    /** {@code BPF_F_KPROBE_MULTI_RETURN}. */
    private static final int RETURN = 1;

    /** {@code struct kprobe_multi} of {@code link_create}. */
    private static final int SIZE = 32;

    /**
     * One of the places.
     *
     * @param function the function's name; empty for an address
     * @param address without a name, the function's address as {@code /proc/kallsyms} gives it
     * @param cookie what {@code bpf_get_attach_cookie} gives the program there; 0 for none
     */
    public record Place(String function, long address, long cookie) {
        /** Checks that there is one of both. */
        public Place {
            Objects.requireNonNull(function);
            if (function.isEmpty() == (address == 0)) {
                throw new IllegalArgumentException("a place has either a name or an address");
            }
            if (function.chars().anyMatch(c -> c <= ' ')) {
                throw new IllegalArgumentException("'" + function + "' is no function's name");
            }
        }

        /**
         * {@return a function}
         *
         * @param function its name
         */
        public static Place of(String function) {
            return new Place(function, 0, 0);
        }

        /**
         * {@return a function by its address: the way to one of several of a name}
         *
         * @param address as {@code /proc/kallsyms} gives it
         */
        public static Place ofAddress(long address) {
            return new Place("", address, 0);
        }

        /**
         * {@return the same with a cookie}
         *
         * @param value what {@code bpf_get_attach_cookie} is to give the program there
         */
        public Place withCookie(long value) {
            return new Place(function, address, value);
        }
    }

    /** Copies the places, which have to be of one sort. */
    public KprobeMulti {
        places = List.copyOf(places);
        if (pattern.isEmpty() == places.isEmpty()) {
            throw new IllegalArgumentException("either a pattern or places are needed");
        }
        if (places.stream().map(place -> place.function().isEmpty()).distinct().count() > 1) {
            throw new IllegalArgumentException("places are all names or all addresses");
        }
    }

    /**
     * {@return all functions whose names match, and that can be traced}
     *
     * @param pattern their names, with {@code *} and {@code ?}
     */
    public static KprobeMulti matching(String pattern) {
        return new KprobeMulti(pattern, List.of(), false);
    }

    /**
     * {@return these functions}
     *
     * @param functions their names
     */
    public static KprobeMulti of(String... functions) {
        return of(Arrays.stream(functions).map(Place::of).toList());
    }

    /**
     * {@return these places}
     *
     * @param places the places, all by name or all by address
     */
    public static KprobeMulti of(List<Place> places) {
        return new KprobeMulti("", places, false);
    }

    /**
     * {@return the functions whose names match and that can be traced, by ascending address; none
     * if there are none}
     *
     * @param kernel the kernel
     * @param name a pattern such as {@code vfs_*}
     * @throws KernelException if tracefs is not to be found, or its list cannot be read
     */
    public static List<TraceableFunction> functions(Kernel kernel, Glob name) {
        return functions(kernel, name, "listing the functions like " + name.pattern());
    }

    /** {@return the returns of the functions} */
    public KprobeMulti returning() {
        return new KprobeMulti(pattern, places, true);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of {@code SEC("kprobe.multi")} or {@code SEC("kprobe.session")}
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another kind, or a session is to run at
     *     returns only
     * @throws dev.purebpf.error.UnsupportedFeatureException if this kernel has no such links
     * @throws KernelException if there is no such function, if one cannot be traced, or if the
     *     kernel refuses
     */
    public Link attach(Program program) {
        AttachType type = ManyProbes.KPROBES.require(program, onReturn);
        String target =
                ManyProbes.KPROBES.target(
                        type,
                        onReturn,
                        "",
                        pattern,
                        places.stream()
                                .map(place -> ManyProbes.place(place.function(), place.address()))
                                .toList());
        return new KernelLink(program, target, create(program, type, "attaching to " + target));
    }

    private OwnedFd create(Program program, AttachType type, String operation) {
        Kernel kernel = program.kernel();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(SIZE, 8);
            rest.set(ValueLayout.JAVA_INT, 0, onReturn ? RETURN : 0);
            if (Glob.isGlob(pattern)) {
                long[] addresses = matching(kernel, operation);
                rest.set(ValueLayout.JAVA_INT, 4, addresses.length);
                rest.set(ValueLayout.JAVA_LONG, 16, numbers(arena, addresses));
            } else {
                List<Place> all = pattern.isEmpty() ? places : List.of(Place.of(pattern));
                rest.set(ValueLayout.JAVA_INT, 4, all.size());
                if (all.getFirst().function().isEmpty()) {
                    long[] addresses = all.stream().mapToLong(Place::address).toArray();
                    rest.set(ValueLayout.JAVA_LONG, 16, numbers(arena, addresses));
                } else {
                    long[] names =
                            all.stream()
                                    .mapToLong(
                                            place -> arena.allocateFrom(place.function()).address())
                                    .toArray();
                    rest.set(ValueLayout.JAVA_LONG, 8, numbers(arena, names));
                }
                long[] cookies = all.stream().mapToLong(Place::cookie).toArray();
                if (Arrays.stream(cookies).anyMatch(cookie -> cookie != 0)) {
                    rest.set(ValueLayout.JAVA_LONG, 24, numbers(arena, cookies));
                }
            }
            return LinkCommands.create(kernel, program.fd(), 0, type.number(), 0, rest, operation);
        } catch (KernelException e) {
            throw explained(kernel, e);
        }
    }

    private long[] matching(Kernel kernel, String operation) {
        long[] addresses =
                functions(kernel, new Glob(pattern), operation).stream()
                        .mapToLong(TraceableFunction::address)
                        .toArray();
        if (addresses.length == 0) {
            throw Errno.ENOENT.failure(
                    operation, "no function that can be traced has a name like " + pattern);
        }
        return addresses;
    }

    private static List<TraceableFunction> functions(Kernel kernel, Glob name, String operation) {
        try {
            return TraceableFunctions.find(kernel, Tracefs.MACHINE.root(operation), name);
        } catch (IOException e) {
            throw Errno.EACCES.failure(
                    operation,
                    "the list of functions that can be traced cannot be read: " + e.getMessage());
        }
    }

    /** {@return the address of an array} */
    private static long numbers(Arena arena, long[] numbers) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, numbers).address();
    }

    /** The kernel says of all functions together that something is wrong with one of them. */
    private KernelException explained(Kernel kernel, KernelException e) {
        boolean isOfPlaces = Errno.ESRCH.is(e) || Errno.EINVAL.is(e) || Errno.ENOENT.is(e);
        if (!isOfPlaces || Glob.isGlob(pattern)) {
            return e;
        }
        KernelSymbols symbols = FunctionRefusal.symbols(kernel).orElse(null);
        if (symbols == null) {
            return e;
        }
        List<String> names =
                pattern.isEmpty()
                        ? places.stream()
                                .map(Place::function)
                                .filter(name -> !name.isEmpty())
                                .toList()
                        : List.of(pattern);
        String reason =
                Stream.<Function<String, Optional<String>>>of(
                                name -> FunctionRefusal.missing(symbols, name),
                                name ->
                                        FunctionRefusal.several(
                                                symbols, name, "KprobeMulti.Place.ofAddress"),
                                name -> FunctionRefusal.untraceable(kernel, name))
                        .flatMap(why -> names.stream().map(why).flatMap(Optional::stream))
                        .findFirst()
                        .orElse(
                                "one of the functions cannot be traced: tracefs lists in"
                                        + " available_filter_functions those that can");
        return e.because(reason);
    }
}
