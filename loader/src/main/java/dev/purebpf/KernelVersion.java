package dev.purebpf;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version that kernels before 5.0 wanted to hear from kprobe programs: exactly the one that
 * they were built from. Distributions hide it, each in its own way.
 */
final class KernelVersion {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

    /** In {@code /proc/version}: {@code … #1 SMP Debian 4.19.67-2 (2019-08-28)}. */
    private static final Pattern DEBIAN = Pattern.compile(" Debian (\\d+\\.\\d+(?:\\.\\d+)?)");

    /** {@code /proc/version_signature} of Ubuntu: {@code Ubuntu 5.4.0-12.15-generic 5.4.8}. */
    private static final Pattern UBUNTU = Pattern.compile("^\\S+ \\S+ (\\d+\\.\\d+(?:\\.\\d+)?)");

    private KernelVersion() {}

    /** {@return {@code LINUX_VERSION_CODE}, 0 if it cannot be found out} */
    static int code(Kernel kernel) {
        String version = match(UBUNTU, read(kernel, "/proc/version_signature"));
        if (version == null) {
            version = match(DEBIAN, read(kernel, "/proc/version"));
        }
        return parse(version != null ? version : read(kernel, "/proc/sys/kernel/osrelease"));
    }

    /** {@return the code of a version such as {@code 6.12.1-cloud}, 0 if it is none} */
    static int parse(String release) {
        Matcher matcher = VERSION.matcher(release);
        if (!matcher.lookingAt()) {
            return 0;
        }
        int patch = matcher.group(3) == null ? 0 : number(matcher.group(3));
        // The last number has one byte: 4.19.300 is 4.19.255.
        return number(matcher.group(1)) << 16
                | number(matcher.group(2)) << 8
                | Math.min(patch, 255);
    }

    private static int number(String digits) {
        return digits.length() > 5 ? 0 : Integer.parseInt(digits);
    }

    private static String match(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : null;
    }

    private static String read(Kernel kernel, String path) {
        try {
            return new String(kernel.readFile(path), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }
}
