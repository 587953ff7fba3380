package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.TextTrace;
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

    private final TextTrace trace;
    private final ByteText text;
    private final boolean commands;
    private final boolean color;
    private final ErrorNames errors = new ErrorNames();
    private final byte[] string = new byte[SyscallEvent.STRING_SIZE];

    /**
     * @param output where the lines go
     * @param clock the time of day
     * @param commands whether to name the program that calls
     * @param color whether to highlight for a terminal
     */
    TextWriter(CommandOutput output, WallClock clock, boolean commands, boolean color) {
        trace = new TextTrace(output, clock);
        text = trace.text();
        this.commands = commands;
        this.color = color;
    }

    @Override
    public void write(SyscallEvent event, Syscall call) {
        trace.begin(event.start());
        if (commands) {
            text.word(string, event.command(string)).append(' ');
        }
        text.task(event.pid(), event.tid()).append(' ');
        if (call.compat()) {
            text.append("32-bit ");
        }
        if (color) {
            text.append(BOLD).append(call.nameBytes()).append(PLAIN);
        } else {
            text.append(call.nameBytes());
        }
        text.append('(');
        arguments(event, call);
        text.append(") = ");
        result(event, call);
        trace.end();
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
        trace.flush();
    }

    private void arguments(SyscallEvent event, Syscall call) {
        Syscall.Parameter[] parameters = call.parameters();
        if (event.has(SyscallEvent.UNKNOWN_ARGUMENTS)) {
            text.append('?');
        } else if (parameters == null) {
            for (int i = 0; i < 6; i++) {
                if (i > 0) {
                    text.append(", ");
                }
                text.hex(event.argument(i));
            }
        } else {
            for (int i = 0; i < parameters.length; i++) {
                text.append(parameters[i].label());
                argument(event, parameters[i], event.argument(i));
            }
        }
    }

    private void argument(SyscallEvent event, Syscall.Parameter parameter, long value) {
        switch (parameter.kind()) {
            case INT -> text.decimal((int) value);
            case DESCRIPTOR -> {
                if ((int) value == -100) {
                    text.append("AT_FDCWD");
                } else {
                    text.decimal((int) value);
                }
            }
            case UNSIGNED_INT -> text.unsigned(Integer.toUnsignedLong((int) value));
            case IDENTITY ->
                    text.decimal((int) value == -1 ? -1 : Integer.toUnsignedLong((int) value));
            case LONG -> text.decimal(value);
            case SIZE -> text.unsigned(value);
            case FLAGS -> text.hex(Integer.toUnsignedLong((int) value));
            case BITS -> text.hex(value);
            case MODE -> text.octal((int) value & 0xffff);
            case POINTER -> pointer(value);
            case STRING -> {
                int slot = parameter.slot();
                if (slot < 0 || event.textLength(slot) == 0) {
                    pointer(value);
                } else {
                    text.quoted(string, event.text(slot, string));
                    if (event.textLength(slot) >= SyscallEvent.STRING_SIZE) {
                        text.append("...");
                    }
                }
            }
        }
    }

    private void pointer(long value) {
        if (value == 0) {
            text.append("NULL");
        } else {
            text.hex(value);
        }
    }

    private void result(SyscallEvent event, Syscall call) {
        if (event.has(SyscallEvent.NO_RESULT)) {
            text.append('?');
            if (event.hasDuration()) {
                duration(event);
            }
            return;
        }
        long result = event.result();
        if (event.failed()) {
            int errno = (int) -result;
            if (color) {
                text.append(RED);
            }
            // What is internal to the kernel never reaches the caller: the call goes on or ends
            // with EINTR.
            text.append(errno >= ErrorNames.INTERNAL ? "? " : "-1 ")
                    .append(errors.explained(errno));
            if (color) {
                text.append(PLAIN);
            }
        } else if (call.returnsAddress()) {
            text.hex(result);
        } else {
            text.decimal(result);
        }
        duration(event);
    }

    private void duration(SyscallEvent event) {
        text.append(' ').duration(event.has(SyscallEvent.NO_ENTRY) ? -1 : event.duration());
    }
}
