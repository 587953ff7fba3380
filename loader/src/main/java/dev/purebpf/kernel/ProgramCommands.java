package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.getInt;
import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.setLong;
import static dev.purebpf.kernel.AttributeScratch.setName;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import dev.purebpf.error.KernelException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The commands of {@code bpf(2)} on programs. */
public final class ProgramCommands {
    private static final int SLOT_SIZE = 8;

    /** Up to and including {@code attach_prog_fd}; up to and including {@code fd_array}. */
    private static final int LOAD_SIZE = 116;

    private static final int LOAD_SIZE_WITH_FD_ARRAY = 128;
    private static final int FUNCTION_INFO_RECORD_SIZE = 76;
    private static final int LINE_INFO_RECORD_SIZE = 92;
    private static final int TEST_RUN_SIZE = 64;
    private static final int TEST_RUN_TRIES = 20;

    private ProgramCommands() {}

    /**
     * {@return the loaded program, or why not, with the verifier's log}
     *
     * <p>As libbpf does: repeats when signals interrupt the verifier, repeats a failure with a log,
     * doubles a log that is too small, cuts function and line records down to what the kernel knows
     * (E2BIG), raises {@code RLIMIT_MEMLOCK} where it counts, and leaves out the name (before 4.15)
     * and the expected attach type (before 4.17) where the kernel does not take them.
     *
     * @param kernel the kernel
     * @param program what to load
     * @param options how much the verifier is to say
     */
    public static LoadResult load(Kernel kernel, ProgramAttributes program, LogOptions options) {
        MemoryLock.raiseIfNeeded(kernel);
        boolean named =
                !program.kernelName.isEmpty() && kernel.features().has(Feature.PROGRAM_NAME);
        boolean attachTyped =
                program.expectedAttachType != 0
                        && kernel.features().has(Feature.EXPECTED_ATTACH_TYPE);
        try (Arena arena = Arena.ofConfined()) {
            var load = new Load(kernel, program, named, attachTyped, arena);
            return LoggedLoad.run(
                    kernel, options, "loading program " + program.name, load::attempt);
        }
    }

    /** Loads without retries and without asking for features, for those that probe them. */
    static long load(Kernel kernel, ProgramAttributes program) {
        try (Arena arena = Arena.ofConfined()) {
            boolean named = !program.kernelName.isEmpty();
            return new Load(kernel, program, named, true, arena).attempt(0, 0, 0);
        }
    }

    /** One program on its way, its parts in native memory. */
    private static final class Load {
        private final Kernel kernel;
        private final ProgramAttributes program;
        private final boolean named;
        private final boolean attachTyped;
        private final MemorySegment instructions;
        private final MemorySegment license;
        private final MemorySegment functionInfo;
        private final MemorySegment lineInfo;
        private final MemorySegment fdArray;
        private boolean cut;

        Load(
                Kernel kernel,
                ProgramAttributes program,
                boolean named,
                boolean attachTyped,
                Arena arena) {
            this.kernel = kernel;
            this.program = program;
            this.named = named;
            this.attachTyped = attachTyped;
            this.instructions = AttributeScratch.copy(arena, program.instructions);
            this.license = arena.allocateFrom(program.license);
            this.functionInfo = AttributeScratch.copy(arena, program.functionInfo);
            this.lineInfo = AttributeScratch.copy(arena, program.lineInfo);
            this.fdArray =
                    program.fdArray.length == 0
                            ? MemorySegment.NULL
                            : arena.allocateFrom(ValueLayout.JAVA_INT, program.fdArray);
        }

        long attempt(int logLevel, long log, int logSize) {
            MemorySegment attributes = fill(logLevel, log, logSize);
            int size = program.fdArray.length == 0 ? LOAD_SIZE : LOAD_SIZE_WITH_FD_ARRAY;
            long result = kernel.bpf(BpfCommand.PROG_LOAD.number(), attributes, size);
            if (Errno.E2BIG.is(result) && !cut) {
                cut = true;
                int functionSize = getInt(attributes, FUNCTION_INFO_RECORD_SIZE);
                int lineSize = getInt(attributes, LINE_INFO_RECORD_SIZE);
                // The kernel writes the record size that it knows over ours: first of one kind, and
                // when those are cut, of the other.
                boolean smaller =
                        zeroTails(functionInfo, program.functionInfoRecordSize, functionSize)
                                | zeroTails(lineInfo, program.lineInfoRecordSize, lineSize);
                if (smaller) {
                    result = attempt(logLevel, log, logSize);
                    if (Errno.E2BIG.is(result)
                            && zeroTails(
                                    lineInfo,
                                    program.lineInfoRecordSize,
                                    getInt(attributes, LINE_INFO_RECORD_SIZE))) {
                        result = attempt(logLevel, log, logSize);
                    }
                }
            }
            return result;
        }

        private MemorySegment fill(int logLevel, long log, int logSize) {
            MemorySegment attributes = zeroed(LOAD_SIZE_WITH_FD_ARRAY);
            setInt(attributes, 0, program.type);
            setInt(attributes, 4, program.instructions.length / SLOT_SIZE);
            setLong(attributes, 8, instructions.address());
            setLong(attributes, 16, license.address());
            setInt(attributes, 24, logLevel);
            setInt(attributes, 28, logSize);
            setLong(attributes, 32, log);
            setInt(attributes, 40, program.kernelVersion);
            setInt(attributes, 44, program.flags);
            if (named) {
                setName(attributes, 48, program.kernelName);
            }
            setInt(attributes, 64, program.interfaceIndex);
            setInt(attributes, 68, attachTyped ? program.expectedAttachType : 0);
            setInt(attributes, 72, program.btfFd);
            setInt(attributes, FUNCTION_INFO_RECORD_SIZE, program.functionInfoRecordSize);
            setLong(attributes, 80, functionInfo.address());
            setInt(attributes, 88, count(program.functionInfo, program.functionInfoRecordSize));
            setInt(attributes, LINE_INFO_RECORD_SIZE, program.lineInfoRecordSize);
            setLong(attributes, 96, lineInfo.address());
            setInt(attributes, 104, count(program.lineInfo, program.lineInfoRecordSize));
            setInt(attributes, 108, program.attachBtfId);
            setInt(attributes, 112, program.attachTargetFd);
            setLong(attributes, 120, fdArray.address());
            return attributes;
        }

        private static int count(byte[] records, int recordSize) {
            return recordSize <= 0 ? 0 : records.length / recordSize;
        }

        /** Zeroes what the kernel does not know of each record; tells whether there was such. */
        private static boolean zeroTails(MemorySegment records, int recordSize, int known) {
            if (known <= 0 || known >= recordSize) {
                return false;
            }
            for (long at = 0; at + recordSize <= records.byteSize(); at += recordSize) {
                records.asSlice(at + known, recordSize - known).fill((byte) 0);
            }
            return true;
        }
    }

    /**
     * {@return what a program did with given input}
     *
     * <p>Repeats when a signal interrupts the run, {@value #TEST_RUN_TRIES} times at most.
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param data the packet, empty for programs without one
     * @param dataRoom how many bytes there are to be for the packet afterwards
     * @param context the context, empty for none; it comes back changed
     * @param repeat how often to run it, for measuring; 0 means once, and some types take only that
     * @throws KernelException if the kernel refuses: ENOTSUPP where the program's type cannot be
     *     run so
     */
    public static TestRun testRun(
            Kernel kernel, int program, byte[] data, int dataRoom, byte[] context, int repeat) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dataIn = AttributeScratch.copy(arena, data);
            MemorySegment dataOut =
                    dataRoom == 0 ? MemorySegment.NULL : arena.allocate(dataRoom, 8);
            MemorySegment contextIn = AttributeScratch.copy(arena, context);
            // Programs of type "syscall" want no room for output; the kernel writes over the input.
            MemorySegment attributes;
            long result;
            int tries = 0;
            do {
                attributes = zeroed(TEST_RUN_SIZE);
                setInt(attributes, 0, program);
                setInt(attributes, 8, data.length);
                setInt(attributes, 12, dataRoom);
                setLong(attributes, 16, dataIn.address());
                setLong(attributes, 24, dataOut.address());
                setInt(attributes, 32, repeat);
                setInt(attributes, 40, context.length);
                setLong(attributes, 48, contextIn.address());
                result = kernel.bpf(BpfCommand.PROG_TEST_RUN.number(), attributes, TEST_RUN_SIZE);
            } while ((Errno.EINTR.is(result) || Errno.EAGAIN.is(result))
                    && ++tries < TEST_RUN_TRIES);
            kernel.check(result, "running a program");
            int dataLength = Math.clamp(getInt(attributes, 12), 0, dataRoom);
            return new TestRun(
                    getInt(attributes, 4),
                    getInt(attributes, 36),
                    dataOut.asSlice(0, dataLength).toArray(ValueLayout.JAVA_BYTE),
                    contextIn.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /**
     * Keeps a map alive as long as a program, though the program does not refer to it. Since 5.10
     * ({@link Feature#BIND_MAP}).
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param map the map's descriptor
     * @return 0 or minus the error number: a failure does no harm
     */
    public static long bindMap(Kernel kernel, int program, int map) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, program);
        setInt(attributes, 4, map);
        return kernel.bpf(BpfCommand.PROG_BIND_MAP.number(), attributes, 12);
    }

    /**
     * Attaches a program without a link; it stays attached until detached, or until its target is
     * gone.
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param target the descriptor to attach to: a cgroup, a map of sockets
     * @param attachType the number of {@code enum bpf_attach_type}
     * @param flags {@code BPF_F_ALLOW_…}
     * @throws KernelException if the kernel refuses
     */
    public static void attach(Kernel kernel, int program, int target, int attachType, int flags) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, target);
        setInt(attributes, 4, program);
        setInt(attributes, 8, attachType);
        setInt(attributes, 12, flags);
        kernel.check(
                kernel.bpf(BpfCommand.PROG_ATTACH.number(), attributes, 16), "attaching a program");
    }

    /**
     * Detaches a program that was attached without a link.
     *
     * @param kernel the kernel
     * @param program the program's descriptor
     * @param target the descriptor it is attached to
     * @param attachType the number of {@code enum bpf_attach_type}
     * @throws KernelException if the kernel refuses
     */
    public static void detach(Kernel kernel, int program, int target, int attachType) {
        MemorySegment attributes = zeroed(16);
        setInt(attributes, 0, target);
        setInt(attributes, 4, program);
        setInt(attributes, 8, attachType);
        kernel.check(
                kernel.bpf(BpfCommand.PROG_DETACH.number(), attributes, 16), "detaching a program");
    }
}
