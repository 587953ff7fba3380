package dev.purebpf.probe;

import dev.purebpf.BpfMap;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.link.AttachType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A walk through objects of the kernel, of which a program writes what is worth knowing: all tasks,
 * sockets, maps, or the entries of one map. What to walk through says the program's section, {@code
 * SEC("iter/task")}; this says which of them.
 *
 * <p>Linux 5.8. Nothing runs until the {@linkplain IteratorLink link} is read: as text, as bytes,
 * or as Java objects by a {@linkplain dev.purebpf.codec.Codec codec}.
 *
 * @param map the map whose entries are walked through; empty for programs that need none
 * @param pid the process whose tasks are walked through (6.1); 0 for all
 */
public record BpfIterator(Optional<BpfMap> map, int pid) {
    /** {@code struct iter_create} of {@code link_create}: an address and a size. */
    private static final int SIZE = 16;

    /** Checks that there is at most one restriction. */
    public BpfIterator {
        if (pid < 0 || pid > 0 && map.isPresent()) {
            throw new IllegalArgumentException("an iterator is of one map or of one process");
        }
    }

    /** {@return the walk through all objects} */
    public static BpfIterator of() {
        return new BpfIterator(Optional.empty(), 0);
    }

    /**
     * {@return the walk through the entries of a map, for {@code SEC("iter/bpf_map_elem")}}
     *
     * @param map the map
     */
    public static BpfIterator ofMap(BpfMap map) {
        return new BpfIterator(Optional.of(map), 0);
    }

    /**
     * {@return the walk through the tasks of a process, for {@code SEC("iter/task")} and its like}
     *
     * @param pid the process
     */
    public static BpfIterator ofProcess(int pid) {
        return new BpfIterator(Optional.empty(), pid);
    }

    /**
     * Attaches a program.
     *
     * @param program a program of {@code SEC("iter/…")}
     * @return the link, which is to be read, and has to be closed
     * @throws IllegalArgumentException if the program is of another kind
     * @throws UnsupportedFeatureException if this kernel has no iterators, or none of one process
     * @throws KernelException if the kernel refuses
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
        Kernel kernel = program.kernel();
        kernel.features().require(Feature.ITERATOR);
        String target =
                "iter "
                        + program.target()
                        + map.map(of -> " of map " + of.name()).orElse("")
                        + (pid == 0 ? "" : " of process " + pid);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocate(SIZE, 8);
            MemorySegment which = which(arena);
            rest.set(ValueLayout.JAVA_LONG, 0, which.address());
            rest.set(ValueLayout.JAVA_INT, 8, (int) which.byteSize());
            return new IteratorLink(
                    program,
                    target,
                    LinkCommands.create(
                            kernel,
                            program.fd(),
                            0,
                            AttachType.TRACE_ITER.number(),
                            0,
                            rest,
                            "attaching to " + target));
        } catch (KernelException e) {
            if (pid > 0 && e.errno() == Errno.E2BIG.number()) {
                throw new UnsupportedFeatureException("BPF iterators of one process", "6.1");
            }
            throw e;
        }
    }

    /**
     * {@return a {@code union bpf_iter_link_info}: a map's descriptor, or a thread and a process}
     */
    private MemorySegment which(Arena arena) {
        if (map.isPresent()) {
            return arena.allocateFrom(ValueLayout.JAVA_INT, map.get().fd());
        }
        return pid == 0 ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_INT, 0, pid, 0);
    }
}
