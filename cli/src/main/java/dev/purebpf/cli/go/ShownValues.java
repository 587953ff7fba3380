package dev.purebpf.cli.go;

import dev.purebpf.go.GoType;
import dev.purebpf.go.RuntimeTypes;
import dev.purebpf.go.RuntimeTypes.RuntimeType;

import java.util.List;

/** Makes values of the bytes of events. Not thread-safe. */
final class ShownValues {
    /** Numbers of {@code reflect.Kind}. */
    private static final int BOOL = 1;

    private static final int INT = 2;
    private static final int INT64 = 6;
    private static final int UINTPTR = 12;
    private static final int FLOAT64 = 14;
    private static final int CHANNEL = 18;
    private static final int FUNCTION = 19;
    private static final int MAP = 21;
    private static final int UNSAFE_POINTER = 26;

    /** How many types are kept. */
    private static final int RECENT = 1 << 10;

    /** Errors whose text is the first thing in them. */
    private static final List<String> TEXT_FIRST =
            List.of("*errors.errorString", "*fmt.wrapError", "*fmt.wrapErrors");

    private final StaticData program;

    /** Types that were found last, each in the slot of its address. */
    private final RuntimeType[] types = new RuntimeType[RECENT];

    private final long[] addresses = new long[RECENT];
    private final byte[] bytes = new byte[Step.MOST_READ];

    ShownValues(StaticData program) {
        this.program = program;
    }

    /**
     * Writes a value.
     *
     * @param value what is shown
     * @param event the event that has its bytes
     * @param bias what addresses in the process are greater than those in the file by
     * @param to what writes it
     */
    void write(Shown value, GoEvent event, long bias, ValueSink to) {
        switch (value) {
            case Shown.Scalar scalar -> scalar(scalar, event, to);
            case Shown.Unreadable unreadable -> to.unreadable(unreadable.register());
            case Shown.Complex complex -> {
                to.beginComplex();
                write(complex.real(), event, bias, to);
                to.imaginary();
                write(complex.imaginary(), event, bias, to);
                to.endComplex();
            }
            case Shown.Text text -> text(text, event, bias, to);
            case Shown.Slice slice -> slice(slice, event, bias, to);
            case Shown.Bytes slice -> bytes(slice, event, to);
            case Shown.Array array -> {
                to.beginElements();
                for (int i = 0; i < array.elements().size(); i++) {
                    to.element(i);
                    write(array.elements().get(i), event, bias, to);
                }
                to.endElements(array.length(), array.elements().size());
            }
            case Shown.Struct struct -> {
                to.beginStruct();
                for (int i = 0; i < struct.members().size(); i++) {
                    Shown.Member member = struct.members().get(i);
                    to.field(member.name(), i);
                    write(member.value(), event, bias, to);
                }
                to.endStruct();
            }
            case Shown.Pointer pointer -> {
                long address = event.word(pointer.at());
                if (address == 0) {
                    to.nil();
                } else if (pointer.target() == null || !event.isRead(pointer.step())) {
                    to.address(address);
                } else {
                    to.beginPointer(address);
                    write(pointer.target(), event, bias, to);
                    to.endPointer();
                }
            }
            case Shown.Interface one -> anInterface(one, event, bias, to);
            case Shown.Omitted omitted -> to.omitted();
        }
    }

    private static void scalar(Shown.Scalar scalar, GoEvent event, ValueSink to) {
        long number = event.number(scalar.at(), scalar.size(), scalar.kind() == GoType.Kind.SIGNED);
        number(scalar.kind(), scalar.size(), number, to);
    }

    private static void number(GoType.Kind kind, int size, long number, ValueSink to) {
        switch (kind) {
            case BOOL -> to.bool(number != 0);
            case SIGNED -> to.signed(number);
            case UNSIGNED -> to.unsigned(number);
            case FLOAT -> {
                boolean isShort = size == Float.BYTES;
                to.floating(
                        isShort
                                ? Float.intBitsToFloat((int) number)
                                : Double.longBitsToDouble(number),
                        isShort);
            }
        }
    }

    private void text(Shown.Text text, GoEvent event, long bias, ValueSink to) {
        long length = event.word(text.length());
        int count = Math.clamp(length, 0, text.limit());
        if (event.isRead(text.step())) {
            event.bytes(text.bytes(), bytes, count);
            to.text(bytes, count, length);
            return;
        }
        // A constant that the process has not touched yet is in the file only.
        byte[] constant = program.constant(event.word(text.address()) - bias, count);
        if (constant == null) {
            to.omitted();
        } else {
            to.text(constant, count, length);
        }
    }

    private void bytes(Shown.Bytes slice, GoEvent event, ValueSink to) {
        long length = event.word(slice.length());
        if (event.word(slice.address()) == 0) {
            to.nil();
        } else if (event.isRead(slice.step())) {
            int count = Math.clamp(length, 0, slice.limit());
            event.bytes(slice.bytes(), bytes, count);
            to.bytes(bytes, count, length);
        } else {
            to.omitted();
        }
    }

    private void slice(Shown.Slice slice, GoEvent event, long bias, ValueSink to) {
        long length = event.word(slice.length());
        if (event.word(slice.address()) == 0) {
            to.nil();
            return;
        }
        int shown = event.isRead(slice.step()) ? Math.clamp(length, 0, slice.elements().size()) : 0;
        to.beginElements();
        for (int i = 0; i < shown; i++) {
            to.element(i);
            write(slice.elements().get(i), event, bias, to);
        }
        to.endElements(length, shown);
    }

    private void anInterface(Shown.Interface one, GoEvent event, long bias, ValueSink to) {
        if (event.word(one.table()) == 0) {
            to.nil();
            return;
        }
        long value = event.word(one.value());
        if (!event.isRead(one.typeStep())) {
            to.address(value);
            return;
        }
        long type = event.word(one.type());
        RuntimeType known = type(type - bias);
        to.beginInterface(known == null ? "type 0x" + Long.toHexString(type) : known.name());
        if (known == null
                || one.content() < 0
                || !event.isRead(one.contentStep())
                || !content(known, one, event, bias, to)) {
            to.address(value);
        }
        to.endInterface();
    }

    /** {@return a type of the program; null if it is none of its file} */
    private RuntimeType type(long address) {
        int slot = (int) (address >>> 5) & RECENT - 1;
        if (addresses[slot] != address) {
            types[slot] = program.runtimeType(address).orElse(null);
            addresses[slot] = address;
        }
        return types[slot];
    }

    /** {@return whether the value in an interface could be written} */
    private boolean content(
            RuntimeType type, Shown.Interface one, GoEvent event, long bias, ValueSink to) {
        int kind = type.kind();
        int size = (int) Math.min(type.size(), Long.BYTES);
        if (kind == RuntimeTypes.STRING || TEXT_FIRST.contains(type.name())) {
            if (one.text() == null) {
                return false;
            }
            text(one.text(), event, bias, to);
            return true;
        }
        if (kind < BOOL || kind > FLOAT64) {
            if (isAddress(kind) && event.word(one.value()) == 0) {
                to.nil();
                return true;
            }
            return false;
        }
        boolean signed = kind >= INT && kind <= INT64;
        GoType.Kind number =
                kind == BOOL
                        ? GoType.Kind.BOOL
                        : signed
                                ? GoType.Kind.SIGNED
                                : kind <= UINTPTR ? GoType.Kind.UNSIGNED : GoType.Kind.FLOAT;
        number(number, size, event.number(one.content(), size, signed), to);
        return true;
    }

    private static boolean isAddress(int kind) {
        return switch (kind) {
            case CHANNEL, FUNCTION, MAP, RuntimeTypes.POINTER, UNSAFE_POINTER -> true;
            default -> false;
        };
    }
}
