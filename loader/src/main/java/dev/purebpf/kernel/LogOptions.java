package dev.purebpf.kernel;

/**
 * How much the verifier is to say.
 *
 * @param level 0: nothing unless the load fails, which is then repeated at level 1; 1: the failing
 *     path; 2: every path; plus 4 for statistics
 * @param size bytes of the log's buffer; 0 for one that begins at {@value #DEFAULT_SIZE} and is
 *     doubled as long as the log does not fit, up to {@value #LARGEST_SIZE}
 */
public record LogOptions(int level, int size) {
    /** What libbpf begins with too: the largest that kernels before 5.2 take. */
    public static final int DEFAULT_SIZE = (1 << 24) - 1;

    /** Where doubling ends: the kernel refuses more than {@code UINT_MAX >> 2}. */
    public static final int LARGEST_SIZE = 1 << 28;

    /** Nothing unless the load fails. */
    public static final LogOptions ON_FAILURE = new LogOptions(0, 0);

    /** Checks the numbers. */
    public LogOptions {
        if (level < 0 || level > 7) {
            throw new IllegalArgumentException("a verifier log level is between 0 and 7: " + level);
        }
        if (size < 0 || size != 0 && size < 128) {
            throw new IllegalArgumentException(
                    "a verifier log buffer has 128 bytes or more: " + size);
        }
    }
}
