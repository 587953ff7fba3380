package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Kernels before 5.5 know one helper to read memory. */
class HelperFallbackTest {
    @ParameterizedTest
    @CsvSource({"112, 4", "113, 4", "114, 45", "115, 45", "4, 4", "6, 6"})
    void readsOfKernelAndUserMemoryBecomePlainReads(int helper, int replacement) {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            byte[] code = slots(order, 0x85, 0, helper);
            HelperFallback.apply(code, order);
            assertEquals(replacement, ByteBuffer.wrap(code).order(order).getInt(4));
        }
    }

    @ParameterizedTest
    @CsvSource({"133, 16, 113", "183, 0, 113", "24, 0, 113"})
    void otherInstructionsStay(int opcode, int registers, int immediate) {
        byte[] code = slots(ByteOrder.LITTLE_ENDIAN, opcode, registers, immediate);
        byte[] before = code.clone();
        HelperFallback.apply(code, ByteOrder.LITTLE_ENDIAN);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(code));
    }

    private static byte[] slots(ByteOrder order, int opcode, int registers, int immediate) {
        ByteBuffer slots = ByteBuffer.allocate(8).order(order);
        slots.put((byte) opcode).put((byte) registers).putShort((short) 0).putInt(immediate);
        return slots.array();
    }
}
