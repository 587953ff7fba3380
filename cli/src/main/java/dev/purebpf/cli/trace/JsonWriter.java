package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.JsonTrace;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.trace.RecordLayout.Form;
import dev.purebpf.cli.trace.RecordLayout.ShownField;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.symbol.StackFrame;

import java.util.List;

/**
 * Hits for programs to read, one object a line. Addresses are strings: {@code "0x7f00"}. With
 * stacks, there are arrays {@code kernel_stack} and {@code user_stack}, the innermost frame first:
 * {@code {"address":"0x7f01","function":"read","offset":16,"file":"/usr/lib/libc.so.6",
 * "file_offset":1012736}}; what is not known is left out, and the kernel's frames have {@code
 * module} instead of a file.
 */
final class JsonWriter implements HitWriter {
    private static final String KERNEL_STACK = "kernel_stack";
    private static final String USER_STACK = "user_stack";

    private final JsonTrace trace;
    private final JsonLines json;
    private final HitStacks stacks;
    private final byte[] bytes = new byte[FIELD_SIZE];

    JsonWriter(CommandOutput output, WallClock clock, HitStacks stacks) {
        this.stacks = stacks;
        trace = new JsonTrace(output, clock);
        json = trace.json();
    }

    @Override
    public void write(HitEvent event, RecordLayout layout) {
        trace.begin(event.time());
        json.writeNumberField("pid", Integer.toUnsignedLong(event.pid()));
        json.writeNumberField("tid", Integer.toUnsignedLong(event.tid()));
        json.writeFieldName("command");
        json.writeText(bytes, event.command(bytes));
        json.writeStringField("probe", layout.name());
        json.writeObjectFieldStart("fields");
        for (ShownField field : layout.fields()) {
            json.writeFieldName(field.field().name());
            value(event, field);
        }
        json.writeEndObject();
        if (event.kernelFrames() > 0) {
            json.writeArrayFieldStart(KERNEL_STACK);
            for (int i = stacks.kernelBegin(event); i < event.kernelFrames(); i++) {
                frame(stacks.kernel(event, i), true);
            }
            json.writeEndArray();
        }
        if (event.userFrames() > 0) {
            json.writeArrayFieldStart(USER_STACK);
            for (int i = 0; i < event.userFrames(); i++) {
                frame(stacks.user(event, i), false);
            }
            json.writeEndArray();
        }
        json.endLine();
    }

    private void frame(StackFrame frame, boolean isKernel) {
        json.writeStartObject();
        json.writeFieldName("address");
        json.writeHex(frame.address());
        if (!frame.function().isEmpty()) {
            json.writeStringField("function", frame.function());
            json.writeNumberField("offset", frame.functionOffset());
        }
        if (!frame.file().isEmpty()) {
            json.writeStringField(isKernel ? "module" : "file", frame.file());
            if (!isKernel) {
                json.writeNumberField("file_offset", frame.fileOffset());
            }
        }
        json.writeEndObject();
    }

    private void stack(String name, List<StackFrame> frames) {
        if (!frames.isEmpty()) {
            json.writeArrayFieldStart(name);
            frames.forEach(frame -> frame(frame, name.equals(KERNEL_STACK)));
            json.writeEndArray();
        }
    }

    private void value(HitEvent event, ShownField shown) {
        Field field = shown.field();
        if (shown.form() == Form.TEXT) {
            json.writeText(bytes, event.text(field, bytes));
        } else if (shown.string() >= 0 && event.textLength(shown.string()) > 0) {
            json.writeText(bytes, event.string(shown.string(), bytes));
        } else if (field.array()) {
            json.writeStartArray();
            int count = event.count(shown);
            for (int i = 0; i < count; i++) {
                number(event, shown, i);
            }
            json.writeEndArray();
        } else if (event.count(shown) > 0) {
            number(event, shown, 0);
        } else {
            json.writeNull();
        }
    }

    private void number(HitEvent event, ShownField shown, int index) {
        long value = event.number(shown, index);
        switch (shown.form()) {
            case ADDRESS -> json.writeHex(value);
            case SIGNED -> json.writeNumber(value);
            case TEXT, BITS, UNSIGNED -> json.writeUnsigned(value);
        }
    }

    @Override
    public void write(List<HitCount> counts) {
        for (HitCount count : counts) {
            json.writeStartObject();
            json.writeStringField("probe", count.probe());
            json.writeNumberField("pid", count.pid());
            json.writeStringField("command", count.command());
            json.writeNumberField("hits", count.count());
            stack(KERNEL_STACK, count.stack().kernel());
            stack(USER_STACK, count.stack().user());
            json.endLine();
        }
    }

    @Override
    public void writeLosses(long lost, long notFollowed) {
        trace.writeLosses(lost, notFollowed);
    }

    @Override
    public void writeRefused(List<String> names) {
        json.writeStartObject();
        json.writeFieldName("refused");
        json.writeStartArray();
        names.forEach(json::writeString);
        json.writeEndArray();
        json.endLine();
    }

    @Override
    public void flush() {
        json.flush();
    }
}
