package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;
import dev.purebpf.link.DataVariable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/**
 * Turns a global variable's bytes to Java values and back. Numbers are converted where they keep
 * their value, so that {@code set("target_pid", 1L)} may be said of an {@code int}; everything else
 * has to be as in C.
 */
final class VariableType {
    private final String name;
    private final int size;
    private final Supplier<CType> layout;
    private CType known;

    VariableType(DataVariable variable, Btf btf) {
        this.name = variable.name();
        this.size = Math.toIntExact(variable.size());
        // Asked for when it is needed: an object may have many variables of large types.
        this.layout =
                () -> variable.type() == 0 || btf == null ? null : layout(btf, variable.type());
    }

    private CType layout(Btf btf, int id) {
        try {
            CType type = CType.of(btf, id);
            // A flexible array at the end makes a variable larger than its type.
            return type.size() <= size ? type : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    String name() {
        return name;
    }

    int size() {
        return size;
    }

    /** {@return the type, or {@code null} if it is not known} */
    CType type() {
        CType type = known;
        if (type == null) {
            type = layout.get();
            known = type;
        }
        return type;
    }

    boolean isWhole() {
        return switch (type()) {
            case null -> size == 1 || size == 2 || size == 4 || size == 8;
            case CType.Whole _, CType.Truth _, CType.Pointer _, CType.Enumeration _ -> true;
            default -> false;
        };
    }

    boolean isSigned() {
        return switch (type()) {
            case CType.Whole whole -> whole.signed();
            case CType.Enumeration enumeration -> enumeration.signed();
            case null, default -> false;
        };
    }

    long getWhole(MemorySegment memory, long offset) {
        if (!isWhole()) {
            throw refuse("is no whole number");
        }
        return switch (size) {
            case 1 -> {
                byte value = memory.get(ValueLayout.JAVA_BYTE, offset);
                yield isSigned() ? value : Byte.toUnsignedLong(value);
            }
            case 2 -> {
                short value = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset);
                yield isSigned() ? value : Short.toUnsignedLong(value);
            }
            case 4 -> {
                int value = memory.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
                yield isSigned() ? value : Integer.toUnsignedLong(value);
            }
            default -> memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        };
    }

    void setWhole(MemorySegment memory, long offset, long value) {
        if (!isWhole()) {
            throw refuse("is no whole number");
        }
        int bits = 8 * size;
        // Either reading of the bits will do: 0xffffffff and -1 are the same word.
        if (bits < 64 && (value < -1L << (bits - 1) || value >= 1L << bits)) {
            throw refuse(value + " does not fit into " + bits + " bits");
        }
        if (type() instanceof CType.Truth && value != 0 && value != 1) {
            throw refuse("is a bool: it cannot be " + value);
        }
        switch (size) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
            case 2 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) value);
            case 4 -> memory.set(ValueLayout.JAVA_INT_UNALIGNED, offset, (int) value);
            default -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
        }
    }

    <T> T get(Class<T> javaType, MemorySegment memory, long offset) {
        if (javaType == byte[].class) {
            return javaType.cast(memory.asSlice(offset, size).toArray(ValueLayout.JAVA_BYTE));
        }
        return codec(javaType).decode(memory, offset);
    }

    <T> T get(Codec<T> codec, MemorySegment memory, long offset) {
        return requireFit(codec).decode(memory, offset);
    }

    <T> void set(Codec<T> codec, T value, MemorySegment memory, long offset) {
        Codec<T> fitting = requireFit(codec);
        try {
            fitting.encode(value, memory, offset);
        } catch (IllegalArgumentException e) {
            throw misfit(e);
        }
    }

    private <T> Codec<T> requireFit(Codec<T> codec) {
        CType type = type();
        if (type != null) {
            try {
                codec.requireLayoutOf(type);
            } catch (IllegalArgumentException e) {
                throw misfit(e);
            }
        }
        if (codec.size() > size) {
            throw refuse("has " + size + " bytes, " + codec + " " + codec.size());
        }
        return codec;
    }

    private IllegalArgumentException misfit(IllegalArgumentException e) {
        return new IllegalArgumentException("variable " + name + ": " + e.getMessage(), e);
    }

    void set(Object value, MemorySegment memory, long offset) {
        switch (value) {
            case null -> throw refuse("cannot be null");
            case Long number -> setWhole(memory, offset, number);
            case Integer number -> setWhole(memory, offset, number);
            case Short number -> setWhole(memory, offset, number);
            case Byte number -> setWhole(memory, offset, number);
            case Boolean truth when isWhole() -> setWhole(memory, offset, truth ? 1 : 0);
            case Float number when type() instanceof CType.Real real && real.size() == 8 ->
                    memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset, number);
            case byte[] bytes -> {
                if (bytes.length != size) {
                    throw refuse("has " + size + " bytes, not " + bytes.length);
                }
                MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, size);
            }
            // They are in memory what they are in Java: no codec has to be made for one use.
            case int[] numbers when isArray(Integer.BYTES, numbers.length) ->
                    copy(MemorySegment.ofArray(numbers), memory, offset);
            case long[] numbers when isArray(Long.BYTES, numbers.length) ->
                    copy(MemorySegment.ofArray(numbers), memory, offset);
            default -> encode(value, memory, offset);
        }
    }

    private static void copy(MemorySegment numbers, MemorySegment memory, long offset) {
        MemorySegment.copy(numbers, 0, memory, offset, numbers.byteSize());
    }

    private boolean isArray(int elementSize, int length) {
        return type() instanceof CType.Array(CType.Whole element, int count)
                && element.size() == elementSize
                && count == length;
    }

    @SuppressWarnings("unchecked") // a value is of its own class
    private void encode(Object value, MemorySegment memory, long offset) {
        Class<?> javaType =
                value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
        var codec = (Codec<Object>) codec(javaType);
        try {
            codec.encode(value, memory, offset);
        } catch (IllegalArgumentException e) {
            throw misfit(e);
        }
    }

    private <T> Codec<T> codec(Class<T> javaType) {
        CType type = type();
        if (type == null) {
            throw refuse(
                    "has no type in the object (compile it with -g): only numbers and byte[] of "
                            + size
                            + " bytes will do");
        }
        try {
            return Codec.of(type, javaType);
        } catch (IllegalArgumentException e) {
            throw misfit(e);
        }
    }

    IllegalArgumentException refuse(String problem) {
        CType type = type();
        return new IllegalArgumentException(
                "variable "
                        + name
                        + (type == null ? "" : " (" + type.name() + ")")
                        + ": "
                        + problem);
    }
}
