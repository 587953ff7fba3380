package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.fixtures.LeakCheck;

import jnr.constants.platform.OpenFlags;
import jnr.constants.platform.RLIMIT;
import jnr.constants.platform.Sysconf;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The real system calls that need no privilege, against jnr-posix as an oracle. */
@ExtendWith(LeakCheck.class)
class LinuxKernelTest {
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();

    private final Kernel kernel = Kernel.host();

    @Test
    void processAndPageAreThoseThatJnrSees() {
        assertEquals(POSIX.getpid(), kernel.processId());
        assertEquals(ProcessHandle.current().pid(), kernel.processId());
        assertEquals(POSIX.sysconf(Sysconf._SC_PAGESIZE), kernel.pageSize());
    }

    @Test
    void everyThreadHasItsOwnId() throws Exception {
        int[] other = new int[1];
        Thread thread = new Thread(() -> other[0] = kernel.threadId());
        thread.start();
        thread.join();
        assertNotEquals(other[0], kernel.threadId());
        assertTrue(Files.exists(Path.of("/proc/self/task/" + kernel.threadId())));
    }

    @Test
    void flagsAreThoseThatJnrKnows() {
        assertEquals(OpenFlags.O_RDONLY.intValue(), Kernel.OPEN_READ_ONLY);
        assertEquals(OpenFlags.O_WRONLY.intValue(), Kernel.OPEN_WRITE_ONLY);
        assertEquals(OpenFlags.O_RDWR.intValue(), Kernel.OPEN_READ_WRITE);
        assertEquals(OpenFlags.O_APPEND.intValue(), Kernel.OPEN_APPEND);
        assertEquals(OpenFlags.O_CLOEXEC.intValue(), Kernel.OPEN_CLOSE_ON_EXEC);
        assertEquals(OpenFlags.O_DIRECTORY.intValue(), kernel.architecture().openDirectory());
        assertEquals(RLIMIT.RLIMIT_MEMLOCK.intValue(), Kernel.LIMIT_LOCKED_MEMORY);
    }

    @Test
    void errorsAreNegativeNumbers() {
        assertTrue(Errno.EBADF.is(kernel.close(-1)));
        assertTrue(Errno.ENOENT.is(kernel.open("/no/such/file", Kernel.OPEN_READ_ONLY, 0)));
        assertTrue(Errno.EBADF.is(kernel.ioctl(-1, 0, 0)));
        assertTrue(Errno.EBADF.is(kernel.epollWait(-1, MemorySegment.NULL, 1, 0)));
        int shared = Kernel.MAP_SHARED;
        assertTrue(Errno.EBADF.is(kernel.mmap(0, 4096, 1, shared, -1, 0)));
    }

    @Test
    void descriptorsAreNotInheritedByAnExec() throws Exception {
        int directory = Kernel.OPEN_READ_ONLY | kernel.architecture().openDirectory();
        try (OwnedFd fd = OwnedFd.of(kernel, kernel.open("/proc", directory, 0), "opening /proc");
                OwnedFd copy = fd.duplicate();
                var epoll = new Epoll(kernel, 1)) {
            epoll.wake();
            for (OwnedFd each : List.of(fd, copy)) {
                String info = Files.readString(Path.of("/proc/self/fdinfo/" + each.number()));
                assertTrue(info.contains("flags:\t02"), info);
                assertTrue(each.number() >= 3);
            }
        }
    }

    @Test
    void heapMemoryIsRefusedRatherThanMisread() {
        MemorySegment heap = MemorySegment.ofArray(new byte[32]);
        assertThrows(IllegalArgumentException.class, () -> kernel.bpf(1, heap, 32));
        assertThrows(IllegalArgumentException.class, () -> kernel.read(0, heap, 0));
    }

    @Test
    void aReadOrWriteStaysWithinItsBuffer() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(8);
            assertThrows(IndexOutOfBoundsException.class, () -> kernel.read(0, buffer, 9));
            assertThrows(IndexOutOfBoundsException.class, () -> kernel.write(1, buffer, -1));
        }
    }

    @Test
    void aFileIsReadIntoNativeMemory() {
        try (Arena arena = Arena.ofConfined();
                OwnedFd fd =
                        OwnedFd.of(
                                kernel,
                                kernel.open("/proc/sys/kernel/ostype", Kernel.OPEN_READ_ONLY, 0),
                                "opening")) {
            MemorySegment buffer = arena.allocate(16);
            assertEquals(6, kernel.read(fd.number(), buffer, 16));
            assertEquals("Linux\n", buffer.getString(0));
        }
    }

    @Test
    void aMappingEndsWithItsArena(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[100]);
        MemorySegment memory;
        try (Arena arena = Arena.ofShared()) {
            try (OwnedFd fd =
                    OwnedFd.of(
                            kernel,
                            kernel.open(file.toString(), Kernel.OPEN_READ_WRITE, 0),
                            "opening a file")) {
                int protection = Kernel.PROTECTION_READ | Kernel.PROTECTION_WRITE;
                memory = Mapping.map(kernel, fd.number(), 0, 100, protection, arena, "mapping");
            }
            memory.set(ValueLayout.JAVA_LONG, 0, 42);
            assertEquals(100, memory.byteSize());
        }
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void theLimitOnLockedMemoryIsReadAsJnrReadsIt() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(16, 8);
            assertEquals(
                    0, kernel.resourceLimit(Kernel.LIMIT_LOCKED_MEMORY, MemorySegment.NULL, limit));
            long theirs = POSIX.getrlimit(RLIMIT.RLIMIT_MEMLOCK.intValue()).rlimCur();
            assertEquals(theirs, limit.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    @Timeout(20)
    void aWaitIsEndedByAnotherThread() throws Exception {
        try (var epoll = new Epoll(kernel, 1)) {
            Thread waker =
                    new Thread(
                            () -> {
                                sleep();
                                epoll.wake();
                            });
            waker.start();
            assertEquals(0, epoll.await(Epoll.deadline(Duration.ofDays(365_000_000))));
            waker.join();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aWaitTakesAsLongAsAskedFor() {
        try (var epoll = new Epoll(kernel, 1)) {
            long start = System.nanoTime();
            assertEquals(0, epoll.await(Epoll.deadline(Duration.ofMillis(30))));
            assertTrue(System.nanoTime() - start >= 30_000_000);
        }
        assertThrows(IllegalArgumentException.class, () -> Epoll.deadline(Duration.ofNanos(-1)));
    }

    @Test
    void aReadableDescriptorIsToldByItsKey() {
        try (var epoll = new Epoll(kernel, 2);
                OwnedFd event = OwnedFd.of(kernel, kernel.eventFd(), "opening");
                Arena arena = Arena.ofConfined()) {
            epoll.add(event.number(), 0x1_2345_6789L);
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
            assertEquals(8, kernel.write(event.number(), one, 8));
            epoll.wake();
            assertEquals(1, epoll.await(Epoll.deadline(Duration.ZERO)));
            assertEquals(0x1_2345_6789L, epoll.key(0));
        }
    }

    @Test
    void wakingAfterTheCloseDoesNothing() {
        var epoll = new Epoll(kernel, 1);
        epoll.close();
        epoll.close();
        epoll.wake();
    }

    @Test
    void fileSystemsAreToldByTheirMagicNumber() {
        assertEquals(0x9fa0, kernel.fileSystemType("/proc"));
        assertTrue(Errno.ENOENT.is(kernel.fileSystemType("/no/such/path")));
    }
}
