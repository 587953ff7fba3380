package dev.purebpf.zstd;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Debian's zstd, and what the decoder makes of what it writes. */
final class Compressor {
    private Compressor() {}

    /**
     * {@return bytes compressed by zstd; skips the test where it is not installed}
     *
     * @param folder for files in between
     * @param bytes the bytes
     * @param options of the command
     */
    static byte[] compress(Path folder, byte[] bytes, String... options) throws IOException {
        return compressAll(folder, List.of(bytes), options).getFirst();
    }

    /**
     * {@return pieces of data, each compressed by zstd; skips the test where it is not installed}
     *
     * @param folder for files in between
     * @param pieces the pieces
     * @param options of the command
     */
    static List<byte[]> compressAll(Path folder, List<byte[]> pieces, String... options)
            throws IOException {
        List<String> words = new ArrayList<>(List.of("-q", "-f", "--ultra"));
        words.addAll(Arrays.asList(options));
        List<Path> files = new ArrayList<>();
        for (byte[] piece : pieces) {
            Path file = Files.write(folder.resolve("piece" + files.size()), piece);
            files.add(file);
            words.add(file.toString());
        }
        Oracle.ask("zstd", words.toArray(String[]::new));
        List<byte[]> compressed = new ArrayList<>();
        for (Path file : files) {
            compressed.add(Files.readAllBytes(folder.resolve(file.getFileName() + ".zst")));
        }
        return compressed;
    }

    /**
     * {@return what the decoder makes of bytes}
     *
     * @param compressed the bytes
     * @param size how many there have to be
     */
    static byte[] decode(byte[] compressed, int size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment output = arena.allocate(size);
            ZstdDecoder.decode(new Bytes(compressed), output);
            return output.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /**
     * {@return bytes as programs have them: words that come again, numbers, some noise}
     *
     * @param size how many
     * @param seed chooses them
     */
    static byte[] likeData(int size, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[size];
        int at = 0;
        while (at < size) {
            int length = Math.min(size - at, 1 + random.nextInt(1 << random.nextInt(10)));
            int kind = random.nextInt(4);
            int from = at == 0 ? 0 : random.nextInt(at);
            int first = random.nextInt(256);
            for (int i = 0; i < length; i++) {
                bytes[at + i] =
                        switch (kind) {
                            case 0 -> bytes[from + i];
                            case 1 -> (byte) first;
                            case 2 -> (byte) ('a' + (int) Math.abs(random.nextGaussian() * 4));
                            default -> (byte) random.nextInt();
                        };
            }
            at += length;
        }
        return bytes;
    }

    /** An array. */
    record Bytes(byte[] bytes) implements CompressedBytes {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long from, byte[] to, int length) {
            System.arraycopy(bytes, (int) from, to, 0, length);
        }

        @Override
        public MalformedObjectException malformed(long offset, String problem) {
            return new MalformedObjectException("frames", null, offset, problem);
        }
    }
}
