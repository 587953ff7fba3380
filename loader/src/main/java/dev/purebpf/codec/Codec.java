package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Objects;

/**
 * Copies a C value in memory to a Java value and back. Bound once, then used as often as needed, by
 * any number of threads: a codec is immutable.
 *
 * @param <T> the Java type; for {@code int} and the like, its wrapper
 */
public final class Codec<T> {
    private static final MethodType DECODE =
            MethodType.methodType(Object.class, MemorySegment.class, long.class);
    private static final MethodType ENCODE =
            MethodType.methodType(void.class, MemorySegment.class, long.class, Object.class);

    private final CType type;
    private final Class<T> javaType;
    private final MethodHandle decoder;
    private final MethodHandle encoder;
    private final boolean padded;
    private final boolean bitfields;

    private Codec(CType type, Class<T> javaType, Binding binding) {
        this.type = type;
        this.javaType = javaType;
        this.decoder = binding.decoder().asType(DECODE);
        this.encoder = binding.encoder().asType(ENCODE);
        this.padded = hasPadding(type);
        this.bitfields = hasBitfields(type);
    }

    /**
     * Binds a C type to a Java type.
     *
     * @param <T> the Java type
     * @param type how the value lies in memory
     * @param javaType a record, wrapper, enum, {@code String} or array; see the table in the
     *     package's description
     * @return the codec
     * @throws IllegalArgumentException if the two are not byte for byte the same; the message names
     *     the field
     */
    public static <T> Codec<T> of(CType type, Class<T> javaType) {
        return of(type, javaType, MethodHandles.lookup());
    }

    /**
     * Binds a C type to a Java type that only its own module may look into.
     *
     * @param <T> the Java type
     * @param type how the value lies in memory
     * @param javaType a record, wrapper, enum, {@code String} or array
     * @param lookup the right to use the record's constructor: {@code MethodHandles.lookup()},
     *     called where the record is known
     * @return the codec
     * @throws IllegalArgumentException if the two are not byte for byte the same; the message names
     *     the field
     */
    public static <T> Codec<T> of(CType type, Class<T> javaType, MethodHandles.Lookup lookup) {
        Objects.requireNonNull(type);
        Class<?> plain = MethodType.methodType(javaType).unwrap().returnType();
        return new Codec<>(
                type, javaType, new Binder(lookup).bind(type, plain, new Place(javaType)));
    }

    /**
     * Binds a record to the layout that a C compiler would give a struct with the same fields.
     * There is nothing to check it against: prefer a layout from BTF where there is one.
     *
     * @param <T> the record
     * @param record the record
     * @return the codec
     * @throws IllegalArgumentException if a component's size is not told by its Java type, see
     *     {@link CType#of(Class)}
     */
    public static <T extends Record> Codec<T> of(Class<T> record) {
        return of(CType.of(record), record);
    }

    /** {@return how the value lies in memory} */
    public CType type() {
        return type;
    }

    /** {@return the Java type} */
    public Class<T> javaType() {
        return javaType;
    }

    /** {@return how many bytes of memory the value takes} */
    public int size() {
        return type.size();
    }

    /**
     * {@return the value in memory}
     *
     * @param segment the memory; any alignment will do
     * @param offset where the value begins in it
     * @throws IndexOutOfBoundsException if it does not lie within the segment
     * @throws IllegalArgumentException if the memory holds a number that is none of the constants
     *     of an enum
     */
    @SuppressWarnings("unchecked")
    public T decode(MemorySegment segment, long offset) {
        try {
            return (T) (Object) decoder.invokeExact(segment, offset);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("constructor of " + javaType.getName() + " failed", e);
        }
    }

    /**
     * Writes a value to memory; padding between fields becomes zero.
     *
     * @param value the value
     * @param segment the memory; any alignment will do
     * @param offset where the value is to begin in it
     * @throws IndexOutOfBoundsException if it does not fit into the segment
     * @throws IllegalArgumentException if a string is too long for its field, or an array has not
     *     the length of its field
     */
    public void encode(T value, MemorySegment segment, long offset) {
        Objects.requireNonNull(value);
        if (bitfields) {
            // Bits between them belong to none, and are written by none.
            Scalars.zero(segment, offset, type.size());
        }
        try {
            encoder.invokeExact(segment, offset, (Object) value);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("accessor of " + javaType.getName() + " failed", e);
        }
        if (padded) {
            zeroPadding(type, segment, offset);
        }
    }

    @Override
    public String toString() {
        return type.name() + " as " + javaType.getSimpleName();
    }

    /**
     * Makes sure that values of a C type lie in memory as this codec reads and writes them: for
     * whom has a codec from elsewhere, such as a class that was generated from another build of an
     * object.
     *
     * @param other the C type
     * @throws IllegalArgumentException if sizes, or names, places or kinds of fields differ; the
     *     message names the first
     */
    public void requireLayoutOf(CType other) {
        LayoutComparison.requireSame(type, other);
    }

    private static boolean hasBitfields(CType type) {
        return switch (type) {
            case CType.Struct struct ->
                    struct.fields().stream().anyMatch(field -> hasBitfields(field.type()));
            case CType.Array array -> hasBitfields(array.element());
            case CType.Bitfield _ -> true;
            default -> false;
        };
    }

    private static boolean hasPadding(CType type) {
        return switch (type) {
            case CType.Struct struct -> {
                int end = 0;
                boolean found = false;
                for (CType.Field field : struct.fields()) {
                    found |= end < field.offset() || hasPadding(field.type());
                    end = field.offset() + field.type().size();
                }
                yield found || end < struct.size();
            }
            case CType.Array array -> hasPadding(array.element());
            default -> false;
        };
    }

    private static void zeroPadding(CType type, MemorySegment segment, long offset) {
        switch (type) {
            case CType.Struct struct -> {
                int end = 0;
                List<CType.Field> fields = struct.fields();
                for (int i = 0; i < fields.size(); i++) {
                    CType.Field field = fields.get(i);
                    Scalars.zero(segment, offset + end, field.offset() - end);
                    zeroPadding(field.type(), segment, offset + field.offset());
                    end = field.offset() + field.type().size();
                }
                Scalars.zero(segment, offset + end, struct.size() - end);
            }
            case CType.Array array -> {
                int stride = array.element().size();
                for (int i = 0; i < array.length() && hasPadding(array.element()); i++) {
                    zeroPadding(array.element(), segment, offset + (long) i * stride);
                }
            }
            default -> {}
        }
    }
}
