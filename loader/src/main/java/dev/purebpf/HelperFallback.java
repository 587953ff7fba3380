package dev.purebpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Replaces helpers that older kernels do not have. Before 5.5 there was one way to read memory,
 * {@code bpf_probe_read}, for kernel and user addresses alike.
 */
final class HelperFallback {
    /** {@code BPF_JMP | BPF_CALL}. */
    private static final byte CALL = (byte) 0x85;

    private static final int PROBE_READ = 4;
    private static final int PROBE_READ_STRING = 45;
    private static final int PROBE_READ_USER = 112;
    private static final int PROBE_READ_KERNEL = 113;
    private static final int PROBE_READ_USER_STRING = 114;
    private static final int PROBE_READ_KERNEL_STRING = 115;
    private static final int SLOT_SIZE = 8;

    private HelperFallback() {}

    /** Changes the calls of encoded instructions in place. */
    static void apply(byte[] instructions, ByteOrder order) {
        ByteBuffer slots = ByteBuffer.wrap(instructions).order(order);
        for (int at = 0; at + SLOT_SIZE <= instructions.length; at += SLOT_SIZE) {
            // Registers other than zero make it the call of a subprogram or kernel function.
            if (slots.get(at) != CALL || slots.get(at + 1) != 0) {
                continue;
            }
            switch (slots.getInt(at + 4)) {
                case PROBE_READ_USER, PROBE_READ_KERNEL -> slots.putInt(at + 4, PROBE_READ);
                case PROBE_READ_USER_STRING, PROBE_READ_KERNEL_STRING ->
                        slots.putInt(at + 4, PROBE_READ_STRING);
                default -> {}
            }
        }
    }
}
