package dev.purebpf.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The release of a live kernel, for tests alone: what a probe finds has to agree with the version
 * that is known to have brought it.
 *
 * @param text such as {@code 6.12.118+deb13-cloud-amd64}
 */
record KernelRelease(String text) {
    static KernelRelease of(Kernel kernel) throws IOException {
        byte[] release = kernel.readFile("/proc/sys/kernel/osrelease");
        return new KernelRelease(new String(release, StandardCharsets.US_ASCII).strip());
    }

    /** {@return whether this is a version or a later one} */
    boolean isSince(String version) {
        return Arrays.compare(numbers(text), numbers(version)) >= 0;
    }

    private static int[] numbers(String text) {
        String[] parts = text.split("[^0-9]+", 3);
        return new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
    }
}
