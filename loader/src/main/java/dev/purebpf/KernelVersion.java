package dev.purebpf;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The version that kernels before 5.0 wanted to hear from kprobe programs: exactly the one that
 * they were built from. Distributions hide it, each in its own way.
 */
final class KernelVersion {
    private static final String DEBIAN = " Debian ";

    private KernelVersion() {}

    /** {@return {@code LINUX_VERSION_CODE}, 0 if it cannot be found out} */
    static int code(Kernel kernel) {
        return code(
                read(kernel, "/proc/version_signature"),
                read(kernel, "/proc/version"),
                read(kernel, "/proc/sys/kernel/osrelease"));
    }

    /**
     * {@return the code that is hidden in one of three files}
     *
     * @param signature Ubuntu's {@code Ubuntu 5.4.0-12.15-generic 5.4.8}, else empty
     * @param version Debian's {@code … #1 SMP Debian 4.19.67-2 (2019-08-28)}, or another's
     * @param release what {@code uname -r} says, right everywhere else
     */
    static int code(String signature, String version, String release) {
        int space = signature.indexOf(' ', signature.indexOf(' ') + 1);
        int code = space < 0 ? 0 : parse(signature.substring(space + 1));
        int debian = version.indexOf(DEBIAN);
        if (code == 0 && debian >= 0) {
            code = parse(version.substring(debian + DEBIAN.length()));
        }
        return code == 0 ? parse(release) : code;
    }

    /** {@return the code of a version such as {@code 6.12.1-cloud}, 0 if it is none} */
    static int parse(String release) {
        int[] numbers = new int[3];
        int found = 0;
        int at = 0;
        while (found < 3 && at < release.length() && Character.isDigit(release.charAt(at))) {
            int number = 0;
            while (at < release.length() && Character.isDigit(release.charAt(at))) {
                number = Math.min(10 * number + Character.digit(release.charAt(at), 10), 1 << 16);
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

    private static String read(Kernel kernel, String path) {
        try {
            return new String(kernel.readFile(path), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }
}
