package dev.purebpf.cli.syscalls;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes events as the C program would. */
final class EventBytes {
    private final ByteBuffer bytes =
            ByteBuffer.allocate(SyscallEvent.TEXT + 2 * SyscallEvent.STRING_SIZE)
                    .order(ByteOrder.nativeOrder());
    private int length = SyscallEvent.TEXT;

    EventBytes(int number) {
        bytes.putInt(SyscallEvent.NUMBER, number);
        command("cat");
        bytes.putInt(SyscallEvent.PID, 1234);
        bytes.putInt(SyscallEvent.TID, 1235);
    }

    EventBytes command(String name) {
        byte[] padded = new byte[SyscallEvent.COMMAND_SIZE];
        byte[] ascii = name.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(ascii, 0, padded, 0, ascii.length);
        bytes.put(SyscallEvent.COMMAND, padded);
        return this;
    }

    EventBytes start(long nanoseconds) {
        bytes.putLong(SyscallEvent.START, nanoseconds);
        return this;
    }

    EventBytes duration(long nanoseconds) {
        bytes.putLong(SyscallEvent.DURATION, nanoseconds);
        return this;
    }

    EventBytes result(long result) {
        bytes.putLong(SyscallEvent.RESULT, result);
        return this;
    }

    EventBytes arguments(long... values) {
        for (int i = 0; i < values.length; i++) {
            bytes.putLong(SyscallEvent.ARGUMENTS + 8 * i, values[i]);
        }
        return this;
    }

    EventBytes flags(int flags) {
        bytes.putShort(SyscallEvent.FLAGS, (short) flags);
        return this;
    }

    EventBytes text(int slot, String text) {
        return text(slot, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The string, to which a NUL is added. */
    EventBytes text(int slot, byte[] text) {
        bytes.putShort(SyscallEvent.TEXT_LENGTH + 2 * slot, (short) (text.length + 1));
        bytes.put(length, text);
        length += text.length + 1;
        return this;
    }

    SyscallEvent event() {
        // At an odd place, for the ring does not align what the struct would like.
        byte[] shifted = new byte[length + 3];
        System.arraycopy(bytes.array(), 0, shifted, 3, length);
        return new SyscallEvent().wrap(MemorySegment.ofArray(shifted), 3, length);
    }
}
