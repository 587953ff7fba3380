package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;

/**
 * Reads and writes the primitive types, in native byte order and at any alignment. Plain static
 * methods, so that the layouts are constants to the compiler wherever the handles end up.
 */
final class Scalars {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final Map<Class<?>, String> NAMES =
            Map.of(
                    byte.class, "Byte",
                    short.class, "Short",
                    char.class, "Char",
                    int.class, "Int",
                    long.class, "Long",
                    float.class, "Float",
                    double.class, "Double",
                    boolean.class, "Boolean");

    private Scalars() {}

    /** {@return the C type of the same size, or {@code null} if there is none} */
    static CType natural(Class<?> type) {
        return switch (type.getName()) {
            case "byte" -> new CType.Whole("signed char", 1, true);
            case "short" -> new CType.Whole("short", 2, true);
            case "char" -> new CType.Whole("unsigned short", 2, false);
            case "int" -> new CType.Whole("int", 4, true);
            case "long" -> new CType.Whole("long long", 8, true);
            case "float" -> new CType.Real("float", 4);
            case "double" -> new CType.Real("double", 8);
            case "boolean" -> new CType.Truth("_Bool");
            default -> null;
        };
    }

    /** {@return the binding of a primitive type} */
    static Binding binding(Class<?> primitive) {
        String name = NAMES.get(primitive);
        return new Binding(
                find(
                        "get" + name,
                        MethodType.methodType(primitive, MemorySegment.class, long.class)),
                find(
                        "set" + name,
                        MethodType.methodType(
                                void.class, MemorySegment.class, long.class, primitive)));
    }

    static MethodHandle find(String name, MethodType type) {
        try {
            return LOOKUP.findStatic(Scalars.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    static byte getByte(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset);
    }

    static void setByte(MemorySegment segment, long offset, byte value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, value);
    }

    static short getShort(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset);
    }

    static void setShort(MemorySegment segment, long offset, short value) {
        segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, value);
    }

    static char getChar(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_CHAR_UNALIGNED, offset);
    }

    static void setChar(MemorySegment segment, long offset, char value) {
        segment.set(ValueLayout.JAVA_CHAR_UNALIGNED, offset, value);
    }

    static int getInt(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    static void setInt(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }

    static long getLong(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    static void setLong(MemorySegment segment, long offset, long value) {
        segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    static float getFloat(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset);
    }

    static void setFloat(MemorySegment segment, long offset, float value) {
        segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset, value);
    }

    static double getDouble(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset);
    }

    static void setDouble(MemorySegment segment, long offset, double value) {
        segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset, value);
    }

    static boolean getBoolean(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset) != 0;
    }

    static void setBoolean(MemorySegment segment, long offset, boolean value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, value ? (byte) 1 : 0);
    }

    /** Zeroes a few bytes without the slice that {@link MemorySegment#fill} would need. */
    static void zero(MemorySegment segment, long offset, long length) {
        for (long i = 0; i < length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, offset + i, (byte) 0);
        }
    }
}
