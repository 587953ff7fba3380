package dev.purebpf.kernel;

import dev.purebpf.link.AttachType;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One small experiment for each {@link Feature}: the same that libbpf makes, so that both come to
 * the same answer. Results are raw: zero or more for yes. Whatever is opened is closed.
 */
final class FeatureProbes {
    private static final int SOCKET_FILTER = ProgramType.SOCKET_FILTER.number();
    private static final int TRACEPOINT = ProgramType.TRACEPOINT.number();
    private static final int CGROUP_SOCK = ProgramType.CGROUP_SOCK.number();
    private static final int RAW_TRACEPOINT = ProgramType.RAW_TRACEPOINT.number();
    private static final int CGROUP_INET_SOCK_CREATE = AttachType.CGROUP_INET_SOCK_CREATE.number();
    private static final int ARRAY = MapType.ARRAY.number();
    private static final int RING_BUFFER = MapType.RINGBUF.number();
    private static final int ARENA = MapType.ARENA.number();
    private static final int HELPER_PROBE_READ_KERNEL = 113;
    private static final int HELPER_KTIME_GET_COARSE_NS = 160;
    private static final int HELPER_GET_ATTACH_COOKIE = 174;

    static final long MOV_R0_0 = 0xb7;
    static final long EXIT = 0x95;
    private static final long CALL = 0x85;

    private static final int KIND_INT = 1;
    private static final int KIND_POINTER = 2;
    private static final int KIND_FUNCTION = 12;
    private static final int KIND_FUNCTION_PROTOTYPE = 13;
    private static final int KIND_VARIABLE = 14;
    private static final int KIND_DATA_SECTION = 15;
    private static final int KIND_FLOAT = 16;
    private static final int KIND_DECL_TAG = 17;
    private static final int KIND_TYPE_TAG = 18;
    private static final int KIND_ENUM64 = 19;

    /** {@code int}, anonymous names are refused for it: 4 bytes, signed. */
    private static final int[] INT = {1, KIND_INT << 24, 4, 1 << 24 | 32};

    private FeatureProbes() {}

    static long programName(Kernel kernel) {
        return loaded(kernel, program(SOCKET_FILTER, MOV_R0_0, EXIT).kernelName("probe"));
    }

    static long rawTracepoint(Kernel kernel) {
        return loaded(kernel, program(RAW_TRACEPOINT, MOV_R0_0, EXIT));
    }

    static long expectedAttachType(Kernel kernel) {
        return loaded(
                kernel,
                program(CGROUP_SOCK, MOV_R0_0, EXIT).expectedAttachType(CGROUP_INET_SOCK_CREATE));
    }

    static long globalData(Kernel kernel) {
        long map = MapCommands.create(kernel, new MapAttributes("", ARRAY, 4, 32, 1), false);
        if (map < 0) {
            return map;
        }
        try {
            // r1 = address of byte 16 of the value; *(u64 *)r1 = 42; return 0
            return loaded(
                    kernel,
                    program(
                            SOCKET_FILTER,
                            0x2118L | map << 32,
                            16L << 32,
                            0x017aL | 42L << 32,
                            MOV_R0_0,
                            EXIT));
        } finally {
            kernel.close((int) map);
        }
    }

    static long mappableArray(Kernel kernel) {
        return created(kernel, new MapAttributes("", ARRAY, 4, 4, 1).flags(MapAttributes.MAPPABLE));
    }

    static long ringBuffer(Kernel kernel) {
        return created(kernel, new MapAttributes("", RING_BUFFER, 0, 0, kernel.pageSize()));
    }

    static long probeReadKernel(Kernel kernel) {
        // bpf_probe_read_kernel(fp - 8, 8, NULL)
        return loaded(
                kernel,
                program(
                        TRACEPOINT,
                        0xa1bfL,
                        0x0107L | -8L << 32,
                        0x02b7L | 8L << 32,
                        0x03b7L,
                        call(HELPER_PROBE_READ_KERNEL),
                        EXIT));
    }

    static long memcgAccounting(Kernel kernel) {
        return loaded(kernel, program(SOCKET_FILTER, call(HELPER_KTIME_GET_COARSE_NS), EXIT));
    }

    static long cookie(Kernel kernel) {
        return loaded(kernel, program(TRACEPOINT, call(HELPER_GET_ATTACH_COOKIE), EXIT));
    }

    static long bindMap(Kernel kernel) {
        long map = MapCommands.create(kernel, new MapAttributes("", ARRAY, 4, 32, 1), false);
        if (map < 0) {
            return map;
        }
        long program = ProgramCommands.load(kernel, program(SOCKET_FILTER, MOV_R0_0, EXIT));
        try {
            return program < 0
                    ? program
                    : ProgramCommands.bindMap(kernel, (int) program, (int) map);
        } finally {
            kernel.close((int) map);
            if (program >= 0) {
                kernel.close((int) program);
            }
        }
    }

    static long wideArenaOffsets(Kernel kernel) {
        int offset = 1 << 29;
        var arena =
                new MapAttributes("", ARENA, 0, 0, offset / kernel.pageSize() + 1)
                        .flags(MapAttributes.MAPPABLE)
                        .extra(1L << 44);
        long map = MapCommands.create(kernel, arena, false);
        if (map < 0) {
            return map;
        }
        try {
            // r1 = address of that byte; return 0
            return loaded(
                    kernel,
                    program(
                            SOCKET_FILTER,
                            0x2118L | map << 32,
                            (long) offset << 32,
                            MOV_R0_0,
                            EXIT));
        } finally {
            kernel.close((int) map);
        }
    }

    static long batch(Kernel kernel) {
        long map = MapCommands.create(kernel, new MapAttributes("", ARRAY, 4, 4, 2), false);
        if (map < 0) {
            return map;
        }
        try (Arena arena = Arena.ofConfined()) {
            return MapCommands.tryUpdateBatch(
                    kernel, (int) map, arena.allocate(4, 8), arena.allocate(4, 8), 1, 0);
        } finally {
            kernel.close((int) map);
        }
    }

    static long btf(Kernel kernel) {
        return btfLoaded(kernel, INT);
    }

    static long btfFunctions(Kernel kernel) {
        return btfLoaded(kernel, INT, prototype(), function(0));
    }

    static long btfGlobalFunctions(Kernel kernel) {
        return btfLoaded(kernel, INT, prototype(), function(1));
    }

    static long btfDataSections(Kernel kernel) {
        return btfLoaded(
                kernel, INT, variable(), new int[] {1, KIND_DATA_SECTION << 24 | 1, 4, 2, 0, 4});
    }

    static long btfFloat(Kernel kernel) {
        return btfLoaded(kernel, new int[] {1, KIND_FLOAT << 24, 4});
    }

    static long btfDeclTag(Kernel kernel) {
        return btfLoaded(kernel, INT, variable(), new int[] {1, KIND_DECL_TAG << 24, 2, -1});
    }

    static long btfTypeTag(Kernel kernel) {
        return btfLoaded(
                kernel,
                INT,
                new int[] {1, KIND_TYPE_TAG << 24, 1},
                new int[] {0, KIND_POINTER << 24, 2});
    }

    static long btfEnum64(Kernel kernel) {
        return btfLoaded(kernel, new int[] {1, KIND_ENUM64 << 24 | 1, 8, 1, 0, 0});
    }

    static long btfQuestionMarkSections(Kernel kernel) {
        int[] section = {3, KIND_DATA_SECTION << 24 | 1, 4, 2, 0, 4};
        byte[] types = btfOf("\0x\0?x\0", INT, variable(), section);
        return closed(kernel, BtfCommands.load(kernel, types));
    }

    static long contextArgumentTag(Kernel kernel) {
        int[] function = {1, KIND_FUNCTION << 24, 3};
        int[] taggedFunction = {1, KIND_FUNCTION << 24 | 1, 3};
        byte[] types =
                btfOf(
                        "\0x\0arg:ctx\0",
                        INT,
                        new int[] {0, KIND_POINTER << 24, 0},
                        new int[] {0, KIND_FUNCTION_PROTOTYPE << 24 | 1, 1, 1, 2},
                        function,
                        taggedFunction,
                        new int[] {3, KIND_DECL_TAG << 24, 5, 0});
        long btf = BtfCommands.load(kernel, types);
        if (btf < 0) {
            return btf;
        }
        // x(context), which is: return ((struct __sk_buff *)context)->len
        ProgramAttributes program =
                program(SOCKET_FILTER, CALL | 1 << 12 | 1L << 32, EXIT, 0x1061L, EXIT);
        ByteBuffer functions = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        functions.putInt(0).putInt(4).putInt(2).putInt(5);
        try {
            return loaded(kernel, program.btf((int) btf, functions.array(), 8, new byte[0], 16));
        } finally {
            kernel.close((int) btf);
        }
    }

    /** {@code int (int x)}, with the int as type 1. */
    private static int[] prototype() {
        return new int[] {0, KIND_FUNCTION_PROTOTYPE << 24 | 1, 1, 1, 1};
    }

    /** A function of the prototype, as type 2. */
    private static int[] function(int linkage) {
        return new int[] {1, KIND_FUNCTION << 24 | linkage, 2};
    }

    /** {@code static int x}. */
    private static int[] variable() {
        return new int[] {1, KIND_VARIABLE << 24, 1, 0};
    }

    /** {@return the instruction that calls a helper} */
    static long call(int helper) {
        return CALL | (long) helper << 32;
    }

    static ProgramAttributes program(int type, long... slots) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * slots.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long slot : slots) {
            bytes.putLong(slot);
        }
        return new ProgramAttributes("probe", type, bytes.array()).kernelName("").license("GPL");
    }

    private static long loaded(Kernel kernel, ProgramAttributes program) {
        return closed(kernel, ProgramCommands.load(kernel, program));
    }

    static long created(Kernel kernel, MapAttributes map) {
        return closed(kernel, MapCommands.create(kernel, map, false));
    }

    /** {@return BTF with {@code int} as type 1} */
    static byte[] btfOfInt() {
        return btfOf(INT);
    }

    private static long btfLoaded(Kernel kernel, int[]... types) {
        return closed(kernel, BtfCommands.load(kernel, btfOf(types)));
    }

    /** {@return types whose names all are "x", the string at offset 1} */
    private static byte[] btfOf(int[]... types) {
        return btfOf("\0x\0", types);
    }

    private static byte[] btfOf(String names, int[]... types) {
        byte[] strings = names.getBytes(StandardCharsets.US_ASCII);
        int size = 0;
        for (int[] type : types) {
            size += 4 * type.length;
        }
        ByteBuffer btf =
                ByteBuffer.allocate(24 + size + strings.length).order(ByteOrder.nativeOrder());
        btf.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        btf.putInt(0).putInt(size).putInt(size).putInt(strings.length);
        for (int[] type : types) {
            for (int word : type) {
                btf.putInt(word);
            }
        }
        btf.put(strings);
        return btf.array();
    }

    static long closed(Kernel kernel, long fd) {
        if (fd >= 0) {
            kernel.close((int) fd);
        }
        return fd;
    }
}
