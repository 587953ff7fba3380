package dev.purebpf.kernel;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Files of /proc and /sys, some of them megabytes, of which the kernel gives a page at a time: more
 * than a thousand calls for its types. Java interprets what is between two of them while it is new
 * to it, and there {@link Files#readAllBytes} does several times what a plain stream does.
 */
final class WholeFile {
    /** As much as the stream reads without asking for memory. */
    private static final int PIECE = 8192;

    /** What a size is believed of at once: that of /proc/kcore is 128 TB. */
    private static final int LARGEST_FIRST = 64 << 20;

    private WholeFile() {}

    /**
     * {@return all bytes of a file}
     *
     * @param path the path
     * @throws IOException as {@link Files#readAllBytes} has it
     */
    static byte[] read(String path) throws IOException {
        File file = new File(path);
        try (var in = new FileInputStream(file)) {
            return read(in, file.length());
        } catch (FileNotFoundException _) {
            // It is not there, or may not be read: that says which.
            return Files.readAllBytes(Path.of(path));
        }
    }

    /**
     * {@return all that is still to be read}
     *
     * @param size how much that is said to be; of a file of /proc it is 0 whatever there is
     */
    private static byte[] read(FileInputStream in, long size) throws IOException {
        byte[] bytes = new byte[size > 0 ? (int) Math.min(size, LARGEST_FIRST) : PIECE];
        int length = 0;
        while (true) {
            int read = in.read(bytes, length, Math.min(PIECE, bytes.length - length));
            if (read < 0) {
                return Arrays.copyOf(bytes, length);
            }
            length += read;
            if (length == bytes.length) {
                int more = in.read();
                if (more < 0) {
                    return bytes;
                }
                bytes = Arrays.copyOf(bytes, Math.multiplyExact(2, length));
                bytes[length++] = (byte) more;
            }
        }
    }
}
