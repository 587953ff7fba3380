package dev.purebpf.cli.grpc;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The codes of {@code grpc-status}.
 *
 * @see <a href="https://grpc.io/docs/guides/status-codes/">Status codes</a>
 */
final class StatusCode {
    private static final List<String> NAMES =
            List.of(
                    "OK",
                    "CANCELLED",
                    "UNKNOWN",
                    "INVALID_ARGUMENT",
                    "DEADLINE_EXCEEDED",
                    "NOT_FOUND",
                    "ALREADY_EXISTS",
                    "PERMISSION_DENIED",
                    "RESOURCE_EXHAUSTED",
                    "FAILED_PRECONDITION",
                    "ABORTED",
                    "OUT_OF_RANGE",
                    "UNIMPLEMENTED",
                    "INTERNAL",
                    "UNAVAILABLE",
                    "DATA_LOSS",
                    "UNAUTHENTICATED");

    private StatusCode() {}

    /** {@return the name of a code as it is sent; the code itself if it has none} */
    static String name(String code) {
        int number = number(code);
        return number >= 0 && number < NAMES.size() ? NAMES.get(number) : code;
    }

    /** {@return the number that was sent, −1 if it is none} */
    static int number(String code) {
        try {
            return Integer.parseUnsignedInt(code);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * {@return the text of a {@code grpc-message}, which is UTF-8 with percent signs before the
     * hexadecimal digits of bytes that are not printed; what is no such sign stays}
     */
    static String message(String sent) {
        byte[] bytes = sent.getBytes(StandardCharsets.UTF_8);
        byte[] decoded = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
            int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
            if (bytes[i] == '%' && high >= 0 && low >= 0) {
                decoded[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                decoded[length++] = bytes[i];
            }
        }
        return new String(decoded, 0, length, StandardCharsets.UTF_8);
    }
}
