package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.getInt;
import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The commands of {@code bpf(2)} that tell about what is loaded, and open it by its id. */
public final class InfoCommands {
    private static final int NAME_SIZE = 16;
    private static final int BTF_INFO_SIZE = 32;

    /** {@code MODULE_NAME_LEN}: 64 minus the size of a {@code long}; room for more. */
    private static final int MODULE_NAME_SIZE = 64;

    private InfoCommands() {}

    /**
     * {@return what the kernel says about a map}
     *
     * <p>Before 4.13 it can only be read in {@code /proc}, and is less: neither id nor name nor
     * types.
     *
     * @param kernel the kernel
     * @param map the map's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static MapInfo map(Kernel kernel, int map) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(88, 8);
            long result = ask(kernel, map, info);
            if (Errno.EINVAL.is(result)) {
                MapInfo described = ofDescriptor(kernel, map);
                if (described != null) {
                    return described;
                }
            }
            kernel.check(result, "asking about a map");
            return new MapInfo(
                    getInt(info, 4),
                    getInt(info, 0),
                    getInt(info, 8),
                    getInt(info, 12),
                    getInt(info, 16),
                    getInt(info, 20),
                    name(info, 24),
                    getInt(info, 64),
                    getInt(info, 68),
                    getInt(info, 72),
                    info.get(ValueLayout.JAVA_LONG, 80));
        }
    }

    /** {@return what {@code /proc} says about a map's descriptor, {@code null} if nothing} */
    private static MapInfo ofDescriptor(Kernel kernel, int map) {
        String text;
        try {
            byte[] file = kernel.readFile("/proc/self/fdinfo/" + map);
            text = new String(file, StandardCharsets.US_ASCII);
        } catch (IOException _) {
            return null;
        }
        Map<String, String> fields = new HashMap<>();
        for (String line : text.lines().toList()) {
            String[] field = line.split(":\\s*", 2);
            fields.put(field[0], field.length == 2 ? field[1].strip() : "");
        }
        try {
            return new MapInfo(
                    0,
                    Integer.decode(fields.getOrDefault("map_type", "")),
                    Integer.decode(fields.getOrDefault("key_size", "")),
                    Integer.decode(fields.getOrDefault("value_size", "")),
                    Integer.parseUnsignedInt(fields.getOrDefault("max_entries", "")),
                    Long.decode(fields.getOrDefault("map_flags", "")).intValue(),
                    "",
                    0,
                    0,
                    0,
                    Long.decode(fields.getOrDefault("map_extra", "0")));
        } catch (NumberFormatException _) {
            // The descriptor of something else.
            return null;
        }
    }

    /**
     * {@return what the kernel says about a program}
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static ProgramInfo program(Kernel kernel, int program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(232, 8);
            get(kernel, program, info, "asking about a program");
            int maps = getInt(info, 52);
            List<Integer> mapIds = List.of();
            if (maps > 0 && maps <= 1 << 16) {
                // Asked again with room for as many; if there are more by then, the first ones
                // come.
                MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, maps);
                info.fill((byte) 0);
                setInt(info, 52, maps);
                setLong(info, 56, ids.address());
                get(kernel, program, info, "asking about a program");
                mapIds =
                        Arrays.stream(
                                        ids.asSlice(0, 4L * Math.clamp(getInt(info, 52), 0, maps))
                                                .toArray(ValueLayout.JAVA_INT))
                                .boxed()
                                .toList();
            }
            return new ProgramInfo(
                    getInt(info, 4),
                    getInt(info, 0),
                    name(info, 64),
                    HexFormat.of().formatHex(info.asSlice(8, 8).toArray(ValueLayout.JAVA_BYTE)),
                    getInt(info, 20),
                    info.get(ValueLayout.JAVA_LONG, 40),
                    mapIds,
                    getInt(info, 128),
                    (getInt(info, 84) & 1) != 0,
                    info.get(ValueLayout.JAVA_LONG, 192),
                    info.get(ValueLayout.JAVA_LONG, 200),
                    info.get(ValueLayout.JAVA_LONG, 208));
        }
    }

    /**
     * {@return what the kernel says about loaded types}
     *
     * @param kernel the kernel
     * @param btf their descriptor
     * @throws KernelException if the kernel refuses
     */
    public static BtfInfo btf(Kernel kernel, int btf) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(BTF_INFO_SIZE, 8);
            MemorySegment name = arena.allocate(MODULE_NAME_SIZE);
            setLong(info, 16, name.address());
            setInt(info, 24, MODULE_NAME_SIZE);
            long result = ask(kernel, btf, info);
            if (Errno.E2BIG.is(result)) {
                // Kernels before 5.11 have no names to tell, and refuse room for one.
                info.fill((byte) 0);
                result = ask(kernel, btf, info);
            }
            kernel.check(result, "asking about BTF");
            return new BtfInfo(
                    getInt(info, 12), name.getString(0), getInt(info, 28) != 0, getInt(info, 8));
        }
    }

    /**
     * {@return loaded types, as the {@code .BTF} section that they came in}
     *
     * @param kernel the kernel
     * @param btf their descriptor
     * @param size their size in bytes, as {@link #btf} tells it
     * @throws KernelException if the kernel refuses
     */
    public static byte[] btfBytes(Kernel kernel, int btf, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(BTF_INFO_SIZE, 8);
            MemorySegment bytes = arena.allocate(Math.max(size, 1));
            setLong(info, 0, bytes.address());
            setInt(info, 8, size);
            get(kernel, btf, info, "reading BTF");
            return bytes.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /**
     * {@return what the kernel says about a link}
     *
     * @param kernel the kernel
     * @param link the link's descriptor
     * @throws KernelException if the kernel refuses
     */
    public static LinkInfo link(Kernel kernel, int link) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(128, 8);
            get(kernel, link, info, "asking about a link");
            return new LinkInfo(getInt(info, 4), getInt(info, 0), getInt(info, 8));
        }
    }

    private static void get(Kernel kernel, int fd, MemorySegment info, String operation) {
        kernel.check(ask(kernel, fd, info), operation);
    }

    private static long ask(Kernel kernel, int fd, MemorySegment info) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, fd);
        setInt(attributes, 4, (int) info.byteSize());
        setLong(attributes, 8, info.address());
        return kernel.bpf(BpfCommand.OBJ_GET_INFO_BY_FD.number(), attributes, 16);
    }

    /**
     * {@return the next id of a kind of object, or 0 if there is none}
     *
     * @param kernel the kernel
     * @param command {@link BpfCommand#PROG_GET_NEXT_ID} or its like for maps, BTF and links
     * @param id the id before, 0 to begin
     * @throws KernelException if the kernel refuses
     */
    public static int nextId(Kernel kernel, BpfCommand command, int id) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, id);
        long result = kernel.bpf(command.number(), attributes, 8);
        if (Errno.ENOENT.is(result)) {
            return 0;
        }
        kernel.check(result, "listing ids");
        return getInt(attributes, 4);
    }

    /**
     * {@return an object by its id}
     *
     * @param kernel the kernel
     * @param command {@link BpfCommand#PROG_GET_FD_BY_ID} or its like for maps, BTF and links
     * @param id the id
     * @throws KernelException if the kernel refuses; ENOENT if it is gone
     */
    public static OwnedFd open(Kernel kernel, BpfCommand command, int id) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, id);
        return OwnedFd.of(
                kernel,
                kernel.bpf(command.number(), attributes, 12),
                "opening the object of id " + id);
    }

    /**
     * Has the kernel count and time the runs of all programs until the descriptor is closed, for
     * {@link ProgramInfo#runCount} and {@link ProgramInfo#runNanoseconds}. Linux 5.8. Reading the
     * clock twice makes each run of each program take longer.
     *
     * @param kernel the kernel
     * @return what keeps it counting, which has to be closed
     * @throws KernelException if the kernel refuses; that needs CAP_SYS_ADMIN
     */
    public static OwnedFd enableStatistics(Kernel kernel) {
        // BPF_STATS_RUN_TIME is 0, and there is no other kind.
        MemorySegment attributes = zeroed(8);
        return OwnedFd.of(
                kernel,
                kernel.bpf(BpfCommand.ENABLE_STATS.number(), attributes, 4),
                "turning statistics of BPF programs on");
    }

    private static String name(MemorySegment info, long offset) {
        byte[] bytes = info.asSlice(offset, NAME_SIZE).toArray(ValueLayout.JAVA_BYTE);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
