package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Somebody who is not root, with a few capabilities: a thread of this process, since to the kernel
 * each thread has credentials of its own. (It is the C library that sets those of all threads.)
 */
public final class AnotherUser {
    /** To load programs and create maps. */
    public static final int CAP_BPF = 39;

    /** To trace. */
    public static final int CAP_PERFMON = 38;

    /** Almost everything. */
    public static final int CAP_SYS_ADMIN = 21;

    private static final int NOBODY = 65534;
    private static final int KEEP_CAPABILITIES = 8;
    private static final int CAPABILITY_VERSION = 0x20080522;

    private AnotherUser() {}

    /**
     * {@return what is made of a task by user {@code nobody}}
     *
     * @param task the task; its exception is thrown
     * @param capabilities the numbers of those that the user has
     */
    public static <T> T call(Callable<T> task, int... capabilities) throws Exception {
        var result =
                new FutureTask<T>(
                        () -> {
                            become(capabilities);
                            return task.call();
                        });
        Thread thread = Thread.ofPlatform().name("another user").start(result);
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            thread.join();
        }
    }

    private static void become(int... capabilities) {
        boolean x86 = Architecture.host() == Architecture.X86_64;
        long mask = 0;
        for (int capability : capabilities) {
            mask |= 1L << capability;
        }
        call(x86 ? 157 : 167, KEEP_CAPABILITIES, 1, 0);
        call(x86 ? 119 : 149, NOBODY, NOBODY, NOBODY);
        call(x86 ? 117 : 147, NOBODY, NOBODY, NOBODY);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocateFrom(ValueLayout.JAVA_INT, CAPABILITY_VERSION, 0);
            int low = (int) mask;
            int high = (int) (mask >>> 32);
            // Effective, permitted, inheritable; and once more for the upper half.
            MemorySegment sets =
                    arena.allocateFrom(ValueLayout.JAVA_INT, low, low, 0, high, high, 0);
            call(x86 ? 126 : 91, header.address(), sets.address(), 0);
        }
    }

    @SuppressWarnings("restricted")
    private static void call(long number, long first, long second, long third) {
        var longs = new ValueLayout.OfLong[4];
        Arrays.fill(longs, ValueLayout.JAVA_LONG);
        Linker linker = Linker.nativeLinker();
        MethodHandle handle =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(ValueLayout.JAVA_LONG, longs),
                        Linker.Option.firstVariadicArg(1));
        try {
            long result = (long) handle.invokeExact(number, first, second, third);
            assertEquals(0, result, "system call " + number);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
