package dev.purebpf.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Linux itself, by one downcall handle: {@code long syscall(long, long, long, long, long, long,
 * long)}.
 *
 * <p>One handle because each further shape of call costs some 5 ms of start-up; {@code static
 * final} because only then the compiler sees through it. The C library's {@code syscall} returns −1
 * and sets {@code errno}, which the handle saves before the JVM can change it.
 */
final class LinuxKernel implements Kernel {
    private static final int AT_FDCWD = -100;
    private static final int CLOSE_ON_EXEC = 02000000;
    private static final int NON_BLOCKING = 04000;
    private static final int DUPLICATE_CLOSE_ON_EXEC = 1030;
    private static final int AUXILIARY_PAGE_SIZE = 6;

    /** More than {@code struct statfs} has on any machine. */
    private static final int STATFS_SIZE = 256;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = link();

    /**
     * Where the handle saves {@code errno}: one for each thread, for as long as the thread lives.
     */
    private static final ThreadLocal<MemorySegment> SAVED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    private final Architecture architecture;
    private final Architecture.SystemCallNumbers numbers;
    private final int pageSize;
    private final KernelFeatures features = new KernelFeatures(this);

    private LinuxKernel() {
        architecture = Architecture.host();
        numbers = architecture.numbers();
        pageSize = readPageSize();
    }

    /** {@return the only instance, made when it is first asked for} */
    static LinuxKernel instance() {
        if (SYSCALL == null) {
            throw new IllegalCallerException(NativeAccess.message(LinuxKernel.class.getModule()));
        }
        return Instance.KERNEL;
    }

    private static final class Instance {
        static final LinuxKernel KERNEL = new LinuxKernel();
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor shape =
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG);
        try {
            return linker.defaultLookup()
                    .find("syscall")
                    .map(
                            address ->
                                    linker.downcallHandle(
                                            address,
                                            shape,
                                            Linker.Option.firstVariadicArg(1),
                                            Linker.Option.captureCallState("errno")))
                    .orElse(null);
        } catch (IllegalCallerException _) {
            return null;
        }
    }

    private static long call(long number, long a, long b, long c, long d, long e, long f) {
        MemorySegment saved = SAVED.get();
        long result;
        try {
            result = (long) SYSCALL.invokeExact(saved, number, a, b, c, d, e, f);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
        return result == -1 ? -(int) ERRNO.get(saved, 0L) : result;
    }

    private int readPageSize() {
        try {
            byte[] vector = readFile("/proc/self/auxv");
            ByteBuffer pairs = ByteBuffer.wrap(vector).order(ByteOrder.nativeOrder());
            while (pairs.remaining() >= 16) {
                long key = pairs.getLong();
                long value = pairs.getLong();
                if (key == AUXILIARY_PAGE_SIZE) {
                    return Math.toIntExact(value);
                }
            }
        } catch (IOException _) {
            // Without /proc the usual size is the best guess; mapping with a wrong one gives
            // EINVAL.
        }
        return 4096;
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public KernelFeatures features() {
        return features;
    }

    @Override
    public long bpf(int command, MemorySegment attributes, int size) {
        try {
            return call(numbers.bpf(), command, NativeAddress.of(attributes), size, 0, 0, 0);
        } finally {
            Reference.reachabilityFence(attributes);
        }
    }

    @Override
    public long perfEventOpen(MemorySegment attributes, int pid, int cpu, int groupFd, long flags) {
        try {
            return call(
                    numbers.perfEventOpen(),
                    NativeAddress.of(attributes),
                    pid,
                    cpu,
                    groupFd,
                    flags,
                    0);
        } finally {
            Reference.reachabilityFence(attributes);
        }
    }

    @Override
    public long ioctl(int fd, long request, long argument) {
        return call(numbers.ioctl(), fd, request, argument, 0, 0, 0);
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return call(numbers.mmap(), address, length, protection, flags, fd, offset);
    }

    @Override
    public long munmap(long address, long length) {
        return call(numbers.munmap(), address, length, 0, 0, 0, 0);
    }

    @Override
    public long epollCreate() {
        return call(numbers.epollCreate1(), CLOSE_ON_EXEC, 0, 0, 0, 0, 0);
    }

    @Override
    public long epollControl(int epollFd, int operation, int fd, int events, long data) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(architecture.epollEventSize(), 8);
            event.set(ValueLayout.JAVA_INT, 0, events);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, architecture.epollDataOffset(), data);
            return call(numbers.epollCtl(), epollFd, operation, fd, event.address(), 0, 0);
        }
    }

    @Override
    public long epollWait(int epollFd, MemorySegment events, int maximum, int timeoutMillis) {
        try {
            return call(
                    numbers.epollPwait(),
                    epollFd,
                    NativeAddress.of(events),
                    maximum,
                    timeoutMillis,
                    0,
                    0);
        } finally {
            Reference.reachabilityFence(events);
        }
    }

    @Override
    public long eventFd() {
        return call(numbers.eventfd2(), 0, CLOSE_ON_EXEC | NON_BLOCKING, 0, 0, 0, 0);
    }

    @Override
    public long read(int fd, MemorySegment buffer, long length) {
        try {
            return call(
                    numbers.read(), fd, NativeAddress.of(buffer), within(buffer, length), 0, 0, 0);
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    @Override
    public long write(int fd, MemorySegment buffer, long length) {
        try {
            return call(
                    numbers.write(), fd, NativeAddress.of(buffer), within(buffer, length), 0, 0, 0);
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    @Override
    public long open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            long name = arena.allocateFrom(path).address();
            return call(numbers.openat(), AT_FDCWD, name, flags | CLOSE_ON_EXEC, mode, 0, 0);
        }
    }

    @Override
    public long fileSystemType(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATFS_SIZE, 8);
            long name = arena.allocateFrom(path).address();
            long result = call(numbers.statfs(), name, status.address(), 0, 0, 0, 0);
            return result < 0 ? result : status.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    @Override
    public long duplicate(int fd, int minimum) {
        return call(numbers.fcntl(), fd, DUPLICATE_CLOSE_ON_EXEC, minimum, 0, 0, 0);
    }

    @Override
    public long replace(int fd, int target) {
        return call(numbers.dup3(), fd, target, CLOSE_ON_EXEC, 0, 0, 0);
    }

    @Override
    public long close(int fd) {
        return call(numbers.close(), fd, 0, 0, 0, 0, 0);
    }

    @Override
    public int processId() {
        return (int) call(numbers.getpid(), 0, 0, 0, 0, 0, 0);
    }

    @Override
    public int threadId() {
        return (int) call(numbers.gettid(), 0, 0, 0, 0, 0, 0);
    }

    @Override
    public long resourceLimit(int resource, MemorySegment newLimit, MemorySegment oldLimit) {
        try {
            long wanted = NativeAddress.of(newLimit);
            return call(numbers.prlimit64(), 0, resource, wanted, NativeAddress.of(oldLimit), 0, 0);
        } finally {
            Reference.reachabilityFence(newLimit);
            Reference.reachabilityFence(oldLimit);
        }
    }

    @Override
    public byte[] readFile(String path) throws IOException {
        return WholeFile.read(path);
    }

    private static long within(MemorySegment segment, long length) {
        if (length < 0 || length > segment.byteSize()) {
            throw new IndexOutOfBoundsException(
                    length + " bytes of a segment of " + segment.byteSize());
        }
        return length;
    }
}
