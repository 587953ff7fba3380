package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.EventFields;
import dev.purebpf.event.EventHandler;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Reads the events of {@code grpc.bpf.c}:
 *
 * <pre>
 *  0 u64 time       8 u64 connection
 * 16 u32 pid       20 u32 stream      24 u32 code of a reset
 * 28 u16 program   30 u16 bytes of fields
 * 32 u8 kind       33 u8 flags        34 u16 family of the peer   36 u32 its port
 * 40 u8[16] its address               56 char[16] command
 * 72 the fields: u16 size of the name, u16 size of the value, the name, the value; of one that was
 *    not in memory, of which the size says so, u64 its address in the file
 * </pre>
 *
 * <p>Byte order is the machine's, that of an address its packets'.
 */
final class HeaderEvents implements EventHandler {
    static final int HEADER = 72;

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
    private static final int KNOWN = 16;
    private static final int REQUEST_LOST = 32;
    private static final int HEADERS_LOST = 64;

    private static final int UNREAD = 0x8000;
    private static final int UNIX = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;

    private final Calls calls;
    private final IntFunction<ProgramMemory> programs;
    private final IntConsumer started;

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
        int kind = event.get(ValueLayout.JAVA_BYTE, offset + 32);
        int flags = event.get(ValueLayout.JAVA_BYTE, offset + 33);
        Calls.Connection connection =
                new Calls.Connection(pid, event.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 8));
        boolean serves = kind == SERVER_RECEIVED || (flags & SERVER) != 0;
        Calls.Known known =
                new Calls.Known(
                        (flags & KNOWN) != 0,
                        (flags & REQUEST_LOST) != 0,
                        (flags & HEADERS_LOST) != 0);
        switch (kind) {
            case SERVER_RECEIVED, CLIENT_RECEIVED, WRITTEN -> {
                calls.meet(
                        connection,
                        EventFields.command(event, offset + 56),
                        !serves,
                        peer(event, offset));
                HeaderBlock block = block(event, offset, time, (flags & CUT) != 0);
                boolean isRequest = (kind == SERVER_RECEIVED) == serves && kind != CLIENT_RECEIVED;
                if (isRequest) {
                    calls.begin(connection, stream, block);
                } else if ((flags & END) == 0) {
                    calls.answer(connection, stream, block, known);
                } else {
                    calls.end(connection, stream, block, known);
                }
            }
            case RESET -> {
                calls.meet(connection, EventFields.command(event, offset + 56), !serves, null);
                int code =
                        (flags & SENT_RESET) != 0
                                ? event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 24)
                                : -1;
                calls.reset(connection, stream, time, code, known);
            }
            case CLOSED -> calls.close(connection);
            case STARTED -> started.accept(pid);
            case PROCESS_GONE -> calls.closeAllOf(pid);
            default -> throw new IllegalStateException("grpc.bpf.c sends no event of kind " + kind);
        }
    }

    private HeaderBlock block(MemorySegment event, long offset, long time, boolean cut) {
        int size = Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 30));
        ProgramMemory memory =
                programs.apply(
                        Short.toUnsignedInt(
                                event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 28)));
        Strings strings = new Strings(event, offset + HEADER, memory);
        List<Field> fields = new ArrayList<>();
        long end = offset + HEADER + size;
        while (strings.at < end) {
            int name = strings.size();
            int value = strings.size();
            fields.add(new Field(strings.next(name), strings.next(value)));
        }
        return new HeaderBlock(time, fields, cut || strings.isMissing);
    }

    /** Reads what the fields are made of, one after the other. */
    private static final class Strings {
        private final MemorySegment event;
        private final ProgramMemory memory;
        private long at;
        private boolean isMissing;

        private Strings(MemorySegment event, long from, ProgramMemory memory) {
            this.event = event;
            this.memory = memory;
            this.at = from;
        }

        private int size() {
            int size = Short.toUnsignedInt(event.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
            at += Short.BYTES;
            return size;
        }

        private String next(int size) {
            int length = size & ~UNREAD;
            byte[] bytes;
            if (length == size) {
                bytes = event.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
                at += length;
            } else {
                long address = event.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
                at += Long.BYTES;
                bytes = memory.bytes(address, length);
                isMissing |= bytes.length < length;
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static Peer peer(MemorySegment event, long offset) {
        int family = event.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 34);
        return switch (family) {
            case UNIX -> new Peer("unix", 0);
            case INET, INET6 ->
                    new Peer(
                            EventFields.address(event, offset + 40, family == INET ? 4 : 16),
                            event.get(ValueLayout.JAVA_INT_UNALIGNED, offset + 36));
            default -> null;
        };
    }
}
