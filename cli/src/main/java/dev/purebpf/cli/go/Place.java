package dev.purebpf.cli.go;

import java.util.List;

/**
 * Where a function is looked at, and what is read there.
 *
 * @param function the function
 * @param isReturn whether it is left there, or has just begun
 * @param addresses the instructions, as symbols give addresses
 * @param capture what is read; {@code null} if it is not known what the function takes or gives
 * @param end what the same instruction is the end of: a function may begin with its return; {@code
 *     null} otherwise
 */
record Place(
        GoFunction function,
        boolean isReturn,
        List<Long> addresses,
        CapturePlan.Result capture,
        Place end) {
    Place {
        addresses = List.copyOf(addresses);
    }

    /** {@return the bytes of data that matter} */
    int dataSize() {
        return capture == null ? CapturePlan.WORDS_SIZE : capture.size();
    }

    /** {@return the reads} */
    List<Step> steps() {
        return capture == null ? List.of() : capture.steps();
    }
}
