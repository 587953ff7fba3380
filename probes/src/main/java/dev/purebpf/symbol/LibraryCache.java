package dev.purebpf.symbol;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Architecture;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the dynamic loader finds libraries in folders of {@code /etc/ld.so.conf}: the file {@code
 * /etc/ld.so.cache}, which {@code ldconfig} writes.
 *
 * <pre>{@code
 *  0  "glibc-ld.so.cache" "1.1"
 * 20  u32 number of libraries
 * 24  … 48 (sizes, byte order)
 * 48  for each library, 24 bytes:
 *      0  u32 for which machine and C library
 *      4  u32 where its name begins, from the beginning of all this
 *      8  u32 where its path begins
 *     12  u32 (unused)
 *     16  u64 what the processor must have for it; 0 for nothing
 * }</pre>
 *
 * <p>Before it there may be a cache for old loaders, which begins otherwise (glibc's {@code
 * dl-cache.h}; before 2.32 always).
 */
final class LibraryCache {
    static final String FILE = "/etc/ld.so.cache";

    private static final byte[] MAGIC = bytes("glibc-ld.so.cache1.1");
    private static final byte[] OLD_MAGIC = bytes("ld.so-1.7.0\0");
    private static final int OLD_HEADER = 16;
    private static final int OLD_ENTRY = 12;
    private static final int ALIGNMENT = 8;
    private static final int COUNT = 20;
    private static final int HEADER = 48;
    private static final int ENTRY = 24;

    private LibraryCache() {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * {@return the path of a library; empty if the cache has none of that name}
     *
     * @param content the cache
     * @param architecture the machine that the library is for
     * @param name its name, such as {@code libc.so.6}
     * @throws MalformedObjectException if it is no such cache, or damaged
     */
    static Optional<Path> find(byte[] content, Architecture architecture, String name) {
        // The machine writes it for itself.
        ByteReader file = ByteReader.of(FILE, "", content, ByteOrder.nativeOrder());
        if (file.startsWith(0, OLD_MAGIC)) {
            long old = OLD_HEADER + file.u32(OLD_HEADER - 4) * OLD_ENTRY;
            long begin = (old + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            file = file.slice(begin, file.length() - begin);
        }
        if (!file.startsWith(0, MAGIC)) {
            throw file.malformed(0, "no cache of glibc's loader");
        }
        byte[] wanted = bytes(name + "\0");
        long libraries = file.u32(COUNT);
        for (long i = 0; i < libraries; i++) {
            long entry = HEADER + i * ENTRY;
            if (file.u32(entry) == kind(architecture)
                    && file.s64(entry + 16) == 0
                    && file.startsWith(file.u32(entry + 4), wanted)) {
                return Optional.of(Path.of(file.string(file.u32(entry + 8))));
            }
        }
        return Optional.empty();
    }

    /** {@return a library of 64 bits for the C library 6} */
    private static long kind(Architecture architecture) {
        return switch (architecture) {
            case X86_64 -> 0x0303;
            case AARCH64 -> 0x0a03;
        };
    }
}
