package dev.purebpf.link;

import java.util.Optional;

/**
 * The version of a kernel, as programs see it in {@code LINUX_KERNEL_VERSION} and as kernels before
 * 5.0 wanted to hear it from kprobe programs: exactly that of the source that they were built from.
 * Distributions hide it, each in its own way.
 *
 * @param code {@code LINUX_VERSION_CODE}: three numbers, one a byte; never 0
 */
public record KernelVersion(int code) {
    private static final String DEBIAN = "Debian ";

    /** Checks the code. */
    public KernelVersion {
        if (code == 0) {
            throw new IllegalArgumentException("no kernel has version 0");
        }
    }

    /**
     * {@return the version that a release names, such as {@code 6.12.1-cloud-amd64}; empty if it
     * does not begin with two or three numbers}
     *
     * @param release what {@code uname -r} says
     */
    public static Optional<KernelVersion> ofRelease(String release) {
        int code = parse(release);
        return code == 0 ? Optional.empty() : Optional.of(new KernelVersion(code));
    }

    /**
     * {@return the version that is hidden in one of three texts; empty if it is in none}
     *
     * @param signature what Ubuntu says in {@code /proc/version_signature}: {@code Ubuntu
     *     5.4.0-12.15-generic 5.4.8}; empty elsewhere
     * @param build what {@code uname -v} says; Debian's has the version: {@code #1 SMP Debian
     *     4.19.67-2 (2019-08-28)}
     * @param release what {@code uname -r} says, right everywhere else
     */
    public static Optional<KernelVersion> of(String signature, String build, String release) {
        int space = signature.indexOf(' ', signature.indexOf(' ') + 1);
        int code = space < 0 ? 0 : parse(signature.substring(space + 1));
        int debian = build.indexOf(DEBIAN);
        if (code == 0 && debian >= 0) {
            code = parse(build.substring(debian + DEBIAN.length()));
        }
        return code == 0 ? ofRelease(release) : Optional.of(new KernelVersion(code));
    }

    private static int parse(String release) {
        int[] numbers = new int[3];
        int found = 0;
        int at = 0;
        while (found < 3 && at < release.length() && isDigit(release.charAt(at))) {
            int number = 0;
            while (at < release.length() && isDigit(release.charAt(at))) {
                number = Math.min(10 * number + release.charAt(at) - '0', 1 << 16);
                at++;
            }
            numbers[found++] = number;
            if (at == release.length() || release.charAt(at) != '.') {
                break;
            }
            at++;
        }
        if (found < 2 || numbers[0] > 255 || numbers[1] > 255) {
            return 0;
        }
        // The last number has one byte: 4.19.300 is 4.19.255.
        return numbers[0] << 16 | numbers[1] << 8 | Math.min(numbers[2], 255);
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    /** {@return the version in the usual form: {@code 6.12.1}} */
    @Override
    public String toString() {
        return (code >>> 16) + "." + (code >>> 8 & 255) + "." + (code & 255);
    }
}
