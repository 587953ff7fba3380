package dev.purebpf.core;

import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_OFFSET;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_SIZE;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_LEFT_SHIFT;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_RIGHT_SHIFT;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_SIGNED;
import static dev.purebpf.core.Scene.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the five field relocations give is enough to read any bitfield, as BPF_CORE_READ does. */
class BitfieldProperties {
    @Property
    void loadShiftLeftShiftRightGivesTheBits(
            @ForAll @IntRange(max = 63) int start,
            @ForAll @IntRange(min = 1, max = 32) int width,
            @ForAll @Size(16) byte[] memory) {
        // What spans more than an aligned unit of eight bytes cannot be read; C never does it.
        Assume.that(start / 32 == (start + width - 1) / 32);
        for (boolean signed : new boolean[] {true, false}) {
            assertIsRead(start, width, memory, signed, true);
            assertIsRead(start, width, memory, signed, false);
        }
    }

    private static void assertIsRead(
            int start, int width, byte[] memory, boolean signed, boolean little) {
        var scene = new Scene();
        scene.order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        int thing =
                scene.local.bitfields("thing", 4, bits(0, 1, "a", scene.local.number(4, signed)));
        scene.kernel.bitfields(
                "thing", 16, bits(start, width, "a", scene.kernel.number(4, signed)));

        int offset = (int) scene.ask(FIELD_BYTE_OFFSET, thing, "0:0").value();
        int size = (int) scene.ask(FIELD_BYTE_SIZE, thing, "0:0").value();
        long left = scene.ask(FIELD_LEFT_SHIFT, thing, "0:0").value();
        long right = scene.ask(FIELD_RIGHT_SHIFT, thing, "0:0").value();
        boolean extend = scene.ask(FIELD_SIGNED, thing, "0:0").value() == 1;
        long loaded = load(ByteBuffer.wrap(memory).order(scene.order), offset, size);
        long shifted = loaded << left;
        long read = extend ? shifted >> right : shifted >>> right;

        assertEquals(bitsOf(memory, start, width, signed, little), read);
    }

    private static long load(ByteBuffer memory, int offset, int size) {
        return switch (size) {
            case 1 -> memory.get(offset) & 0xffL;
            case 2 -> memory.getShort(offset) & 0xffffL;
            case 4 -> memory.getInt(offset) & 0xffff_ffffL;
            default -> memory.getLong(offset);
        };
    }

    /**
     * Bit by bit: the first bit is the lowest of its byte, or on big-endian machines the highest.
     */
    private static long bitsOf(
            byte[] memory, int start, int width, boolean signed, boolean little) {
        BigInteger value = BigInteger.ZERO;
        for (int i = 0; i < width; i++) {
            int bit = start + i;
            int within = little ? bit % 8 : 7 - bit % 8;
            if ((memory[bit / 8] >> within & 1) != 0) {
                value = value.setBit(little ? i : width - 1 - i);
            }
        }
        if (signed && value.testBit(width - 1)) {
            value = value.subtract(BigInteger.ONE.shiftLeft(width));
        }
        return value.longValue();
    }
}
