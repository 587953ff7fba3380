package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.codec.Length;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.OwnedFd;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The whole way on this machine's kernel: open, set, load, attach, read. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class FrontDoorTest {
    record Call(int pid, int tid, long number, long time) {}

    record Event(long sequence, int pid, int tid, @Length(16) String comm) {}

    private Kernel kernel;

    @BeforeEach
    void needsKernel() {
        kernel = LiveKernel.require();
    }

    @Test
    void theExampleOfTheReadmeSeesItsOwnSystemCalls(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("example.bpf.o");
        Files.write(file, Fixtures.bytes("example"));
        List<Call> calls = new ArrayList<>();
        try (LoadedObject bpf =
                        BpfObject.open(file)
                                .set("target_pid", ProcessHandle.current().pid())
                                .load();
                OwnedFd link = attach(bpf.program("on_sys_enter"), "sys_enter");
                EventBuffer events = bpf.ringBuffer("calls", Call.class, calls::add)) {
            assertTrue(link.isOpen());
            kernel.threadId();
            assertTrue(events.poll(Duration.ofSeconds(5)) > 0);
        }
        assertTrue(
                calls.stream().allMatch(c -> c.pid() == ProcessHandle.current().pid()),
                calls::toString);
        assertTrue(calls.stream().allMatch(c -> c.tid() > 0 && c.time() > 0), calls::toString);
        int gettid = "amd64".equals(System.getProperty("os.arch")) ? 186 : 178;
        assertTrue(calls.stream().anyMatch(c -> c.number() == gettid), calls::toString);
    }

    @Test
    void recordsAreHeldAgainstTheStructOfTheirName() {
        LiveKernel.requireHelper(kernel, 166, "programs of type syscall (5.14)");
        try (LoadedObject bpf = Fixtures.open("events_ring").load()) {
            List<Event> seen = new ArrayList<>();
            try (EventBuffer events = bpf.ringBuffer("events", Event.class, seen::add)) {
                assertEquals(10, produce(bpf, 10));
                assertEquals(10, events.consume());
            }
            assertEquals(10, seen.size());
            assertEquals(3, seen.get(3).sequence());
            assertEquals(ProcessHandle.current().pid(), seen.getFirst().pid());
            assertEquals(10, bpf.variable("sequence").getLong());
        }
    }

    @Test
    void aRecordOfAnotherLengthIsRefusedWhenItComes() {
        LiveKernel.requireHelper(kernel, 166, "programs of type syscall (5.14)");
        record Shorter(long sequence, int pid, int tid) {}
        try (LoadedObject bpf = Fixtures.open("events_ring").load();
                EventBuffer events = bpf.ringBuffer("events", Shorter.class, _ -> {})) {
            produce(bpf, 1);
            var e = assertThrows(IllegalStateException.class, events::consume);
            assertTrue(e.getMessage().contains("32 bytes"), e.getMessage());
        }
    }

    @Test
    void perfRecordsArriveAsRecordsToo() {
        List<Event> seen = new ArrayList<>();
        int pid = (int) ProcessHandle.current().pid();
        try (LoadedObject bpf = Fixtures.open("events_perf").set("target_pid", pid).load();
                EventBuffer events = bpf.perfBuffer("events", Event.class, seen::add)) {
            try (OwnedFd _ = attach(bpf.program("on_enter"), "sys_enter")) {
                kernel.threadId();
                events.poll(Duration.ofSeconds(5));
            }
            while (events.consume() > 0) {
                // Until the rings are empty.
            }
            long sent = bpf.variable("sequence").getLong() - bpf.variable("lost").getLong();
            assertEquals(sent, seen.size());
        }
        assertTrue(seen.size() > 0);
        assertTrue(seen.stream().allMatch(e -> e.pid() == pid), seen::toString);
    }

    @Test
    void variablesAreSetBeforeAndLiveAfterTheLoad() {
        record Point(short x, short y, long weight) {}
        BpfObject object =
                Fixtures.open("globals")
                        .set("target_pid", (int) ProcessHandle.current().pid())
                        .set("negative", -6L)
                        .set("greeting", "hallo")
                        .set("counter", 100L)
                        .set("origin", new Point((short) 3, (short) -4, 5))
                        .set("zeroes", new long[] {1, 2, 3, 4});
        try (LoadedObject bpf = object.load()) {
            assertEquals(ProcessHandle.current().pid(), bpf.variable("target_pid").getInt());
            assertEquals(-6, bpf.variable("negative").getLong());
            assertEquals("hallo", bpf.variable("greeting").get(String.class));
            assertArrayEquals(new long[] {1, 2, 3, 4}, bpf.variable("zeroes").get(long[].class));
            assertEquals(
                    new Point((short) 3, (short) -4, 5), bpf.variable("origin").get(Point.class));
            assertEquals(11, bpf.variable("custom_data").getInt());
            assertEquals(12, bpf.variable("custom_constant").getInt());
            bpf.variable("last_pid").set(0);
            try (OwnedFd _ = attach(bpf.program("on_enter"), "sys_enter")) {
                kernel.threadId();
            }
            assertEquals(ProcessHandle.current().pid(), bpf.variable("last_pid").getInt());
            assertNotEquals(100, bpf.variable("counter").getLong());
            assertTrue(bpf.variable("counter").memory().isPresent());
            bpf.variable("counter").set(7);
            assertEquals(7L, bpf.variable("counter").get(Long.class));
            var e =
                    assertThrows(
                            UnsupportedOperationException.class,
                            () -> bpf.variable("target_pid").set(1));
            assertTrue(e.getMessage().contains("before load"), e.getMessage());
        }
    }

    @Test
    void variablesOfAnUnloadedObjectAreOutOfReach() {
        LoadedObject bpf = Fixtures.open("globals").load();
        Variable counter = bpf.variable("counter");
        Program program = bpf.program("on_enter");
        bpf.close();
        bpf.close();
        assertThrows(IllegalStateException.class, counter::getLong);
        assertThrows(IllegalStateException.class, program::fd);
        assertThrows(IllegalStateException.class, bpf.map(".bss")::fd);
    }

    @Test
    void anObjectCanBeLoadedTwiceAtATime() {
        BpfObject object = Fixtures.open("globals");
        try (LoadedObject first = object.load();
                LoadedObject second = object.set("counter", 1L).load()) {
            assertEquals(42, first.variable("counter").getLong());
            assertEquals(1, second.variable("counter").getLong());
        }
    }

    @Test
    void subprogramsAreLoadedWithTheirTypes() {
        BpfObject object = Fixtures.open("subprograms");
        object.program("third").autoload(false);
        try (LoadedObject bpf = object.load(LoadOptions.defaults().withLogLevel(1))) {
            assertTrue(
                    bpf.program("first").log().contains("processed"), bpf.program("first").log());
        }
    }

    @Test
    void callbacksAreLoadedWithTheirTypes() {
        LiveKernel.requireHelper(kernel, 164, "callbacks (5.13)");
        try (LoadedObject bpf = Fixtures.open("subprograms").load()) {
            assertEquals(3, bpf.programs().size());
            assertTrue(bpf.program("third").fd() > 2);
        }
    }

    @Test
    void programsFitThisKernel() {
        try (LoadedObject bpf = Fixtures.open("core").load()) {
            assertTrue(bpf.programs().size() > 0);
        }
    }

    private OwnedFd attach(Program program, String tracepoint) {
        return LinkCommands.openRawTracepoint(kernel, program.fd(), tracepoint, 0);
    }

    /** Runs the producer; {@return how many events it wrote}. */
    private static int produce(LoadedObject bpf, int count) {
        ByteBuffer request = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        request.putInt(0, count);
        byte[] after = bpf.program("produce").run(new byte[0], request.array()).context();
        return ByteBuffer.wrap(after).order(ByteOrder.nativeOrder()).getInt(12);
    }
}
