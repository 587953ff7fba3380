package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Reads and writes bitfields, byte by byte, at any place of memory: the lowest bit of each is the
 * lowest one that is free in the byte where it begins, as C compilers have it on machines with the
 * least significant byte first. Allocates nothing.
 */
public final class Bitfields {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private Bitfields() {}

    /**
     * {@return the bits, as a number that is never negative unless it has 64 of them}
     *
     * @param memory the memory
     * @param offset the byte that holds the first bit
     * @param shift how many bits of that byte are before it, 0 to 7
     * @param bits how many there are, 1 to 64
     * @throws IndexOutOfBoundsException if they do not lie within the memory
     */
    public static long unsigned(MemorySegment memory, long offset, int shift, int bits) {
        long value = 0;
        for (int done = -shift, at = 0; done < bits; done += 8, at++) {
            long next = Byte.toUnsignedLong(memory.get(ValueLayout.JAVA_BYTE, offset + at));
            value |= done < 0 ? next >>> -done : next << done;
        }
        return bits == Long.SIZE ? value : value & ((1L << bits) - 1);
    }

    /**
     * {@return the bits, as a number whose highest bit is its sign}
     *
     * @param memory the memory
     * @param offset the byte that holds the first bit
     * @param shift how many bits of that byte are before it, 0 to 7
     * @param bits how many there are, 1 to 64
     * @throws IndexOutOfBoundsException if they do not lie within the memory
     */
    public static long signed(MemorySegment memory, long offset, int shift, int bits) {
        int above = Long.SIZE - bits;
        return unsigned(memory, offset, shift, bits) << above >> above;
    }

    /**
     * Writes the bits and leaves those around them as they are; not in one piece, so that whoever
     * writes those at the same moment may lose.
     *
     * @param memory the memory
     * @param offset the byte that holds the first bit
     * @param shift how many bits of that byte are before it, 0 to 7
     * @param bits how many there are, 1 to 64
     * @param value the number, signed or not
     * @throws IndexOutOfBoundsException if they do not lie within the memory
     * @throws IllegalArgumentException if the number does not fit
     */
    public static void set(MemorySegment memory, long offset, int shift, int bits, long value) {
        boolean fits = bits == Long.SIZE || value >> bits == 0 || value >> (bits - 1) == -1;
        if (!fits) {
            throw new IllegalArgumentException(
                    value + " does not fit into a bitfield of " + bits + " bits");
        }
        long all = bits == Long.SIZE ? -1 : (1L << bits) - 1;
        for (int done = -shift, at = 0; done < bits; done += 8, at++) {
            long mask = done < 0 ? all << -done : all >>> done;
            long next = done < 0 ? value << -done : value >>> done;
            long before = memory.get(ValueLayout.JAVA_BYTE, offset + at);
            memory.set(ValueLayout.JAVA_BYTE, offset + at, (byte) (before & ~mask | next & mask));
        }
    }

    /** {@return the binding to the primitive type that has been found to fit} */
    static Binding binding(CType.Bitfield bitfield, Class<?> primitive, Place place) {
        boolean signed =
                switch (bitfield.base()) {
                    case CType.Whole whole -> whole.signed();
                    case CType.Enumeration enumeration -> enumeration.signed();
                    default -> false;
                };
        MethodType getter =
                MethodType.methodType(
                        long.class, MemorySegment.class, long.class, int.class, int.class);
        MethodHandle get = find(signed ? "signed" : "unsigned", getter);
        MethodType setter =
                MethodType.methodType(
                        void.class,
                        Place.class,
                        int.class,
                        int.class,
                        MemorySegment.class,
                        long.class,
                        long.class);
        MethodHandle set =
                MethodHandles.insertArguments(
                        find("setAt", setter), 0, place, bitfield.shift(), bitfield.bits());
        get = MethodHandles.insertArguments(get, 2, bitfield.shift(), bitfield.bits());
        return new Binding(
                MethodHandles.explicitCastArguments(get, get.type().changeReturnType(primitive)),
                MethodHandles.explicitCastArguments(
                        set, set.type().changeParameterType(2, primitive)));
    }

    @SuppressWarnings("unused") // by handle, in binding()
    private static void setAt(
            Place place, int shift, int bits, MemorySegment memory, long offset, long value) {
        try {
            set(memory, offset, shift, bits, value);
        } catch (IllegalArgumentException e) {
            throw place.refuse(e.getMessage());
        }
    }

    private static MethodHandle find(String name, MethodType type) {
        try {
            return LOOKUP.findStatic(Bitfields.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }
}
