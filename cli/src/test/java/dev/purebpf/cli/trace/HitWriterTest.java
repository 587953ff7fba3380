package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.management.ThreadMXBean;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Tracepoint;
import dev.purebpf.probe.TracepointFormat;
import dev.purebpf.symbol.FunctionLookup;
import dev.purebpf.symbol.ProcessMaps;
import dev.purebpf.symbol.StackSymbols;
import dev.purebpf.symbol.UserSymbols;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;

/** What becomes of a record's bytes. */
class HitWriterTest {
    private static final int DATA = 48;
    private static final String FORMAT =
            """
            name: all
            ID: 1
            format:
            \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;
            \tfield:__data_loc char[] text;\toffset:8;\tsize:4;\tsigned:0;
            \tfield:__rel_loc u16[] ids;\toffset:12;\tsize:4;\tsigned:0;
            \tfield:char comm[8];\toffset:16;\tsize:8;\tsigned:0;
            \tfield:unsigned char small;\toffset:24;\tsize:1;\tsigned:0;
            \tfield:signed char low;\toffset:25;\tsize:1;\tsigned:1;
            \tfield:unsigned short flags;\toffset:26;\tsize:2;\tsigned:0;
            \tfield:int balance[2];\toffset:28;\tsize:8;\tsigned:1;
            \tfield:void * ptr;\toffset:36;\tsize:8;\tsigned:0;
            \tfield:u64 big;\toffset:44;\tsize:8;\tsigned:0;
            """;

    private final RecordLayout layout =
            RecordLayout.of(Tracepoint.of("test", "all"), TracepointFormat.parse("all", FORMAT));

    private final HitStacks stacks = new HitStacks(new StackSymbols(Kernel.host()));

    private static byte[] event(int kept) {
        byte[] bytes = new byte[DATA + kept];
        ByteBuffer all = ByteBuffer.allocate(DATA + 62).order(ByteOrder.nativeOrder());
        all.putLong(0, 1_000_000_000L).putInt(8, 12).putInt(12, 13);
        all.putShort(20, (short) kept);
        all.put(32, "a b\0".getBytes(StandardCharsets.UTF_8));
        all.putInt(DATA + 8, 6 << 16 | 52);
        all.putInt(DATA + 12, 4 << 16 | 42);
        all.put(DATA + 16, "me\0junk".getBytes(StandardCharsets.UTF_8));
        all.put(DATA + 24, (byte) 200).put(DATA + 25, (byte) -2);
        all.putShort(DATA + 26, (short) 0xff01);
        all.putInt(DATA + 28, -1).putInt(DATA + 32, 7);
        all.putLong(DATA + 36, 0xffff_8880_0000_1000L).putLong(DATA + 44, -1);
        all.put(DATA + 52, "hi\nyo\0".getBytes(StandardCharsets.UTF_8));
        all.putShort(DATA + 58, (short) 5).putShort(DATA + 60, (short) 65535);
        all.get(0, bytes);
        return bytes;
    }

    private String text(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        HitWriter writer =
                new TextWriter(
                        new CommandOutput(out),
                        WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC")),
                        stacks);
        writer.write(new HitEvent().wrap(MemorySegment.ofArray(bytes), 0, bytes.length), layout);
        writer.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyFieldIsShownByItsType() {
        assertEquals(
                "00:00:01.000000 a?b 12/13 tracepoint:test:all text=\"hi\\nyo\" ids=[5,65535]"
                        + " comm=\"me\" small=200 low=-2 flags=0xff01 balance=[-1,7]"
                        + " ptr=0xffff888000001000 big=18446744073709551615\n",
                text(event(62)));
    }

    @Test
    void aLineAllocatesNothing() {
        var output = new CommandOutput(OutputStream.nullOutputStream());
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC"));
        byte[] bytes = event(62);
        assertEquals(0, allocatedBy(new TextWriter(output, clock, stacks), bytes));
        assertEquals(0, allocatedBy(new JsonWriter(output, WallClock.instant(0), stacks), bytes));
    }

    /** {@return the bytes that 500 lines take in the thriftiest of many rounds} */
    private long allocatedBy(HitWriter writer, byte[] bytes) {
        var event = new HitEvent();
        MemorySegment memory = MemorySegment.ofArray(bytes);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // The first rounds are interpreted and make more.
        for (int round = 0; round < 1_000 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 500; i++) {
                writer.write(event.wrap(memory, 0, bytes.length), layout);
            }
            writer.flush();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @Test
    void whatWasNotKeptIsNotInvented() {
        assertEquals(
                "00:00:01.000000 a?b 12/13 tracepoint:test:all text=\"\"... ids=[]..."
                        + " comm=\"me\" small=200 low=-2 flags=0xff01 balance=[-1]..."
                        + " ptr=... big=...\n",
                text(event(32)));
        assertEquals(
                "00:00:01.000000 a?b 12/13 tracepoint:test:all text=\"\"... ids=[]... comm=\"\"..."
                        + " small=... low=... flags=... balance=[]... ptr=... big=...\n",
                text(event(0)));
    }

    @Test
    void jsonSaysTheSame() {
        var out = new ByteArrayOutputStream();
        HitWriter writer = new JsonWriter(new CommandOutput(out), WallClock.instant(0), stacks);
        byte[] bytes = event(62);
        writer.write(new HitEvent().wrap(MemorySegment.ofArray(bytes), 0, bytes.length), layout);
        writer.writeLosses(3, 0);
        writer.flush();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        Map<String, Object> hit = Json.object(lines.getFirst());
        assertEquals("tracepoint:test:all", hit.get("probe"));
        assertEquals(12L, hit.get("pid"));
        Map<?, ?> fields = (Map<?, ?>) hit.get("fields");
        assertEquals("hi\nyo", fields.get("text"));
        assertEquals(List.of(5L, 65535L), fields.get("ids"));
        assertEquals(List.of(-1L, 7L), fields.get("balance"));
        assertEquals("0xffff888000001000", fields.get("ptr"));
        assertEquals("{\"lost\":3,\"not_followed\":0}", lines.get(1));
    }

    /**
     * {@return an event with a stack of the kernel and one of this process, at the given places}
     */
    private static byte[] eventWithStacks(long kernel, long user) {
        byte[] plain = event(62);
        byte[] bytes = Arrays.copyOf(plain, plain.length + 4 * Long.BYTES);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.nativeOrder())
                .putInt(8, (int) ProcessHandle.current().pid())
                .put(26, (byte) 2)
                .put(27, (byte) 2)
                .putLong(plain.length, kernel)
                .putLong(plain.length + 8, 16)
                .putLong(plain.length + 16, user)
                .putLong(plain.length + 24, 16);
        return bytes;
    }

    @Test
    void aStackFollowsItsHit() throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        var libc = ProcessMaps.load(Kernel.host(), pid).code("libc.so.6").orElseThrow();
        long address = libc.start() - libc.offset();
        try (UserSymbols symbols = UserSymbols.open(Path.of(libc.path()))) {
            address +=
                    assertInstanceOf(FunctionLookup.Found.class, symbols.find("getpid")).offset();
        }
        byte[] bytes = eventWithStacks(32, address + 3);
        List<String> lines = text(bytes).lines().toList();
        assertEquals(
                List.of("    0x20", "    0x10", "    getpid+0x3 [" + libc.path() + "]", "    0x10"),
                lines.subList(1, lines.size()));
        var out = new ByteArrayOutputStream();
        HitWriter writer = new JsonWriter(new CommandOutput(out), WallClock.instant(0), stacks);
        writer.write(new HitEvent().wrap(MemorySegment.ofArray(bytes), 0, bytes.length), layout);
        writer.flush();
        Map<String, Object> hit = Json.object(out.toString(StandardCharsets.UTF_8).strip());
        assertEquals(
                List.of(Map.of("address", "0x20"), Map.of("address", "0x10")),
                hit.get("kernel_stack"));
        assertEquals(
                Map.of(
                        "address",
                        "0x" + Long.toHexString(address + 3),
                        "function",
                        "getpid",
                        "offset",
                        3L,
                        "file",
                        libc.path(),
                        "file_offset",
                        address + 3 - libc.start() + libc.offset()),
                ((List<?>) hit.get("user_stack")).getFirst());
    }

    @Test
    void aStackAllocatesNothingOnceItsNamesAreKnown() {
        var output = new CommandOutput(OutputStream.nullOutputStream());
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC"));
        byte[] bytes = eventWithStacks(32, 48);
        assertEquals(0, allocatedBy(new TextWriter(output, clock, stacks), bytes));
        assertEquals(0, allocatedBy(new JsonWriter(output, WallClock.instant(0), stacks), bytes));
    }

    @Test
    void anEventThatEndsTooSoonIsRefused() {
        byte[] bytes = eventWithStacks(32, 48);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(IllegalArgumentException.class, () -> text(cut), "at " + length);
        }
    }
}
