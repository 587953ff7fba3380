package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Reads and writes arrays: those of primitive elements in one copy, others element by element. */
final class ArrayCopies {
    private ArrayCopies() {}

    /** The layout of elements that can be copied as a block, or {@code null}. */
    static ValueLayout block(Class<?> element) {
        return switch (element.getName()) {
            case "byte" -> ValueLayout.JAVA_BYTE;
            case "short" -> ValueLayout.JAVA_SHORT_UNALIGNED;
            case "char" -> ValueLayout.JAVA_CHAR_UNALIGNED;
            case "int" -> ValueLayout.JAVA_INT_UNALIGNED;
            case "long" -> ValueLayout.JAVA_LONG_UNALIGNED;
            case "float" -> ValueLayout.JAVA_FLOAT_UNALIGNED;
            case "double" -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
            default -> null;
        };
    }

    static Object getBlock(
            Class<?> element, ValueLayout layout, int length, MemorySegment segment, long offset) {
        Object array = java.lang.reflect.Array.newInstance(element, length);
        MemorySegment.copy(segment, layout, offset, array, 0, length);
        return array;
    }

    static void setBlock(
            Place place,
            ValueLayout layout,
            int length,
            MemorySegment segment,
            long offset,
            Object array) {
        checkLength(place, length, array);
        MemorySegment.copy(array, 0, segment, layout, offset, length);
    }

    /** The decoder is of type {@code (MemorySegment, long) → Object}. */
    static Object getEach(
            Class<?> element,
            MethodHandle decoder,
            int length,
            int stride,
            MemorySegment segment,
            long offset)
            throws Throwable {
        Object array = java.lang.reflect.Array.newInstance(element, length);
        for (int i = 0; i < length; i++) {
            Object value = (Object) decoder.invokeExact(segment, offset + (long) i * stride);
            java.lang.reflect.Array.set(array, i, value);
        }
        return array;
    }

    /** The encoder is of type {@code (MemorySegment, long, Object) → void}. */
    static void setEach(
            Place place,
            MethodHandle encoder,
            int length,
            int stride,
            MemorySegment segment,
            long offset,
            Object array)
            throws Throwable {
        checkLength(place, length, array);
        for (int i = 0; i < length; i++) {
            Object value = java.lang.reflect.Array.get(array, i);
            if (value == null) {
                throw place.refuse("element " + i + " is null");
            }
            encoder.invokeExact(segment, offset + (long) i * stride, value);
        }
    }

    private static void checkLength(Place place, int length, Object array) {
        if (array == null) {
            throw place.refuse("is null: the array in C has " + length + " elements");
        }
        int actual = java.lang.reflect.Array.getLength(array);
        if (actual != length) {
            throw place.refuse("has " + actual + " elements, the array in C has " + length);
        }
    }
}
