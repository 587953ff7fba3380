package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.EventFields;
import dev.purebpf.cli.session.HeaderField;
import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Reads the events of {@code grpc.bpf.c}:
 *
 * <pre>
 *  0 u64 time       8 u64 connection
 * 16 u32 pid       20 u32 stream      24 u32 code of a reset
 * 28 u32 status that a client made up, and 1; 0 if none       32 reserved
 * 36 u16 program   38 u16 bytes of fields
 * 40 u8 kind       41 u8 flags        42 u16 family of the peer   44 u32 its port
 * 48 u8[16] its address               64 char[16] command
 * 80 the fields: u16 size of the name, u16 size of the value, the name, the value; of one that was
 *    not in memory, of which the size says so, u64 its address in the file
 * </pre>
 *
 * <p>Byte order is the machine's, that of an address its packets'. Fields that do not fit into
 * their event are left out, and their block is marked as cut.
 */
final class HeaderEvents implements EventHandler {
    static final int HEADER = 80;

    private static final int SERVER_RECEIVED = 0;
    private static final int CLIENT_RECEIVED = 1;
    private static final int WRITTEN = 2;
    private static final int RESET = 3;
    private static final int CLOSED = 4;
    private static final int STARTED = 5;
    private static final int PROCESS_GONE = 6;

    private static final int END = 1;
    private static final int CUT = 2;
    private static final int SERVER = 4;
    private static final int SENT_RESET = 8;

    /** Of what is known of a call: its request was seen. */
    static final int KNOWN = 16;

    private static final int REQUEST_LOST = 32;
    private static final int HEADERS_LOST = 64;
    private static final int ENDS_TOLD = 128;

    private static final int UNREAD = 0x8000;

    /** By the flags from {@link #KNOWN} on, so that none is made for an event. */
    private static final List<Calls.Known> ALL_KNOWN =
            IntStream.range(0, 8)
                    .map(flags -> flags * KNOWN)
                    .mapToObj(
                            flags ->
                                    new Calls.Known(
                                            (flags & KNOWN) != 0,
                                            (flags & REQUEST_LOST) != 0,
                                            (flags & HEADERS_LOST) != 0))
                    .toList();

    private final Calls calls;
    private final IntFunction<ProgramMemory> programs;
    private final IntConsumer started;
    private final RecentTexts texts = new RecentTexts();
    private final RecentPeers peers = new RecentPeers();
    private final List<HeaderField> fields = new ArrayList<>();
    private String command;
    private long commandFirst;
    private long commandSecond;
    private Calls.Connection connection = new Calls.Connection(0, 0);

    /**
     * Reads nothing yet.
     *
     * @param calls is told what comes and goes
     * @param programs the constants of the programs, by their number
     * @param started takes the processes that run another program now
     */
    HeaderEvents(Calls calls, IntFunction<ProgramMemory> programs, IntConsumer started) {
        this.calls = calls;
        this.programs = programs;
        this.started = started;
    }

    @Override
    public void onEvent(MemorySegment event, long offset, int length) {
        long time = event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        int pid = event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 16);
        int stream = event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 20);
        int kind = event.get(ValueLayout.JAVA_BYTE, offset + 40);
        int flags = Byte.toUnsignedInt(event.get(ValueLayout.JAVA_BYTE, offset + 41));
        long number = event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 8);
        if (connection.pid() != pid || connection.number() != number) {
            connection = new Calls.Connection(pid, number);
        }
        boolean serves = kind == SERVER_RECEIVED || (flags & SERVER) != 0;
        switch (kind) {
            case SERVER_RECEIVED, CLIENT_RECEIVED, WRITTEN -> {
                PeerAddress peer = peers.peer(event, offset + 42);
                calls.meet(connection, command(event, offset + 64), !serves, peer);
                HeaderBlock block = block(event, offset, length, time, (flags & CUT) != 0);
                boolean isRequest = (kind == SERVER_RECEIVED) == serves && kind != CLIENT_RECEIVED;
                if (isRequest) {
                    calls.begin(connection, stream, block);
                } else if ((flags & END) == 0) {
                    calls.answer(connection, stream, block, known(flags));
                } else {
                    calls.end(connection, stream, block, known(flags));
                }
            }
            case RESET -> {
                calls.meet(connection, command(event, offset + 64), !serves, null);
                int code =
                        (flags & SENT_RESET) != 0
                                ? event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 24)
                                : -1;
                int status = event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 28) - 1;
                calls.reset(connection, stream, time, code, status, known(flags));
            }
            case CLOSED -> calls.close(connection, time, (flags & ENDS_TOLD) != 0);
            case STARTED -> started.accept(pid);
            case PROCESS_GONE -> calls.closeAllOf(pid, time);
            default -> throw new IllegalStateException("grpc.bpf.c sends no event of kind " + kind);
        }
    }

    /** {@return what the flags of an event say of its call} */
    static Calls.Known known(int flags) {
        return ALL_KNOWN.get(flags / KNOWN % ALL_KNOWN.size());
    }

    private HeaderBlock block(
            MemorySegment event, long offset, int length, long time, boolean cut) {
        int size = Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 38));
        ProgramMemory memory =
                programs.apply(
                        Short.toUnsignedInt(
                                event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 36)));
        long from = offset + HEADER;
        Strings strings = new Strings(event, from, from + Math.min(size, length - HEADER), memory);
        fields.clear();
        while (strings.hasNext()) {
            int name = strings.size();
            int value = strings.size();
            if (strings.has(name, value)) {
                fields.add(texts.field(strings.next(name), strings.next(value)));
            }
        }
        return new HeaderBlock(time, fields, cut || strings.isMissing);
    }

    /** Reads what the fields are made of, one after the other. */
    private final class Strings {
        private final MemorySegment event;
        private final ProgramMemory memory;
        private final long end;
        private long at;
        private boolean isMissing;

        private Strings(MemorySegment event, long from, long end, ProgramMemory memory) {
            this.event = event;
            this.memory = memory;
            this.at = from;
            this.end = end;
        }

        /** {@return whether there is another field; if not all of its sizes are, it is missing} */
        private boolean hasNext() {
            isMissing |= at < end && end - at < 2 * Short.BYTES;
            return end - at >= 2 * Short.BYTES;
        }

        private int size() {
            int size = Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
            at += Short.BYTES;
            return size;
        }

        /** {@return whether both are there; if not, nothing follows that could be read} */
        private boolean has(int name, int value) {
            if (stored(name) + stored(value) <= end - at) {
                return true;
            }
            isMissing = true;
            at = end;
            return false;
        }

        private static int stored(int size) {
            return (size & UNREAD) != 0 ? Long.BYTES : size;
        }

        private String next(int size) {
            int length = size & ~UNREAD;
            if (length == size) {
                at += length;
                return texts.text(event, at - length, length);
            }
            long address = event.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            at += Long.BYTES;
            byte[] bytes = memory.bytes(address, length);
            isMissing |= bytes.length < length;
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Most events are of the same process as the one before. */
    private String command(MemorySegment event, long at) {
        long first = event.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
        long second = event.get(ValueLayout.JAVA_LONG_UNALIGNED, at + Long.BYTES);
        if (command == null || first != commandFirst || second != commandSecond) {
            command = EventFields.command(event, at);
            commandFirst = first;
            commandSecond = second;
        }
        return command;
    }
}
