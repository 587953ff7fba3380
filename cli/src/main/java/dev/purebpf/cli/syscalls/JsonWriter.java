package dev.purebpf.cli.syscalls;

import com.fasterxml.jackson.core.io.SerializedString;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.WallClock;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Calls for programs to read, one JSON object a line; here broken up:
 *
 * <pre>
 * {"time":"2026-01-31T12:34:56.789012345Z","command":"cat","pid":1234,"tid":1234,"call":"openat",
 *  "number":257,"arguments":{"dfd":-100,"filename":"/etc/passwd","flags":"0x80000","mode":0},
 *  "result":3,"error":null,"duration_ns":12345}
 * </pre>
 *
 * <p>Numbers are numbers; addresses and bits are strings of hexadecimal digits, as many readers of
 * JSON are not exact beyond 2⁵³. What does not exist or was not seen is {@code null}. A 32-bit call
 * has {@code "compat":true}, one with a string that was cut {@code "truncated":true}, and one that
 * began unseen {@code "began":false}: its time is that of its end. The last line is {@code
 * {"lost":12,"not_followed":0}} if calls were lost or processes not followed.
 *
 * <p>Bytes that are no UTF-8 become U+FFFD: JSON has no way to say them.
 */
final class JsonWriter implements CallWriter {
    private static final SerializedString COMMAND = new SerializedString("command");
    private static final SerializedString PID = new SerializedString("pid");
    private static final SerializedString TID = new SerializedString("tid");
    private static final SerializedString CALL = new SerializedString("call");
    private static final SerializedString NUMBER = new SerializedString("number");
    private static final SerializedString COMPAT = new SerializedString("compat");
    private static final SerializedString ARGUMENTS = new SerializedString("arguments");
    private static final SerializedString TRUNCATED = new SerializedString("truncated");
    private static final SerializedString BEGAN = new SerializedString("began");
    private static final SerializedString RESULT = new SerializedString("result");
    private static final SerializedString ERROR = new SerializedString("error");
    private static final SerializedString DURATION = new SerializedString("duration_ns");

    private final JsonTrace trace;
    private final JsonLines json;
    private final ErrorNames errors = new ErrorNames();
    private final Map<Syscall, SerializedString[]> names = new IdentityHashMap<>();
    private final byte[] string = new byte[SyscallEvent.STRING_SIZE];
    private boolean truncated;

    /**
     * @param output where the lines go
     * @param clock date and time
     */
    JsonWriter(CommandOutput output, WallClock clock) {
        trace = new JsonTrace(output, clock);
        json = trace.json();
    }

    @Override
    public void write(SyscallEvent event, Syscall call) {
        truncated = false;
        trace.begin(event.start());
        json.writeFieldName(COMMAND);
        json.writeText(string, event.command(string));
        json.writeFieldName(PID);
        json.writeNumber(Integer.toUnsignedLong(event.pid()));
        json.writeFieldName(TID);
        json.writeNumber(Integer.toUnsignedLong(event.tid()));
        json.writeFieldName(CALL);
        json.writeAscii(call.nameBytes(), call.nameBytes().length);
        json.writeFieldName(NUMBER);
        json.writeNumber(event.number());
        if (call.compat()) {
            json.writeFieldName(COMPAT);
            json.writeBoolean(true);
        }
        json.writeFieldName(ARGUMENTS);
        arguments(event, call);
        if (truncated) {
            json.writeFieldName(TRUNCATED);
            json.writeBoolean(true);
        }
        if (event.has(SyscallEvent.NO_ENTRY)) {
            json.writeFieldName(BEGAN);
            json.writeBoolean(false);
        }
        result(event, call);
        json.endLine();
    }

    @Override
    public void write(Summary summary) {
        for (Summary.Row row : summary.rows()) {
            json.writeStartObject();
            json.writeStringField("summary", row.call.name());
            if (row.call.compat()) {
                json.writeBooleanField("compat", true);
            }
            json.writeNumberField("calls", row.count);
            json.writeNumberField("errors", row.errors);
            json.writeNumberField("total_ns", row.total);
            json.writeNumberField("average_ns", row.average());
            json.writeNumberField("max_ns", row.longest);
            json.endLine();
        }
    }

    @Override
    public void writeLosses(long lost, long notFollowed) {
        trace.writeLosses(lost, notFollowed);
    }

    @Override
    public void flush() {
        json.flush();
    }

    private void arguments(SyscallEvent event, Syscall call) {
        Syscall.Parameter[] parameters = call.parameters();
        if (event.has(SyscallEvent.UNKNOWN_ARGUMENTS)) {
            json.writeNull();
        } else if (parameters == null) {
            json.writeStartArray();
            for (int i = 0; i < 6; i++) {
                json.writeHex(event.argument(i));
            }
            json.writeEndArray();
        } else {
            SerializedString[] known = names(call, parameters);
            json.writeStartObject();
            for (int i = 0; i < parameters.length; i++) {
                json.writeFieldName(known[i]);
                argument(event, parameters[i], event.argument(i));
            }
            json.writeEndObject();
        }
    }

    private SerializedString[] names(Syscall call, Syscall.Parameter[] parameters) {
        SerializedString[] known = names.get(call);
        if (known == null) {
            known = new SerializedString[parameters.length];
            for (int i = 0; i < known.length; i++) {
                known[i] = new SerializedString(parameters[i].name());
            }
            names.put(call, known);
        }
        return known;
    }

    private void argument(SyscallEvent event, Syscall.Parameter parameter, long value) {
        switch (parameter.kind()) {
            case INT, DESCRIPTOR -> json.writeNumber((int) value);
            case UNSIGNED_INT -> json.writeNumber(Integer.toUnsignedLong((int) value));
            case IDENTITY ->
                    json.writeNumber((int) value == -1 ? -1 : Integer.toUnsignedLong((int) value));
            case LONG -> json.writeNumber(value);
            case SIZE -> size(value);
            case FLAGS -> json.writeHex(Integer.toUnsignedLong((int) value));
            case BITS -> json.writeHex(value);
            case MODE -> json.writeNumber(value & 0xffff);
            case POINTER -> pointer(value);
            case STRING -> {
                int slot = parameter.slot();
                if (slot < 0 || event.textLength(slot) == 0) {
                    pointer(value);
                } else {
                    json.writeText(string, event.text(slot, string));
                    truncated |= event.textLength(slot) >= SyscallEvent.STRING_SIZE;
                }
            }
        }
    }

    private void size(long value) {
        if (value >= 0) {
            json.writeNumber(value);
        } else {
            // No size that anybody has: rather a number taken for one. Keep it exact.
            json.writeHex(value);
        }
    }

    private void pointer(long value) {
        if (value == 0) {
            json.writeNull();
        } else {
            json.writeHex(value);
        }
    }

    private void result(SyscallEvent event, Syscall call) {
        boolean returned = !event.has(SyscallEvent.NO_RESULT);
        json.writeFieldName(RESULT);
        if (!returned) {
            json.writeNull();
        } else if (event.failed()) {
            json.writeNumber(-1);
        } else if (call.returnsAddress()) {
            json.writeHex(event.result());
        } else {
            json.writeNumber(event.result());
        }
        json.writeFieldName(ERROR);
        if (event.failed()) {
            byte[] name = errors.name((int) -event.result());
            json.writeAscii(name, name.length);
        } else {
            json.writeNull();
        }
        json.writeFieldName(DURATION);
        if (event.hasDuration()) {
            json.writeNumber(event.duration());
        } else {
            json.writeNull();
        }
    }
}
