package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.KernelSymbols.Function;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a link is attached as the kernel tells it, by {@code struct bpf_link_info} of {@code
 * <linux/bpf.h>}: type, id and program, then what the kind of link has to say, from byte 16 on.
 */
final class ToldPlace {
    /** The numbers of {@code enum bpf_link_type}. */
    private static final int RAW_TRACEPOINT = 1;

    private static final int TRACING = 2;
    private static final int CGROUP = 3;
    private static final int ITERATOR = 4;
    private static final int PERF_EVENT = 7;
    private static final int KPROBE_MULTI = 8;
    private static final int UPROBE_MULTI = 12;

    /** {@code BPF_PERF_EVENT_EVENT}: one that has no place. */
    private static final int COUNTER = 6;

    private static final int SIZE = 128;
    private static final int ROOM = 4096;
    private static final int MOST_ADDRESSES = 16;

    private static final Kernel KERNEL = Kernel.host();

    private ToldPlace() {}

    /**
     * {@return the names of the places that a program is attached to by a link; none where the
     * kernel tells no more than the kind of link}
     */
    static List<String> names(Program program) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = ask(arena, program, arena.allocate(SIZE, 8));
            int type = info.get(ValueLayout.JAVA_INT, 0);
            MemorySegment text = arena.allocate(ROOM, 8);
            return switch (type) {
                case RAW_TRACEPOINT, ITERATOR -> text(arena, program, text, 16, 24);
                case TRACING -> typed(info);
                case CGROUP -> List.of(cgroup(info.get(ValueLayout.JAVA_LONG, 16)));
                case PERF_EVENT ->
                        info.get(ValueLayout.JAVA_INT, 16) == COUNTER
                                ? List.of()
                                : text(arena, program, text, 24, 32);
                case KPROBE_MULTI -> functions(arena, program, text);
                case UPROBE_MULTI -> text(arena, program, text, 16, 48);
                default -> throw new AssertionError("a link of type " + type);
            };
        }
    }

    /**
     * {@return a word of what the kernel tells about the only link of a program}
     *
     * @param offset where it is in {@code struct bpf_link_info}
     */
    static int word(Program program, int offset) {
        try (Arena arena = Arena.ofConfined()) {
            return ask(arena, program, arena.allocate(SIZE, 8)).get(ValueLayout.JAVA_INT, offset);
        }
    }

    /** Asks for a text: its address and the room for it go into the question. */
    private static List<String> text(
            Arena arena, Program program, MemorySegment text, int address, int length) {
        MemorySegment info = arena.allocate(SIZE, 8);
        info.set(ValueLayout.JAVA_LONG, address, text.address());
        info.set(ValueLayout.JAVA_INT, length, ROOM);
        ask(arena, program, info);
        return Stream.of(text.getString(0)).filter(told -> !told.isEmpty()).toList();
    }

    private static List<String> functions(Arena arena, Program program, MemorySegment room)
            throws IOException {
        MemorySegment info = arena.allocate(SIZE, 8);
        info.set(ValueLayout.JAVA_LONG, 16, room.address());
        info.set(ValueLayout.JAVA_INT, 24, MOST_ADDRESSES);
        ask(arena, program, info);
        var symbols = Kallsyms.load(KERNEL);
        return Arrays.stream(room.asSlice(0, 8L * MOST_ADDRESSES).toArray(ValueLayout.JAVA_LONG))
                .filter(address -> address != 0)
                .mapToObj(symbols::containing)
                .flatMap(Optional::stream)
                .map(Function::name)
                .toList();
    }

    /** The target is a function's type in the kernel's types, or in those of a program. */
    private static List<String> typed(MemorySegment info) throws IOException {
        int object = info.get(ValueLayout.JAVA_INT, 20);
        int type = info.get(ValueLayout.JAVA_INT, 24);
        if (type == 0) {
            return List.of();
        }
        try (OwnedFd btf = InfoCommands.open(KERNEL, BpfCommand.BTF_GET_FD_BY_ID, object)) {
            if (InfoCommands.btf(KERNEL, btf.number()).name().equals("vmlinux")) {
                String name = KernelBtf.load(KERNEL).type(type).name();
                return List.of(name.replaceFirst("^bpf_lsm_", ""));
            }
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT.number()) {
                throw e;
            }
        }
        try (OwnedFd other = InfoCommands.open(KERNEL, BpfCommand.PROG_GET_FD_BY_ID, object)) {
            return List.of(InfoCommands.program(KERNEL, other.number()).name());
        }
    }

    private static String cgroup(long id) throws IOException {
        Path all = LiveProbes.cgroups();
        return Files.getAttribute(all, "unix:ino").equals(id) ? all.toString() : "cgroup " + id;
    }

    /**
     * Asks about the only link of a program; a kernel that knows less than is asked says nothing.
     */
    private static MemorySegment ask(Arena arena, Program program, MemorySegment info) {
        int id = LiveProbes.linksOf(program).getFirst();
        try (OwnedFd link = InfoCommands.open(KERNEL, BpfCommand.LINK_GET_FD_BY_ID, id)) {
            MemorySegment attributes = arena.allocate(16, 8);
            attributes.set(ValueLayout.JAVA_INT, 0, link.number());
            attributes.set(ValueLayout.JAVA_INT, 4, (int) info.byteSize());
            attributes.set(ValueLayout.JAVA_LONG, 8, info.address());
            long result = KERNEL.bpf(BpfCommand.OBJ_GET_INFO_BY_FD.number(), attributes, 16);
            // More addresses than there is room for, which is filled.
            if (result < 0 && !Errno.E2BIG.is(result) && !Errno.ENOSPC.is(result)) {
                throw KERNEL.failure(result, "asking about a link");
            }
            return info;
        }
    }
}
