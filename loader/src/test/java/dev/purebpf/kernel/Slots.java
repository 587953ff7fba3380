package dev.purebpf.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Assembles programs by hand, an instruction slot a call. */
public final class Slots {
    private final List<Long> slots = new ArrayList<>();

    private Slots add(int code, int dst, int src, int offset, long immediate) {
        slots.add(
                code
                        | (long) dst << 8
                        | (long) src << 12
                        | (offset & 0xffffL) << 16
                        | immediate << 32);
        return this;
    }

    /** {@code rD = imm}. */
    public Slots move(int dst, int immediate) {
        return add(0xb7, dst, 0, 0, immediate);
    }

    /** {@code rD = rS}. */
    public Slots copy(int dst, int src) {
        return add(0xbf, dst, src, 0, 0);
    }

    /** {@code rD += imm}. */
    public Slots plus(int dst, int immediate) {
        return add(0x07, dst, 0, 0, immediate);
    }

    /** {@code *(u64 *)(rD + off) = imm}. */
    public Slots storeLong(int dst, int offset, int immediate) {
        return add(0x7a, dst, 0, offset, immediate);
    }

    /** {@code *(u64 *)(rD + off) = rS}. */
    public Slots storeRegister(int dst, int offset, int src) {
        return add(0x7b, dst, src, offset, 0);
    }

    /** {@code rD = *(u64 *)(rS + off)}. */
    public Slots loadLong(int dst, int src, int offset) {
        return add(0x79, dst, src, offset, 0);
    }

    /** {@code lock *(u64 *)(rD + off) += rS}. */
    public Slots atomicAdd(int dst, int offset, int src) {
        return add(0xdb, dst, src, offset, 0);
    }

    /** {@code rD = map}. */
    public Slots map(int dst, int fd) {
        return add(0x18, dst, 1, 0, fd).add(0, 0, 0, 0, 0);
    }

    /** {@code rD = address of byte off of the only value of an array}. */
    public Slots value(int dst, int fd, int offset) {
        return add(0x18, dst, 2, 0, fd).add(0, 0, 0, 0, offset);
    }

    /** {@code r0 = helper(r1..r5)}. */
    public Slots call(int helper) {
        return add(0x85, 0, 0, 0, helper);
    }

    /** {@code rD = imm}, 64 bits. */
    public Slots moveLong(int dst, long immediate) {
        return add(0x18, dst, 0, 0, immediate & 0xffffffffL).add(0, 0, 0, 0, immediate >>> 32);
    }

    /** {@code if rD == imm goto +off}. */
    public Slots ifEqual(int dst, int immediate, int offset) {
        return add(0x15, dst, 0, offset, immediate);
    }

    /** {@code if rD != imm goto +off}. */
    public Slots ifNotEqual(int dst, int immediate, int offset) {
        return add(0x55, dst, 0, offset, immediate);
    }

    /** {@code rD >>= imm}. */
    public Slots shiftRight(int dst, int immediate) {
        return add(0x77, dst, 0, 0, immediate);
    }

    /** {@code return r0}. */
    public byte[] exit() {
        add(0x95, 0, 0, 0, 0);
        ByteBuffer bytes = ByteBuffer.allocate(8 * slots.size()).order(ByteOrder.LITTLE_ENDIAN);
        slots.forEach(bytes::putLong);
        return bytes.array();
    }
}
