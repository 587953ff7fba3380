package dev.purebpf.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;

/** Bitfields of all sizes at all places, held against a number of as many bits as the memory. */
class BitfieldsProperties {
    private static final int BYTES = 10;

    @Property(tries = 20_000)
    void whatIsWrittenIsReadAndNothingElseChanges(
            @ForAll @Size(BYTES) byte[] before,
            @ForAll @IntRange(max = 7) int shift,
            @ForAll @IntRange(min = 1, max = Long.SIZE) int bits,
            @ForAll long anything) {
        // Of the narrower ones a number at random would hardly ever fit.
        long value = anything >> Long.SIZE - bits;
        byte[] bytes = before.clone();
        MemorySegment memory = MemorySegment.ofArray(bytes);

        Bitfields.set(memory, 0, shift, bits, value);

        BigInteger mask = BigInteger.TWO.pow(bits).subtract(BigInteger.ONE);
        BigInteger field = BigInteger.valueOf(value).and(mask);
        BigInteger expected =
                number(before).andNot(mask.shiftLeft(shift)).or(field.shiftLeft(shift));
        assertEquals(expected, number(bytes));
        assertEquals(field.longValue(), Bitfields.unsigned(memory, 0, shift, bits));
        assertEquals(value, Bitfields.signed(memory, 0, shift, bits));

        byte[] again = before.clone();
        Bitfields.set(MemorySegment.ofArray(again), 0, shift, bits, field.longValue());
        assertArrayEquals(bytes, again, "by its number without a sign");
    }

    @Property(tries = 20_000)
    void whatDoesNotFitIsRefused(
            @ForAll @IntRange(min = 1, max = Long.SIZE) int bits, @ForAll long value) {
        BigInteger number = BigInteger.valueOf(value);
        boolean fits =
                bits == Long.SIZE
                        || number.compareTo(BigInteger.TWO.pow(bits)) < 0
                                && number.compareTo(BigInteger.TWO.pow(bits - 1).negate()) >= 0;
        byte[] bytes = new byte[BYTES];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        if (fits) {
            Bitfields.set(memory, 0, 0, bits, value);
        } else {
            assertThrows(
                    IllegalArgumentException.class, () -> Bitfields.set(memory, 0, 0, bits, value));
            assertArrayEquals(new byte[BYTES], bytes);
        }
    }

    /** {@return the bytes as one number, the lowest first} */
    private static BigInteger number(byte[] bytes) {
        byte[] highestFirst = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            highestFirst[bytes.length - 1 - i] = bytes[i];
        }
        return new BigInteger(1, highestFirst);
    }
}
