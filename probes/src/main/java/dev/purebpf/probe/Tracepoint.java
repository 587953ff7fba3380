package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PerfEventAttributes;
import dev.purebpf.kernel.PerfEvents;
import dev.purebpf.link.ProgramType;
import dev.purebpf.symbol.Glob;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * A tracepoint of the kernel, of which the program gets the fields that {@code
 * events/CATEGORY/NAME/format} of tracefs describes: they change rarely.
 *
 * <p>Linux 4.7. Attached by a perf event on all CPUs, whose number is read from tracefs; that has
 * to be mounted.
 *
 * @param category such as {@code sched}
 * @param name such as {@code sched_switch}
 * @param cookie what {@code bpf_get_attach_cookie} gives the program (5.15); 0 for none
 */
public record Tracepoint(String category, String name, long cookie) {

    /** Checks that the names are names. */
    public Tracepoint {
        requireName(category);
        requireName(name);
    }

    /**
     * {@return the tracepoint of that name}
     *
     * @param category such as {@code sched}
     * @param name such as {@code sched_switch}
     */
    public static Tracepoint of(String category, String name) {
        return new Tracepoint(category, name, 0);
    }

    /**
     * {@return the tracepoints of this machine whose names match a pattern, in alphabetical order}
     *
     * @param category a pattern such as {@code sched}
     * @param name a pattern such as {@code sched_*}
     * @throws KernelException if tracefs is not to be found or read
     */
    public static List<Tracepoint> matching(Glob category, Glob name) {
        return matching(category, name, Tracefs.MACHINE);
    }

    static List<Tracepoint> matching(Glob category, Glob name, Tracefs tracefs) {
        List<Tracepoint> found = new ArrayList<>();
        for (String path : TracepointNames.matching(tracefs, category, name)) {
            int slash = path.indexOf('/');
            Tracepoint tracepoint = of(path.substring(0, slash), path.substring(slash + 1));
            // Those of ftrace describe what the function tracer writes, and cannot be attached to.
            if (!tracepoint.category().equals("ftrace")) {
                found.add(tracepoint);
            }
        }
        found.sort(Comparator.comparing(Tracepoint::category).thenComparing(Tracepoint::name));
        return found;
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_get_attach_cookie} is to give the program; kernels before 5.15
     *     refuse any but 0
     */
    public Tracepoint withCookie(long value) {
        return new Tracepoint(category, name, value);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of type TRACEPOINT
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another type
     * @throws KernelException if tracefs is not to be found or read, if there is no such
     *     tracepoint, or if the kernel refuses
     */
    public Link attach(Program program) {
        return attach(program, Tracefs.MACHINE);
    }

    Link attach(Program program, Tracefs tracefs) {
        String target = "tracepoint " + category + "/" + name;
        if (program.type() != ProgramType.TRACEPOINT) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of type "
                            + program.type()
                            + ": a tracepoint takes SEC(\"tp/"
                            + category
                            + "/"
                            + name
                            + "\")");
        }
        Kernel kernel = program.kernel();
        String operation = "attaching to " + target;
        OwnedFd event =
                PerfEvents.open(
                        kernel, PerfEventAttributes.tracepoint(id(tracefs)), -1, 0, operation);
        return PerfEventLink.attach(program, target, event, cookie, null);
    }

    /** {@return the number of the tracepoint in perf_event_open} */
    long id(Tracefs tracefs) {
        String operation = "attaching to tracepoint " + category + "/" + name;
        String id = tracefs.read(idPath(), operation);
        if (id == null) {
            throw Errno.ENOENT.failure(
                    operation,
                    "this kernel has no tracepoint of that name"
                            + NearestNames.say(
                                    category + "/" + name, TracepointNames.all(tracefs)));
        }
        return Long.parseLong(id.strip());
    }

    private String idPath() {
        return "events/" + category + "/" + name + "/id";
    }

    private static void requireName(String name) {
        Objects.requireNonNull(name);
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
            throw new IllegalArgumentException("'" + name + "' is no part of a tracepoint's name");
        }
    }
}
