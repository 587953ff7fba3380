package dev.purebpf.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Structs of any layout, packed or padded, against records made to fit. */
class CodecProperties {
    /** A struct, the record for it, and bytes that are a value of it. */
    private record Sample(CType.Struct struct, Class<? extends Record> record, byte[] bytes) {}

    private static final class Maker {
        final Random random;

        Maker(long seed) {
            random = new Random(seed);
        }

        Sample struct(int depth) {
            List<CType.Field> fields = new ArrayList<>();
            List<RecordMaker.Component> components = new ArrayList<>();
            byte[] bytes = new byte[0];
            int end = random.nextInt(4) == 0 ? random.nextInt(8) : 0;
            int count = 1 + random.nextInt(8);
            boolean packed = random.nextBoolean();
            for (int i = 0; i < count; i++) {
                Part part = part(depth);
                if (!packed) {
                    end = (end + 7) / 8 * 8;
                }
                bytes = Arrays.copyOf(bytes, end + part.bytes().length);
                System.arraycopy(part.bytes(), 0, bytes, end, part.bytes().length);
                fields.add(new CType.Field("field_" + i, end, part.type()));
                components.add(new RecordMaker.Component("field" + i, part.javaType()));
                end += part.bytes().length;
            }
            bytes = Arrays.copyOf(bytes, end + random.nextInt(5));
            var struct = new CType.Struct("struct any", bytes.length, fields);
            return new Sample(struct, RecordMaker.make(components), bytes);
        }

        /** A type, a Java type for it, and bytes that are a value of it. */
        private record Part(CType type, Class<?> javaType, byte[] bytes) {}

        private Part part(int depth) {
            return switch (random.nextInt(depth > 2 ? 10 : 13)) {
                case 0 -> whole(1, byte.class);
                case 1 -> whole(2, random.nextBoolean() ? short.class : char.class);
                case 2 -> whole(4, int.class);
                case 3 -> whole(8, long.class);
                case 4 -> new Part(new CType.Pointer("void *", 8), long.class, bytes(8));
                case 5 ->
                        new Part(
                                new CType.Truth("_Bool"),
                                boolean.class,
                                new byte[] {(byte) random.nextInt(2)});
                // Zero and small numbers: the bits of some NaNs do not survive being a float.
                case 6 ->
                        new Part(new CType.Real("float", 4), float.class, new byte[] {1, 2, 3, 4});
                case 7 -> new Part(new CType.Real("double", 8), double.class, new byte[8]);
                case 8 -> text();
                case 9 -> {
                    int length = random.nextInt(9);
                    yield new Part(
                            new CType.Opaque("union any", length), byte[].class, bytes(length));
                }
                case 10, 11 -> {
                    Sample inner = struct(depth + 1);
                    yield new Part(inner.struct(), inner.record(), inner.bytes());
                }
                default -> array(depth);
            };
        }

        private Part whole(int size, Class<?> javaType) {
            var type = new CType.Whole("number", size, random.nextBoolean());
            return new Part(type, javaType, bytes(size));
        }

        private Part text() {
            byte[] bytes = new byte[1 + random.nextInt(20)];
            int length = random.nextInt(bytes.length + 1);
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) ('a' + random.nextInt(26));
            }
            var type = new CType.Array(new CType.Whole("char", 1, true), bytes.length);
            return new Part(type, String.class, bytes);
        }

        private Part array(int depth) {
            Part element = part(depth + 1);
            int length = random.nextInt(5);
            byte[] bytes = new byte[element.bytes().length * length];
            for (int i = 0; i < length; i++) {
                System.arraycopy(
                        element.bytes(),
                        0,
                        bytes,
                        i * element.bytes().length,
                        element.bytes().length);
            }
            return new Part(
                    new CType.Array(element.type(), length), element.javaType().arrayType(), bytes);
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    @Property(tries = 1_000)
    void whatIsDecodedEncodesToTheSameBytesWithZeroPadding(@ForAll("seeds") long seed) {
        Sample sample = new Maker(seed).struct(0);
        Codec<? extends Record> codec = Codec.of(sample.struct(), sample.record());
        assertEquals(sample.bytes().length, codec.size());
        int shift = (int) (seed & 7);
        byte[] memory = new byte[shift + sample.bytes().length];
        System.arraycopy(sample.bytes(), 0, memory, shift, sample.bytes().length);
        byte[] written = recode(codec, memory, shift);
        assertArrayEquals(sample.bytes(), written);
    }

    private static <T> byte[] recode(Codec<T> codec, byte[] memory, int offset) {
        T value = codec.decode(MemorySegment.ofArray(memory), offset);
        byte[] written = new byte[codec.size()];
        Arrays.fill(written, (byte) 0xff);
        codec.encode(value, MemorySegment.ofArray(written), 0);
        return written;
    }

    @Property(tries = 300)
    void aStructWithAFieldMoreOrLessIsRefused(@ForAll("seeds") long seed) {
        Sample sample = new Maker(seed).struct(0);
        CType.Struct struct = sample.struct();
        List<CType.Field> more = new ArrayList<>(struct.fields());
        more.add(new CType.Field("late", struct.size(), new CType.Whole("int", 4, true)));
        refuse(new CType.Struct("struct any", struct.size() + 4, more), sample.record(), "late");
        int last = struct.fields().size() - 1;
        refuse(
                new CType.Struct("struct any", struct.size(), struct.fields().subList(0, last)),
                sample.record(),
                "field" + last);
    }

    @Property(tries = 300)
    void aFieldOfAnotherSizeOrNameIsRefused(@ForAll("seeds") long seed) {
        Sample sample = new Maker(seed).struct(0);
        CType.Struct struct = sample.struct();
        int index = Math.floorMod(seed, struct.fields().size());
        CType.Field field = struct.fields().get(index);
        List<CType.Field> fields = new ArrayList<>(struct.fields());
        fields.set(index, new CType.Field("other", field.offset(), field.type()));
        refuse(new CType.Struct("struct any", struct.size(), fields), sample.record(), "other");
        if (field.type() instanceof CType.Whole whole && whole.size() > 1) {
            var narrower = new CType.Whole("narrower", whole.size() / 2, whole.signed());
            fields.set(index, new CType.Field(field.name(), field.offset(), narrower));
            refuse(
                    new CType.Struct("struct any", struct.size(), fields),
                    sample.record(),
                    "field" + index);
        }
    }

    private static void refuse(CType struct, Class<? extends Record> record, String named) {
        var e = assertThrows(IllegalArgumentException.class, () -> Codec.of(struct, record));
        assertTrue(e.getMessage().contains(named), e.getMessage());
    }

    @Provide
    Arbitrary<Long> seeds() {
        return Arbitraries.longs();
    }
}
