package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;

@Tag("kernel")
@ExtendWith(LeakCheck.class)
@Timeout(60)
class LiveProgramsTest {
    private static final int SOCKET_FILTER = 1;
    private static final int PERF_EVENT = 7;
    private static final int RAW_TRACEPOINT = 17;
    private static final int GET_CURRENT_PID_TGID = 14;

    private Kernel kernel;

    @BeforeEach
    void open() {
        kernel = LiveKernel.require();
    }

    private OwnedFd load(int type, byte[] instructions) {
        return LiveKernel.load(
                kernel, new ProgramAttributes("a-test", type, instructions).license("GPL"));
    }

    private OwnedFd counterMap() {
        return MapCommands.create(kernel, new MapAttributes("counter", 2, 4, 8, 1));
    }

    /** A program that counts its runs, those of this process only if so asked. */
    private byte[] counting(OwnedFd counter, boolean own) {
        Slots slots = new Slots();
        if (own) {
            slots.call(GET_CURRENT_PID_TGID).shiftRight(0, 32).ifNotEqual(0, kernel.processId(), 4);
        }
        return slots.value(1, counter.number(), 0).move(2, 1).atomicAdd(1, 0, 2).move(0, 0).exit();
    }

    private long count(OwnedFd counter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(8, 8);
            MemorySegment key = arena.allocate(4, 4);
            assertEquals(0, MapCommands.lookup(kernel, counter.number(), key, value, 0));
            return value.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    @Test
    void aLoadedProgramTellsAboutItself() {
        try (OwnedFd counter = counterMap();
                OwnedFd program = load(SOCKET_FILTER, counting(counter, false))) {
            ProgramInfo info = InfoCommands.program(kernel, program.number());
            assertEquals(SOCKET_FILTER, info.type());
            assertEquals("a_test", info.name());
            assertTrue(info.gplCompatible());
            assertEquals(List.of(InfoCommands.map(kernel, counter.number()).id()), info.mapIds());
            assertTrue(info.tag().matches("[0-9a-f]{16}"), info.tag());
            assertEquals(info, InfoCommands.program(kernel, program.number()));
            int id = 0;
            boolean listed = false;
            while ((id = InfoCommands.nextId(kernel, BpfCommand.PROG_GET_NEXT_ID, id)) != 0) {
                listed |= id == info.id();
            }
            assertTrue(listed);
        }
    }

    @Test
    void aTestRunReturnsWhatTheProgramReturned() {
        try (OwnedFd program = load(SOCKET_FILTER, new Slots().move(0, 42).exit())) {
            byte[] packet = new byte[64];
            packet[63] = 7;
            TestRun run =
                    ProgramCommands.testRun(
                            kernel, program.number(), packet, 100, new byte[0], 1000);
            assertEquals(42, run.returnValue());
            assertTrue(run.nanoseconds() >= 0);
            assertEquals(64, run.data().length);
            assertEquals(7, run.data()[63]);
        }
    }

    @Test
    void aTestRunWithoutRoomForThePacketIsFine() {
        try (OwnedFd program = load(SOCKET_FILTER, new Slots().move(0, 1).exit())) {
            TestRun run =
                    ProgramCommands.testRun(
                            kernel, program.number(), new byte[14], 0, new byte[0], 0);
            assertEquals(1, run.returnValue());
            assertEquals(0, run.data().length);
        }
    }

    @Test
    void theVerifiersReasonIsInTheLog() {
        // r0 is never set.
        var program = new ProgramAttributes("bad", SOCKET_FILTER, new Slots().exit());
        LoadResult result = ProgramCommands.load(kernel, program, LogOptions.ON_FAILURE);
        assertFalse(result.loaded());
        assertEquals(Errno.EACCES.number(), result.errno());
        assertTrue(result.log().contains("R0 !read_ok"), result.log());
        assertFalse(result.truncated());
    }

    @Test
    void aLogThatDoesNotFitDoesNotRefuseTheProgram() {
        Slots slots = new Slots();
        for (int i = 0; i < 1000; i++) {
            slots.move(0, i);
        }
        var program = new ProgramAttributes("wordy", SOCKET_FILTER, slots.exit());
        LoadResult result = ProgramCommands.load(kernel, program, new LogOptions(2, 256));
        assertTrue(result.loaded());
        assertTrue(result.truncated());
        result.fd().close();
        LoadResult whole = ProgramCommands.load(kernel, program, new LogOptions(2, 0));
        assertTrue(whole.loaded());
        assertFalse(whole.truncated());
        assertTrue(whole.log().contains("r0 = 999"), whole.log());
        whole.fd().close();
    }

    @Test
    void emptyAndSenselessProgramsAreRefused() {
        for (byte[] instructions : new byte[][] {{}, new byte[8], {1, 2, 3}}) {
            var program = new ProgramAttributes("bad", SOCKET_FILTER, instructions);
            LoadResult result = ProgramCommands.load(kernel, program, LogOptions.ON_FAILURE);
            assertFalse(result.loaded());
            assertTrue(result.errno() > 0);
        }
    }

    @Test
    void aRawTracepointRunsUntilItsLinkIsClosed() {
        try (OwnedFd counter = counterMap();
                OwnedFd program = load(RAW_TRACEPOINT, counting(counter, true))) {
            long atEnd;
            try (OwnedFd link =
                    LinkCommands.openRawTracepoint(kernel, program.number(), "sys_enter", 0)) {
                for (int i = 0; i < 100; i++) {
                    kernel.threadId();
                }
                assertTrue(count(counter) >= 100);
                ProgramInfo info = InfoCommands.program(kernel, program.number());
                assertEquals(info.id(), InfoCommands.link(kernel, link.number()).programId());
            }
            // The kernel may take a moment until nobody runs it any more.
            do {
                atEnd = count(counter);
                pause();
            } while (count(counter) != atEnd);
            kernel.threadId();
            assertEquals(atEnd, count(counter));
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aMissingTracepointIsToldByName() {
        try (OwnedFd program = load(RAW_TRACEPOINT, new Slots().move(0, 0).exit())) {
            var e =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    LinkCommands.openRawTracepoint(
                                            kernel, program.number(), "no_such", 0));
            assertEquals("attaching to raw tracepoint no_such", e.operation());
            assertEquals("ENOENT", e.errnoName());
        }
    }

    /** The CPU clock of this thread, once in 100 microseconds. */
    private OwnedFd clock() {
        var event =
                new PerfEventAttributes(
                        PerfEventAttributes.SOFTWARE, 0, 100_000, 0, 0, 0, 0, false);
        return PerfEvents.open(kernel, event, 0, -1, "opening a clock");
    }

    private void spinUntilCounted(OwnedFd counter, long more) {
        long until = count(counter) + more;
        while (count(counter) < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aPerfEventRunsAProgramByRequest() {
        try (OwnedFd counter = counterMap();
                OwnedFd program = load(PERF_EVENT, counting(counter, false));
                OwnedFd event = clock()) {
            PerfEvents.setProgram(kernel, event.number(), program.number());
            PerfEvents.enable(kernel, event.number());
            spinUntilCounted(counter, 3);
            PerfEvents.disable(kernel, event.number());
            long atEnd = count(counter);
            pause();
            assertEquals(atEnd, count(counter));
        }
    }

    @Test
    void aPerfEventRunsAProgramByALink() {
        assumeTrue(kernel.features().has(Feature.PERF_LINK), "needs perf links (5.15)");
        try (OwnedFd counter = counterMap();
                OwnedFd program = load(PERF_EVENT, counting(counter, false));
                OwnedFd event = clock();
                OwnedFd link =
                        LinkCommands.createForPerfEvent(
                                kernel, program.number(), event.number(), 7)) {
            PerfEvents.enable(kernel, event.number());
            spinUntilCounted(counter, 3);
            assertEquals(
                    InfoCommands.program(kernel, program.number()).id(),
                    InfoCommands.link(kernel, link.number()).programId());
        }
    }

    @Test
    void aMapIsBoundToAProgram() {
        assumeTrue(kernel.features().has(Feature.BIND_MAP), "needs map binding (5.10)");
        try (OwnedFd counter = counterMap();
                OwnedFd program = load(SOCKET_FILTER, new Slots().move(0, 0).exit())) {
            assertEquals(0, ProgramCommands.bindMap(kernel, program.number(), counter.number()));
            assertEquals(1, InfoCommands.program(kernel, program.number()).mapIds().size());
        }
    }

    /** As records of a future kernel would be, with fields that this one does not know. */
    @Test
    void recordsLargerThanThisKernelKnowsAreCut() {
        BtfBuilder types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, 1, 0, 32));
        int prototype = types.add(new BtfType.FunctionPrototype(number, List.of()));
        int function = types.add(new BtfType.Function("f", prototype, Linkage.STATIC));
        int file = types.string("f.c");
        int code = types.string("return 0;");
        byte[] bytes = types.toBytes(ByteOrder.nativeOrder());
        var watched = new WatchedKernel(kernel, Set.of());
        try (OwnedFd btf = BtfCommands.load(kernel, bytes, LogOptions.ON_FAILURE).fd()) {
            ProgramAttributes program =
                    new ProgramAttributes("f", SOCKET_FILTER, new Slots().move(0, 0).exit())
                            .btf(
                                    btf.number(),
                                    record(0, function, 1, 2),
                                    16,
                                    record(0, file, code, 1 << 10, 3, 4),
                                    24);
            LiveKernel.load(watched.kernel(), program).close();
        }
        assertEquals(3, watched.calls(BpfCommand.PROG_LOAD).size(), "functions, lines, loaded");
    }

    private static byte[] record(int... words) {
        ByteBuffer record = ByteBuffer.allocate(4 * words.length).order(ByteOrder.nativeOrder());
        record.asIntBuffer().put(words);
        return record.array();
    }

    @Test
    void damagedBtfIsRefusedWithALog() {
        byte[] btf = new byte[24];
        btf[0] = (byte) 0x9f;
        btf[1] = (byte) 0xeb;
        btf[2] = 1;
        btf[4] = 24;
        LoadResult result = BtfCommands.load(kernel, btf, LogOptions.ON_FAILURE);
        assertFalse(result.loaded());
        assertEquals(Errno.EINVAL.number(), result.errno());
        assertFalse(result.log().isEmpty());
    }
}
