package dev.purebpf;

import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * A global variable of a loaded object, live: programs see what is written here, and reading gives
 * what they wrote last.
 *
 * <p>Variables are read and written in memory that is shared with the kernel, where the kernel has
 * that (Linux 5.5, and at least one variable of the section is not {@code static}); else by copying
 * the whole section in and out, in which case a write may undo what programs write to
 * <em>other</em> variables of the section at the same moment. Constants cannot be written any more.
 *
 * <p>May be used by any thread. Whole numbers at natural alignment are read and written in one
 * piece, with acquire and release ordering; larger values byte by byte, while programs may change
 * them.
 */
public final class Variable {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final VariableType type;
    private final long offset;
    private final BpfMap map;
    private final MemorySegment mapping;
    private final boolean constant;

    /** The mapping may be {@code null}. */
    Variable(VariableType type, long offset, BpfMap map, MemorySegment mapping, boolean constant) {
        this.type = type;
        this.offset = offset;
        this.map = map;
        this.mapping = mapping;
        this.constant = constant;
    }

    /** {@return its name in C} */
    public String name() {
        return type.name();
    }

    /** {@return its size in bytes} */
    public int size() {
        return type.size();
    }

    /** {@return its type, where the object's BTF tells it} */
    public Optional<CType> type() {
        return Optional.ofNullable(type.type());
    }

    /** {@return the map that holds it: {@code .bss}, {@code .data}, {@code .rodata}} */
    public BpfMap map() {
        return map;
    }

    /** {@return whether it is one of the constants, which nobody can change any more} */
    public boolean isConstant() {
        return constant;
    }

    /**
     * {@return the variable's memory, shared with programs; read-only for constants; empty where
     * the kernel or the section has no such mapping}
     */
    public Optional<MemorySegment> memory() {
        return Optional.ofNullable(mapping).map(m -> m.asSlice(offset, size()));
    }

    /**
     * {@return its value, a whole number, pointer, {@code bool} or enum of any size; unsigned ones
     * zero-extended}
     *
     * @throws IllegalArgumentException if it is something else
     */
    public long getLong() {
        if (isShared() && size() == 8) {
            return (long) LONG.getAcquire(mapping, offset);
        }
        if (isShared() && size() == 4) {
            int value = (int) INT.getAcquire(mapping, offset);
            return type.isSigned() ? value : Integer.toUnsignedLong(value);
        }
        return read((memory, at) -> type.getWhole(memory, at));
    }

    /**
     * {@return its value, a whole number, pointer, {@code bool} or enum of at most 4 bytes; an
     * {@code unsigned int} above 2³¹ comes out negative}
     *
     * @throws IllegalArgumentException if it is something else
     */
    public int getInt() {
        if (size() > 4) {
            throw type.refuse("does not fit into an int: use getLong()");
        }
        return (int) getLong();
    }

    /**
     * {@return whether it is not zero}
     *
     * @throws IllegalArgumentException if it is no {@code bool} or whole number
     */
    public boolean getBoolean() {
        return getLong() != 0;
    }

    /**
     * {@return its value}
     *
     * @param <T> the Java type
     * @param javaType a record for a struct, {@code String} for an array of {@code char}, an array,
     *     an enum, a wrapper of exactly the same size, or {@code byte[]} for anything
     * @throws IllegalArgumentException if the variable is not byte for byte such a thing
     */
    public <T> T get(Class<T> javaType) {
        return read((memory, at) -> type.get(javaType, memory, at));
    }

    /**
     * {@return its value}
     *
     * @param <T> the Java type
     * @param codec reads it
     * @throws IllegalArgumentException if the variable is not byte for byte what the codec reads
     */
    public <T> T get(Codec<T> codec) {
        return read((memory, at) -> type.get(codec, memory, at));
    }

    /**
     * Changes its value.
     *
     * @param <T> the Java type
     * @param codec writes it
     * @param value the value
     * @throws IllegalArgumentException if the variable is not byte for byte what the codec writes
     * @throws UnsupportedOperationException if it is a constant: set it before the object is loaded
     */
    public <T> void set(Codec<T> codec, T value) {
        write((memory, at) -> type.set(codec, value, memory, at));
    }

    /**
     * Changes its value.
     *
     * @param value a number that fits, a {@code Boolean}, an enum constant, a {@code String} for an
     *     array of {@code char}, an array, a record for a struct, or {@code byte[]} for anything
     * @throws IllegalArgumentException if the value does not fit the variable's type
     * @throws UnsupportedOperationException if it is a constant: set it before the object is loaded
     */
    public void set(Object value) {
        write((memory, at) -> type.set(value, memory, at));
    }

    private void write(Writing writing) {
        if (constant) {
            throw new UnsupportedOperationException(
                    "variable "
                            + name()
                            + " is in "
                            + map.name()
                            + " and constant once loaded: call BpfObject.set before load");
        }
        if (mapping == null) {
            setByCopy(writing);
        } else {
            setInPlace(writing);
        }
    }

    private void setInPlace(Writing writing) {
        if (!isShared() || size() < 4) {
            writing.write(mapping, offset);
            return;
        }
        // Through a detour, so that programs see either the old number or the new one.
        byte[] bytes = new byte[8];
        MemorySegment copy = MemorySegment.ofArray(bytes);
        writing.write(copy, 0);
        if (size() == 8) {
            LONG.setRelease(mapping, offset, copy.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
        } else {
            INT.setRelease(mapping, offset, copy.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        }
    }

    private void setByCopy(Writing writing) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment section = arena.allocate(map.valueSize(), 8);
            map.lookup(key, section);
            writing.write(section, offset);
            map.put(key, section);
        }
    }

    /** Whether it is a number that one access to the mapping reads or writes. */
    private boolean isShared() {
        return mapping != null && type.isWhole() && offset % size() == 0;
    }

    private <T> T read(Reading<T> reading) {
        if (mapping != null) {
            return reading.read(mapping, offset);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment section = arena.allocate(map.valueSize(), 8);
            map.lookup(key, section);
            return reading.read(section, offset);
        }
    }

    /** Reads something at an offset. */
    private interface Reading<T> {
        T read(MemorySegment memory, long offset);
    }

    /** Writes something at an offset. */
    private interface Writing {
        void write(MemorySegment memory, long offset);
    }

    @Override
    public String toString() {
        return "variable " + name() + " in " + map.name();
    }
}
