package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;

/** The events of {@code grpc.bpf.c}, as it lays them out. */
class HeaderEventsTest {
    private static final int SERVER_RECEIVED = 0;
    private static final int WRITTEN = 2;
    private static final int RESET = 3;
    private static final int CLOSED = 4;
    private static final int PROCESS_GONE = 6;
    private static final int KINDS = 7;

    private static final int END = 1;
    private static final int CUT = 2;
    private static final int SERVER = 4;
    private static final int KNOWN = 16;
    private static final int UNREAD = 0x8000;

    private static final Path FILE = Path.of("/proc/self/exe");

    private final List<Call> told = new ArrayList<>();
    private final List<Integer> started = new ArrayList<>();
    private final Calls calls = new Calls(told::add);

    private HeaderEvents events(ProgramMemory memory) {
        told.clear();
        calls.ask(new AllOpen());
        return new HeaderEvents(calls, _ -> memory, started::add);
    }

    /** A kernel in which no call has ended. */
    private record AllOpen() implements Calls.OpenCalls {
        @Override
        public Calls.Known find(Calls.Connection connection, int stream) {
            return new Calls.Known(true, false, false);
        }

        @Override
        public Calls.Known take(Calls.Connection connection, int stream) {
            return find(connection, stream);
        }
    }

    /** An event with room for what is appended. */
    private static final class Event {
        private final MemorySegment bytes = MemorySegment.ofArray(new long[8192]);
        private int size;

        private Event(int kind, int flags) {
            bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1000);
            bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, 0xc000);
            bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 16, 77);
            bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 20, 1);
            bytes.set(ValueLayout.JAVA_BYTE, 40, (byte) kind);
            bytes.set(ValueLayout.JAVA_BYTE, 41, (byte) flags);
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 42, (short) 2);
            bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 44, 40_000);
            bytes.set(ValueLayout.JAVA_INT, 48, Integer.reverseBytes(0xc000_0201));
            bytes.setString(64, "greeter");
        }

        private Event time(long time) {
            bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, time);
            return this;
        }

        private Event field(String name, String value) {
            byte[] first = name.getBytes(StandardCharsets.UTF_8);
            byte[] second = value.getBytes(StandardCharsets.UTF_8);
            sizes(first.length, second.length);
            raw(first);
            raw(second);
            return this;
        }

        private Event sizes(int name, int value) {
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, HeaderEvents.HEADER + size, (short) name);
            size += Short.BYTES;
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, HeaderEvents.HEADER + size, (short) value);
            size += Short.BYTES;
            return this;
        }

        private Event raw(byte[] any) {
            MemorySegment.copy(
                    any, 0, bytes, ValueLayout.JAVA_BYTE, HeaderEvents.HEADER + size, any.length);
            size += any.length;
            return this;
        }

        private Event address(long address) {
            bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, HeaderEvents.HEADER + size, address);
            size += Long.BYTES;
            return this;
        }

        /** {@return exactly its bytes: what reads behind them fails} */
        private MemorySegment end() {
            bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 38, (short) size);
            return MemorySegment.ofArray(
                    bytes.asSlice(0, HeaderEvents.HEADER + size).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static void tell(HeaderEvents events, MemorySegment event) {
        events.onEvent(event, 0, Math.toIntExact(event.byteSize()));
    }

    @Test
    void anEventSaysWhoTalksToWhom() {
        HeaderEvents events = events(null);
        tell(events, new Event(SERVER_RECEIVED, 0).field(":path", "/a.B/C").end());
        tell(
                events,
                new Event(WRITTEN, SERVER | END | KNOWN)
                        .time(1500)
                        .field("grpc-status", "0")
                        .end());
        Call call = told.getFirst();
        assertEquals(new PeerAddress("192.0.2.1", 40000), call.peer());
        assertEquals("greeter", call.command());
        assertEquals(77, call.pid());
        assertEquals(0xc000, call.connection());
        assertFalse(call.client());
        assertFalse(call.isCut());
        assertEquals("/a.B/C", call.path());
        assertEquals("OK", call.status());
        assertEquals(500, call.latency());
    }

    @Test
    void aClientsOwnStatusComesWithTheEndOfItsCall() {
        HeaderEvents events = events(null);
        tell(events, new Event(WRITTEN, 0).field(":path", "/a.B/C").end());
        MemorySegment end = new Event(RESET, KNOWN).time(1100).end();
        end.set(ValueLayout.JAVA_INT_UNALIGNED, 28, 14 + 1);
        tell(events, end);
        assertTrue(told.getFirst().client());
        assertEquals("UNAVAILABLE", told.getFirst().status());
        assertEquals(-1, told.getFirst().reset());
    }

    @Test
    void aConnectionAndAProcessEndWhatIsUnderWay() {
        HeaderEvents events = events(null);
        tell(events, new Event(SERVER_RECEIVED, 0).field(":path", "/one").end());
        tell(events, new Event(CLOSED, 0).time(1200).end());
        assertEquals(200, told.getFirst().latency());
        tell(events, new Event(SERVER_RECEIVED, 0).field(":path", "/two").end());
        tell(events, new Event(PROCESS_GONE, 0).time(1300).end());
        assertEquals(300, told.getLast().latency());
        assertEquals(2, told.size());
    }

    @Test
    void constantsThatWereNotInMemoryAreReadFromTheFile() throws Exception {
        try (ElfFile file = ElfFile.open(FILE)) {
            Section constants = file.section(".rodata").orElseThrow();
            byte[] there = constants.bytes(0, 8);
            HeaderEvents events = events(new ProgramMemory(file));
            tell(
                    events,
                    new Event(SERVER_RECEIVED, 0)
                            .sizes(UNREAD | 8, 1)
                            .address(constants.address())
                            .raw(new byte[] {'v'})
                            // Nothing is there.
                            .sizes(1, UNREAD | 5)
                            .raw(new byte[] {'n'})
                            .address(-1)
                            .end());
            calls.closeAll(false);
            HeaderBlock block = told.getFirst().request();
            assertEquals(
                    new HeaderField(new String(there, StandardCharsets.UTF_8), "v"),
                    block.fields().getFirst());
            assertEquals(new HeaderField("n", ""), block.fields().getLast());
            assertTrue(block.isCut());
        }
    }

    @Test
    void anUnknownEventIsABug() {
        MemorySegment event = new Event(KINDS, 0).end();
        assertThrows(IllegalStateException.class, () -> tell(events(null), event));
    }

    @Property
    void fieldsAreReadAsTheyWereSent(
            @ForAll @Size(max = 30) List<String> words, @ForAll boolean cut) {
        Event event = new Event(SERVER_RECEIVED, cut ? CUT : 0);
        List<HeaderField> sent = new ArrayList<>();
        for (int i = 0; i + 1 < words.size(); i += 2) {
            // As the bytes are UTF-8, a half of a pair is another character.
            String name = utf8(words.get(i));
            String value = utf8(words.get(i + 1));
            sent.add(new HeaderField(name, value));
            event.field(name, value);
        }
        HeaderEvents events = events(null);
        for (int i = 0; i < 2; i++) {
            told.clear();
            tell(events, event.end());
            calls.closeAll(false);
            assertEquals(sent, told.getFirst().request().fields());
            assertEquals(cut, told.getFirst().request().isCut());
        }
    }

    private static String utf8(String any) {
        byte[] bytes =
                any.substring(0, Math.min(any.length(), 300)).getBytes(StandardCharsets.UTF_8);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Wherever an event ends: what is told of it was sent, and that something is missing is said.
     */
    @Property
    void anEventThatIsTooShortIsMarkedAsCut(@ForAll @IntRange(max = 80) int left) {
        List<HeaderField> all =
                List.of(
                        new HeaderField(":path", "/hello.Greeter/SayHello"),
                        new HeaderField("user-agent", "grpc-go/1.64.0"),
                        new HeaderField("x", ""));
        Event event = new Event(SERVER_RECEIVED, 0);
        all.forEach(field -> event.field(field.name(), field.value()));
        MemorySegment whole = event.end();
        int size = Math.toIntExact(Math.min(HeaderEvents.HEADER + left, whole.byteSize()));
        tell(events(null), whole.asSlice(0, size));
        calls.closeAll(false);
        HeaderBlock block = told.getFirst().request();
        assertEquals(all.subList(0, block.fields().size()), block.fields());
        assertTrue(block.isCut() || block.fields().size() == all.size() || endsBetween(all, left));
    }

    private static boolean endsBetween(List<HeaderField> all, int left) {
        int at = 0;
        for (HeaderField field : all) {
            if (at == left) {
                return true;
            }
            at += 2 * Short.BYTES + field.name().length() + field.value().length();
        }
        return false;
    }

    /** Of what is told, nothing was made up: each byte of a field was in the event, or the file. */
    @Property
    void noBytesDoHarm(@ForAll Random random) throws Exception {
        try (ElfFile file = ElfFile.open(FILE)) {
            HeaderEvents events = events(new ProgramMemory(file));
            for (int i = 0; i < 20; i++) {
                byte[] bytes = new byte[HeaderEvents.HEADER + random.nextInt(400)];
                random.nextBytes(bytes);
                bytes[40] = (byte) random.nextInt(KINDS);
                // Few connections, so that they meet again.
                MemorySegment event = MemorySegment.ofArray(bytes);
                event.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, random.nextInt(2));
                event.set(ValueLayout.JAVA_INT_UNALIGNED, 16, random.nextInt(2));
                event.set(ValueLayout.JAVA_INT_UNALIGNED, 20, random.nextInt(3));
                if (random.nextBoolean()) {
                    // Sizes that may fit.
                    for (int at = HeaderEvents.HEADER + 1; at < bytes.length; at += 2) {
                        bytes[at] = (byte) (random.nextInt(8) == 0 ? 0x80 : 0);
                    }
                }
                tell(events, event);
            }
            calls.closeAll(false);
            for (Call call : told) {
                for (HeaderBlock block : new HeaderBlock[] {call.request(), call.headers()}) {
                    if (block != null) {
                        assertTrue(block.fields().size() <= 400 / (2 * Short.BYTES));
                    }
                }
            }
        }
    }

    /** What passes for each call has to be small, since a server has many in a second. */
    @Test
    void aCallTakesLittleMemory() {
        TextWriter writer =
                new TextWriter(
                        new CommandOutput(OutputStream.nullOutputStream()),
                        WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC")),
                        false);
        Calls busy = new Calls(writer::write);
        busy.ask(new AllOpen());
        HeaderEvents events = new HeaderEvents(busy, _ -> null, _ -> {});
        Event request = new Event(SERVER_RECEIVED, 0);
        request.field(":method", "POST").field(":scheme", "http").field(":path", "/a.B/C");
        request.field(":authority", "localhost:50051").field("content-type", "application/grpc");
        request.field("user-agent", "grpc-go/1.64.0").field("te", "trailers");
        Event headers = new Event(WRITTEN, SERVER | KNOWN);
        headers.field(":status", "200").field("content-type", "application/grpc");
        Event trailers = new Event(WRITTEN, SERVER | KNOWN | END);
        trailers.field("grpc-status", "0").field("grpc-message", "");
        List<MemorySegment> all = List.of(request.end(), headers.end(), trailers.end());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        int count = 20_000;
        for (int i = 0; i < 2 * count; i++) {
            if (i == count) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            for (int j = 0; j < all.size(); j++) {
                tell(events, all.get(j));
            }
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / count;
        assertTrue(each <= 1000, each + " bytes");
    }
}
