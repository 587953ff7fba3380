package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.link.AttachType;
import dev.purebpf.symbol.Glob;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Many functions of one executable or shared library at once: one link, one call of the kernel. As
 * {@link Uprobe} otherwise.
 *
 * <p>Linux 6.6, used from 6.10 on, which watches all threads of a process. A program of section
 * {@code uprobe.session} (6.13) runs at the beginning and, if it returned 0 there, at the end of
 * the function.
 *
 * @param file the file's path, or the name of a library or program, such as {@code libc.so.6}
 * @param pattern the functions' names, with {@code *} and {@code ?}; empty where there are places
 * @param places the functions; empty where there is a pattern
 * @param onReturn whether the program runs when a function returns
 * @param pid the process, with all its threads; −1 for all processes
 */
public record UprobeMulti(
        String file, String pattern, List<Place> places, boolean onReturn, int pid) {

    /** {@code BPF_F_UPROBE_MULTI_RETURN}. */
    private static final int RETURN = 1;

    /** {@code struct uprobe_multi} of {@code link_create}. */
    private static final int SIZE = 48;

    /**
     * One of the places.
     *
     * @param function the function's name, maybe with a version; empty for a plain offset
     * @param offset the offset in the function, in bytes; without a function, in the file
     * @param referenceCounter where in the file a 16-bit number counts who listens; 0 for none
     * @param cookie what {@code bpf_get_attach_cookie} gives the program there; 0 for none
     */
    public record Place(String function, long offset, long referenceCounter, long cookie) {
        /** Checks that the kernel could have such a place. */
        public Place {
            Objects.requireNonNull(function);
            if (offset < 0 || referenceCounter < 0) {
                throw new IllegalArgumentException(
                        "offset "
                                + Math.min(offset, referenceCounter)
                                + " is before the beginning");
            }
        }

        /**
         * {@return the first instruction of a function}
         *
         * @param function its name, maybe with a version
         */
        public static Place of(String function) {
            if (function.isEmpty()) {
                throw new IllegalArgumentException("a function has a name");
            }
            return new Place(function, 0, 0, 0);
        }

        /**
         * {@return the same with a cookie}
         *
         * @param value what {@code bpf_get_attach_cookie} is to give the program there
         */
        public Place withCookie(long value) {
            return new Place(function, offset, referenceCounter, value);
        }
    }

    /** Copies the places. */
    public UprobeMulti {
        places = List.copyOf(places);
        if (file.isEmpty()) {
            throw new IllegalArgumentException("a file has a name");
        }
        if (pattern.isEmpty() == places.isEmpty()) {
            throw new IllegalArgumentException("either a pattern or places are needed");
        }
        Uprobe.requireProcess(pid);
    }

    /**
     * {@return all functions whose names match}
     *
     * @param file the file's path, or the name of a library or program
     * @param pattern their names, with {@code *} and {@code ?}
     */
    public static UprobeMulti matching(String file, String pattern) {
        return new UprobeMulti(file, pattern, List.of(), false, -1);
    }

    /**
     * {@return these functions}
     *
     * @param file the file's path, or the name of a library or program
     * @param functions their names, maybe with versions
     */
    public static UprobeMulti of(String file, String... functions) {
        return of(file, Arrays.stream(functions).map(Place::of).toList());
    }

    /**
     * {@return these places}
     *
     * @param file the file's path, or the name of a library or program
     * @param places the places
     */
    public static UprobeMulti of(String file, List<Place> places) {
        return new UprobeMulti(file, "", places, false, -1);
    }

    /** {@return the returns of the functions} */
    public UprobeMulti returning() {
        return new UprobeMulti(file, pattern, places, true, pid);
    }

    /**
     * {@return the same in one process, with all its threads; the file is what that process has}
     *
     * @param process its id, as this process numbers it
     */
    public UprobeMulti inProcess(int process) {
        return new UprobeMulti(file, pattern, places, onReturn, process);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of {@code SEC("uprobe.multi")} or {@code SEC("uprobe.session")}
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another kind, or a session is to run at
     *     returns only
     * @throws dev.purebpf.error.UnsupportedFeatureException if this kernel has no such links
     * @throws KernelException if there is no such file, function or process, if a place cannot be
     *     probed, or if the kernel refuses
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public Link attach(Program program) {
        AttachType type = ManyProbes.UPROBES.require(program, onReturn);
        String target =
                ManyProbes.UPROBES.target(
                                type,
                                onReturn,
                                file + ":",
                                pattern,
                                places.stream()
                                        .map(
                                                place ->
                                                        ManyProbes.place(
                                                                place.function(), place.offset()))
                                        .toList())
                        + (pid < 0 ? "" : " of process " + pid);
        ProbedFile binary = ProbedFile.find(program.kernel(), file, pid, "attaching to " + target);
        return attachTo(program, binary, resolve(binary), target, type);
    }

    /**
     * Attaches a program whose kind is known to be right to places of a file that was found.
     *
     * @param found the places, by their offsets in the file
     * @param type {@link AttachType#TRACE_UPROBE_MULTI} or {@link AttachType#TRACE_UPROBE_SESSION}
     */
    ProbeLink attachTo(
            Program program, ProbedFile binary, List<Place> found, String target, AttachType type) {
        Kernel kernel = program.kernel();
        String operation = "attaching to " + target;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(SIZE, 8);
            rest.set(
                    ValueLayout.JAVA_LONG,
                    0,
                    arena.allocateFrom(binary.path().toString()).address());
            rest.set(ValueLayout.JAVA_LONG, 8, numbers(arena, found, Column.OFFSET));
            rest.set(ValueLayout.JAVA_LONG, 16, numbers(arena, found, Column.COUNTER));
            rest.set(ValueLayout.JAVA_LONG, 24, numbers(arena, found, Column.COOKIE));
            rest.set(ValueLayout.JAVA_INT, 32, found.size());
            rest.set(ValueLayout.JAVA_INT, 36, onReturn ? RETURN : 0);
            rest.set(ValueLayout.JAVA_INT, 40, Math.max(pid, 0));
            return new KernelLink(
                    program,
                    target,
                    LinkCommands.create(
                            kernel, program.fd(), 0, type.number(), 0, rest, operation));
        } catch (KernelException e) {
            throw Uprobe.refusal(kernel, operation, pid, e.errno());
        }
    }

    /** {@return the places, by their offsets in the file} */
    private List<Place> resolve(ProbedFile binary) {
        List<Place> found = new ArrayList<>();
        if (Glob.isGlob(pattern)) {
            for (long offset : binary.offsets(new Glob(pattern))) {
                found.add(new Place("", offset, 0, 0));
            }
            return found;
        }
        for (Place place : pattern.isEmpty() ? places : List.of(Place.of(pattern))) {
            long offset = binary.at(place.function(), place.offset());
            found.add(new Place("", offset, place.referenceCounter(), place.cookie()));
        }
        return found;
    }

    /** One of the parallel arrays that the kernel takes. */
    private enum Column {
        OFFSET,
        COUNTER,
        COOKIE;

        long of(Place place) {
            return switch (this) {
                case OFFSET -> place.offset();
                case COUNTER -> place.referenceCounter();
                case COOKIE -> place.cookie();
            };
        }
    }

    /**
     * {@return the address of an array; 0 if all of it is zero, which the kernel takes for none}
     */
    private static long numbers(Arena arena, List<Place> places, Column column) {
        long[] numbers = places.stream().mapToLong(column::of).toArray();
        return column != Column.OFFSET && Arrays.stream(numbers).allMatch(number -> number == 0)
                ? 0
                : arena.allocateFrom(ValueLayout.JAVA_LONG, numbers).address();
    }
}
