package dev.purebpf.probe;

import dev.purebpf.BpfMap;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.AttachType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A walk through objects of the kernel, of which a program writes what is worth knowing: all tasks,
 * sockets, maps, or the entries of one map. What to walk through says the program's section, {@code
 * SEC("iter/task")}; this says which of them.
 *
 * <p>Linux 5.8. Nothing runs until the {@linkplain IteratorLink link} is read: as text, as bytes,
 * or as Java objects by a {@linkplain dev.purebpf.codec.Codec codec}.
 *
 * @param selection which of the objects are walked through
 */
public record BpfIterator(Selection selection) {
    /** {@code struct iter_create} of {@code link_create}: an address and a size. */
    private static final int SIZE = 16;

    /** Which objects a walk leads through. */
    public sealed interface Selection {}

    /** All that there are. */
    public record All() implements Selection {}

    /**
     * The entries of one map.
     *
     * @param map the map
     */
    public record Entries(BpfMap map) implements Selection {
        /** Checks that there is a map. */
        public Entries {
            Objects.requireNonNull(map);
        }
    }

    /**
     * The tasks of one process: all its threads.
     *
     * @param pid the process
     */
    public record Threads(int pid) implements Selection {
        /** Checks that there could be such a process. */
        public Threads {
            requirePositive(pid);
        }
    }

    /**
     * One task.
     *
     * @param tid the thread
     */
    public record OneThread(int tid) implements Selection {
        /** Checks that there could be such a thread. */
        public OneThread {
            requirePositive(tid);
        }
    }

    /**
     * Cgroups of version 2, from one of them.
     *
     * @param folder the cgroup's folder
     * @param order which others, and in which order
     */
    public record Cgroups(Path folder, Order order) implements Selection {
        /** Checks that there are both. */
        public Cgroups {
            Objects.requireNonNull(folder);
            Objects.requireNonNull(order);
        }
    }

    /** The kernel's {@code enum bpf_cgroup_iter_order}: which cgroups follow one. */
    public enum Order {
        /** None: the cgroup alone. */
        SELF_ONLY,
        /** All below it, each before those below it. */
        DESCENDANTS_PRE,
        /** All below it, each after those below it. */
        DESCENDANTS_POST,
        /** That which it is in, and so on up to the root. */
        ANCESTORS_UP;

        private int number() {
            return ordinal() + 1;
        }

        private String text() {
            return switch (this) {
                case SELF_ONLY -> "cgroup ";
                case DESCENDANTS_PRE -> "what is in cgroup ";
                case DESCENDANTS_POST -> "what is in, then cgroup ";
                case ANCESTORS_UP -> "what has cgroup ";
            };
        }
    }

    /** Checks that it is said what to walk through. */
    public BpfIterator {
        Objects.requireNonNull(selection);
    }

    private static void requirePositive(int task) {
        if (task <= 0) {
            throw new IllegalArgumentException(task + " is no process and no thread");
        }
    }

    /** {@return the walk through all objects} */
    public static BpfIterator of() {
        return new BpfIterator(new All());
    }

    /**
     * {@return the walk through the entries of a map, for {@code SEC("iter/bpf_map_elem")}}
     *
     * @param map the map
     */
    public static BpfIterator ofMap(BpfMap map) {
        return new BpfIterator(new Entries(map));
    }

    /**
     * {@return the walk through the tasks of a process, for {@code SEC("iter/task")} and its like}
     * Linux 6.1.
     *
     * @param pid the process
     */
    public static BpfIterator ofProcess(int pid) {
        return new BpfIterator(new Threads(pid));
    }

    /**
     * {@return the walk through one task, for {@code SEC("iter/task")} and its like} Linux 6.1.
     *
     * @param tid the thread
     */
    public static BpfIterator ofThread(int tid) {
        return new BpfIterator(new OneThread(tid));
    }

    /**
     * {@return the walk through cgroups, for {@code SEC("iter/cgroup")}} Linux 6.1.
     *
     * @param folder the folder of the cgroup that it begins or ends at
     * @param order which others, and in which order
     */
    public static BpfIterator ofCgroups(Path folder, Order order) {
        return new BpfIterator(new Cgroups(folder, order));
    }

    /**
     * Attaches a program.
     *
     * @param program a program of {@code SEC("iter/…")}
     * @return the link, which is to be read, and has to be closed
     * @throws IllegalArgumentException if the program is of another kind
     * @throws UnsupportedFeatureException if this kernel has no iterators, or none of one process
     * @throws KernelException if there is no such cgroup, or the kernel refuses; a walk through the
     *     tasks of a process that is gone is empty instead
     */
    public IteratorLink attach(Program program) {
        if (program.attachType().orElse(null) != AttachType.TRACE_ITER) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": an iterator takes SEC(\"iter/…\")");
        }
        requireSelection(program);
        program.kernel().features().require(Feature.ITERATOR);
        String target = "iter " + program.target() + selected();
        String operation = "attaching to " + target;
        return new IteratorLink(
                program,
                target,
                selection instanceof Cgroups(Path folder, Order order)
                        ? createOf(folder, order, program, operation)
                        : create(program, operation));
    }

    /** The kernel would take a map's descriptor for a thread, and ignore what it needs not. */
    private void requireSelection(Program program) {
        String target = program.target();
        boolean isOfTasks = target.startsWith("task");
        boolean isOfCgroups = target.equals("cgroup");
        String needed =
                switch (selection) {
                    case Entries _ when isOfTasks || isOfCgroups -> "has no map";
                    case Threads _ when !isOfTasks -> "has no process";
                    case OneThread _ when !isOfTasks -> "has no thread";
                    case Cgroups _ when !isOfCgroups -> "has no cgroup";
                    case All _ when isOfCgroups ->
                            "needs a cgroup: use BpfIterator.ofCgroups(folder, order)";
                    case All _ when target.equals("bpf_map_elem") ->
                            "needs a map: use BpfIterator.ofMap(map)";
                    default -> "";
                };
        if (!needed.isEmpty()) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " cannot be attached: a walk of SEC(\"iter/"
                            + target
                            + "\") "
                            + needed);
        }
    }

    private String selected() {
        return switch (selection) {
            case All() -> "";
            case Entries(BpfMap map) -> " of map " + map.name();
            case Threads(int pid) -> " of process " + pid;
            case OneThread(int tid) -> " of thread " + tid;
            case Cgroups(Path folder, Order order) -> " of " + order.text() + folder;
        };
    }

    private OwnedFd create(Program program, String operation) {
        try {
            return switch (selection) {
                case Entries(BpfMap map) -> create(program, operation, map.fd());
                case Threads(int pid) -> create(program, operation, 0, pid, 0);
                case OneThread(int tid) -> {
                    requireTasks(program, operation, tid);
                    yield create(program, operation, tid, 0, 0);
                }
                default -> create(program, operation, new int[0]);
            };
        } catch (KernelException e) {
            if ((selection instanceof Threads || selection instanceof OneThread)
                    && Errno.E2BIG.is(e)) {
                throw new UnsupportedFeatureException("BPF iterators of one process", "6.1");
            }
            throw e;
        }
    }

    /**
     * Kernels before 6.1 take a first word for a map's descriptor, and walk through all tasks. More
     * than that word is too much for them (E2BIG); later ones find that a thread and a process
     * contradict each other.
     */
    private static void requireTasks(Program program, String operation, int task) {
        try {
            create(program, operation, task, task, 0).close();
        } catch (KernelException e) {
            if (!Errno.EINVAL.is(e)) {
                throw e;
            }
        }
    }

    private static OwnedFd createOf(Path folder, Order order, Program program, String operation) {
        try (OwnedFd cgroup = OpenCgroup.of(program.kernel(), folder, operation)) {
            return create(program, operation, order.number(), cgroup.number(), 0, 0);
        } catch (KernelException e) {
            throw OpenCgroup.explained(e, folder);
        }
    }

    /**
     * Creates the link.
     *
     * @param which the words of a {@code union bpf_iter_link_info}: a map's descriptor; or a
     *     thread, a process and a descriptor of that; or an order and a cgroup's descriptor, before
     *     the id that another could be named by. None for all objects
     */
    private static OwnedFd create(Program program, String operation, int... which) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(SIZE, 8);
            if (which.length > 0) {
                MemorySegment words = arena.allocateFrom(ValueLayout.JAVA_INT, which);
                rest.set(ValueLayout.JAVA_LONG, 0, words.address());
                rest.set(ValueLayout.JAVA_INT, 8, (int) words.byteSize());
            }
            return LinkCommands.create(
                    program.kernel(),
                    program.fd(),
                    0,
                    AttachType.TRACE_ITER.number(),
                    0,
                    rest,
                    operation);
        }
    }
}
