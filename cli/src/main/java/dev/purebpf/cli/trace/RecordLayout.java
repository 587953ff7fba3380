package dev.purebpf.cli.trace;

import dev.purebpf.cli.OneLine;
import dev.purebpf.probe.Tracepoint;
import dev.purebpf.probe.TracepointFormat;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.TracepointFormat.Place;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One probe: the fields that are shown, and what the program has to know to send them, {@code
 * struct record_layout} of {@code trace.bpf.c}:
 *
 * <pre>
 *   0 size   4 relative   8 dynamic[8]   40 strings[2]   48 returns      (all u32)
 * </pre>
 */
final class RecordLayout {
    /** The bytes of the struct. */
    static final int SIZE = 52;

    private static final int DYNAMIC = 8;
    private static final int STRINGS = 2;

    private final byte[] label;
    private final String name;
    private final ShownField[] fields;
    private final int size;
    private final boolean returns;

    /**
     * A field with what is needed to show it, found out once for all hits.
     *
     * @param field what the kernel says about it
     * @param label its name and {@code =}
     * @param string which of the strings that come with the event it is the address of; -1 for none
     * @param form how it is shown
     * @param elementSize the bytes of an element, or of the number if it is no array
     * @param isNarrow whether it is a 32-bit argument of a system call: each takes 64 bits in the
     *     record and counts as unsigned there, whatever its type
     */
    record ShownField(
            Field field, byte[] label, int string, Form form, int elementSize, boolean isNarrow) {

        private static ShownField of(Field field, int string) {
            boolean isArgument = field.size() == 8 && field.type().equals("int");
            // A set of bits, as far as its name tells.
            boolean isBits =
                    !field.signed()
                            && (field.name().contains("flags") || field.name().endsWith("mask"));
            Form form;
            if (field.isText()) {
                form = Form.TEXT;
            } else if (field.isPointer()) {
                form = Form.ADDRESS;
            } else if (isBits) {
                form = Form.BITS;
            } else {
                form = field.signed() || isArgument ? Form.SIGNED : Form.UNSIGNED;
            }
            return new ShownField(
                    field,
                    ascii(" " + field.name() + "="),
                    string,
                    form,
                    field.elementSize(),
                    isArgument && form == Form.SIGNED);
        }
    }

    /** How a field, or each of its elements, is shown. */
    enum Form {
        /** Characters up to the first NUL. */
        TEXT,
        /** An address. */
        ADDRESS,
        /** A set of bits. */
        BITS,
        /** A number that may be negative. */
        SIGNED,
        /** A number that is not. */
        UNSIGNED
    }

    private RecordLayout(String name, ShownField[] fields, int size, boolean returns) {
        this.returns = returns;
        this.name = name;
        this.label = ascii(OneLine.of(name) + " ");
        this.fields = fields;
        this.size = size;
    }

    /** {@return the layout of the records of a tracepoint} */
    static RecordLayout of(Tracepoint tracepoint, TracepointFormat format) {
        // What a system call's tracepoint gives a program are its number and arguments alone: what
        // the kernel copies for its own records comes later.
        boolean call = tracepoint.category().equals("syscalls");
        List<Field> fields = new ArrayList<>();
        for (Field field : format.fields()) {
            if (!field.isCommon() && !(call && field.place() != Place.INLINE)) {
                fields.add(field);
            }
        }
        // Addresses in other tracepoints are of the kernel's memory, or nobody says of which.
        return of(
                "tracepoint:" + tracepoint.category() + ":" + tracepoint.name(),
                fields,
                call,
                false);
    }

    /**
     * {@return the layout of the hits of a function}
     *
     * @param name the probe's name
     * @param fields its parameters, or its result, in {@code struct value_record}
     * @param returns whether it is the result
     */
    static RecordLayout ofFunction(String name, List<Field> fields, boolean returns) {
        return of(name, fields, true, returns);
    }

    private static RecordLayout of(
            String name, List<Field> fields, boolean withStrings, boolean returns) {
        List<ShownField> shown = new ArrayList<>();
        int strings = 0;
        int size = 0;
        for (Field field : fields) {
            boolean text = withStrings && field.type().equals("const char *") && strings < STRINGS;
            shown.add(ShownField.of(field, text ? strings++ : -1));
            size = Math.max(size, field.offset() + field.size());
        }
        return new RecordLayout(name, shown.toArray(ShownField[]::new), size, returns);
    }

    /** {@return the probe's name: {@code tracepoint:sched:sched_switch}} */
    String name() {
        return name;
    }

    /** {@return the name and a space} */
    byte[] label() {
        return label;
    }

    /** {@return the fields, in the order of the record} */
    ShownField[] fields() {
        return fields;
    }

    /** Writes it for the program. */
    void writeTo(MemorySegment struct) {
        struct.fill((byte) 0);
        struct.set(ValueLayout.JAVA_INT, 0, size);
        int dynamic = 0;
        int relative = 0;
        for (ShownField shown : fields) {
            Field field = shown.field();
            if (field.place() != Place.INLINE && dynamic < DYNAMIC) {
                if (field.place() == Place.AFTER) {
                    relative |= 1 << dynamic;
                }
                struct.set(ValueLayout.JAVA_INT, 8 + 4L * dynamic++, field.offset());
            }
            if (shown.string() >= 0) {
                struct.set(ValueLayout.JAVA_INT, 40 + 4L * shown.string(), field.offset());
            }
        }
        struct.set(ValueLayout.JAVA_INT, 4, relative);
        struct.set(ValueLayout.JAVA_INT, 48, returns ? 1 : 0);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
