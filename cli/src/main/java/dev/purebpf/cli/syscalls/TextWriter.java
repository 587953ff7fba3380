package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;

/**
 * Calls for people to read:
 *
 * <pre>
 * 12:34:56.789012 1234/1235 openat(dfd: AT_FDCWD, filename: "/etc/passwd", flags: 0x80000, mode: 0) = 3 &lt;0.000012345&gt;
 * </pre>
 *
 * <p>The time is when the call began. A call whose beginning was not seen has {@code <?>} for its
 * duration, and the time when it ended; one that never returned has the result {@code ?}.
 */
final class TextWriter implements CallWriter {
    private static final String BOLD = "\u001b[1m";
    private static final String RED = "\u001b[31m";
    private static final String PLAIN = "\u001b[0m";

    private static final int FULL = 1 << 16;

    private final CommandOutput output;
    private final WallClock clock;
    private final boolean commands;
    private final boolean color;
    private final ErrorNames errors = new ErrorNames();
    private final ByteText text = new ByteText(FULL + 4096);
    private final byte[] string = new byte[SyscallEvent.STRING_SIZE];

    /**
     * @param output where the lines go
     * @param clock the time of day
     * @param commands whether to name the program that calls
     * @param color whether to highlight for a terminal
     */
    TextWriter(CommandOutput output, WallClock clock, boolean commands, boolean color) {
        this.output = output;
        this.clock = clock;
        this.commands = commands;
        this.color = color;
    }

    @Override
    public void write(SyscallEvent event, Syscall call) {
        line(event, call, text);
        if (text.length() >= FULL) {
            flush();
        }
    }

    @Override
    public void write(Summary summary) {
        summary.appendTable(text);
    }

    /** People are told on standard error. */
    @Override
    public void writeLosses(long lost, long notFollowed) {}

    @Override
    public void flush() {
        if (text.length() > 0) {
            output.write(text.bytes(), 0, text.length());
            text.clear();
        }
    }

    private void line(SyscallEvent event, Syscall call, ByteText to) {
        clock.append(event.start(), to);
        to.append(' ');
        if (commands) {
            command(event, to);
        }
        to.unsigned(Integer.toUnsignedLong(event.pid())).append('/');
        to.unsigned(Integer.toUnsignedLong(event.tid())).append(' ');
        if (call.compat()) {
            to.append("32-bit ");
        }
        if (color) {
            to.append(BOLD).append(call.nameBytes()).append(PLAIN);
        } else {
            to.append(call.nameBytes());
        }
        to.append('(');
        arguments(event, call, to);
        to.append(") = ");
        result(event, call, to);
        to.append('\n');
    }

    private void command(SyscallEvent event, ByteText to) {
        int count = event.command(string);
        for (int i = 0; i < count; i++) {
            // A task may name itself as it likes; the columns and the terminal shall survive it.
            to.append(string[i] > ' ' && string[i] < 0x7f ? (char) string[i] : '?');
        }
        to.append(' ');
    }

    private void arguments(SyscallEvent event, Syscall call, ByteText to) {
        Syscall.Parameter[] parameters = call.parameters();
        if (event.has(SyscallEvent.UNKNOWN_ARGUMENTS)) {
            to.append('?');
        } else if (parameters == null) {
            for (int i = 0; i < 6; i++) {
                if (i > 0) {
                    to.append(", ");
                }
                to.hex(event.argument(i));
            }
        } else {
            for (int i = 0; i < parameters.length; i++) {
                to.append(parameters[i].label());
                argument(event, parameters[i], event.argument(i), to);
            }
        }
    }

    private void argument(
            SyscallEvent event, Syscall.Parameter parameter, long value, ByteText to) {
        switch (parameter.kind()) {
            case INT -> to.decimal((int) value);
            case DESCRIPTOR -> {
                if ((int) value == -100) {
                    to.append("AT_FDCWD");
                } else {
                    to.decimal((int) value);
                }
            }
            case UNSIGNED_INT -> to.unsigned(Integer.toUnsignedLong((int) value));
            case IDENTITY ->
                    to.decimal((int) value == -1 ? -1 : Integer.toUnsignedLong((int) value));
            case LONG -> to.decimal(value);
            case SIZE -> to.unsigned(value);
            case FLAGS -> to.hex(Integer.toUnsignedLong((int) value));
            case BITS -> to.hex(value);
            case MODE -> to.octal((int) value & 0xffff);
            case POINTER -> pointer(value, to);
            case STRING -> {
                int slot = parameter.slot();
                if (slot < 0 || event.textLength(slot) == 0) {
                    pointer(value, to);
                } else {
                    to.quoted(string, event.text(slot, string));
                    if (event.textLength(slot) >= SyscallEvent.STRING_SIZE) {
                        to.append("...");
                    }
                }
            }
        }
    }

    private static void pointer(long value, ByteText to) {
        if (value == 0) {
            to.append("NULL");
        } else {
            to.hex(value);
        }
    }

    private void result(SyscallEvent event, Syscall call, ByteText to) {
        if (event.has(SyscallEvent.NO_RESULT)) {
            to.append('?');
            if (event.hasDuration()) {
                duration(event, to);
            }
            return;
        }
        long result = event.result();
        if (event.failed()) {
            int errno = (int) -result;
            if (color) {
                to.append(RED);
            }
            // What is internal to the kernel never reaches the caller: the call goes on or ends
            // with EINTR.
            to.append(errno >= ErrorNames.INTERNAL ? "? " : "-1 ").append(errors.explained(errno));
            if (color) {
                to.append(PLAIN);
            }
        } else if (call.returnsAddress()) {
            to.hex(result);
        } else {
            to.decimal(result);
        }
        duration(event, to);
    }

    private static void duration(SyscallEvent event, ByteText to) {
        if (event.has(SyscallEvent.NO_ENTRY)) {
            to.append(" <?>");
        } else {
            to.append(" <").seconds(event.duration()).append('>');
        }
    }
}
