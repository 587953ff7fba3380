package dev.purebpf.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Decompresses what Debian's zstd compressed. */
class ZstdDecoderTest {
    private static final int BLOCK = 1 << 17;

    @TempDir Path folder;

    @Test
    void whatEachLevelCompressedComesBack() throws IOException {
        byte[] bash = Files.readAllBytes(Path.of("/bin/bash"));
        byte[] program = Arrays.copyOfRange(bash, 300_000, 700_000);
        byte[] data = Compressor.likeData(300_000, 1);
        List<String> levels = new ArrayList<>(List.of("--fast=50", "--fast=5", "--fast=1"));
        for (int level = 1; level <= 22; level++) {
            levels.add("-" + level);
        }
        for (String level : levels) {
            comeBack(List.of(program, data), level);
        }
    }

    @Test
    void contentsOfAllSizesComeBack() throws IOException {
        List<byte[]> contents = new ArrayList<>();
        for (int size = 0; size <= 66; size++) {
            contents.add(Compressor.likeData(size, size));
        }
        int[] edges = {255, 256, 1023, 1024, 4095, 4096, 16_383, 65_791, 65_792, BLOCK, 2 * BLOCK};
        for (int edge : edges) {
            contents.add(Compressor.likeData(edge, edge));
            contents.add(Compressor.likeData(edge + 1, -edge));
        }
        comeBack(contents, "-1");
        comeBack(contents, "-3", "--no-check");
        comeBack(contents, "-19");
    }

    @Test
    void contentsOfAllKindsComeBack() throws IOException {
        Random random = new Random(1);
        byte[] noise = new byte[300_000];
        random.nextBytes(noise);
        comesBack(noise);
        comesBack(new byte[5_000_000]);
        byte[] fewSymbols = new byte[300_000];
        byte[] twoSymbols = new byte[300_000];
        byte[] allSymbols = new byte[300_000];
        for (int i = 0; i < noise.length; i++) {
            fewSymbols[i] = (byte) (random.nextGaussian() * 3);
            twoSymbols[i] = (byte) (random.nextInt(8) == 0 ? 'a' : 'b');
            allSymbols[i] = (byte) (random.nextGaussian() * 40);
        }
        for (String level : new String[] {"-1", "-5", "-16"}) {
            comeBack(List.of(fewSymbols, twoSymbols, allSymbols), level);
        }
        byte[] farApart = Arrays.copyOf(noise, 9_000_000);
        System.arraycopy(noise, 0, farApart, farApart.length - noise.length, noise.length);
        for (int i = noise.length; i < farApart.length - noise.length; i += 977) {
            farApart[i] = (byte) i;
        }
        byte[] compressed = comesBack(farApart, "--long=24", "-6");
        assertTrue(compressed.length < 2 * noise.length, "one refers to the other");
    }

    @Test
    void framesThatDoNotSayTheirSizeComeBack() throws IOException {
        byte[] data = Compressor.likeData(3_000_000, 4);
        comesBack(data, "--no-content-size", "-4");
        comesBack(data, "--no-content-size", "--zstd=wlog=10", "-4");
    }

    @Test
    void oneFrameMayFollowAnotherAndSomeAreSkipped() throws IOException {
        byte[] first = Compressor.likeData(200_000, 5);
        byte[] second = Compressor.likeData(1000, 6);
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        byte[] skipped = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
        frames.write(skipped);
        frames.write(Compressor.compress(folder, first, "-3"));
        frames.write(skipped);
        frames.write(Compressor.compress(folder, second, "-19"));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        assertArrayEquals(both, Compressor.decode(frames.toByteArray(), both.length));
        frames.write(skipped, 0, skipped.length - 1);
        refuses(frames.toByteArray(), both.length, "a frame to be skipped has no end");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0x08, has a bit set that has no meaning yet",
        "4, 0x01, needs the dictionary",
        "0, 0x01, no frame of zstd begins here",
        "-1, 0x10, the checksum of what was decompressed is",
    })
    void whatHasOneWrongBitIsRefused(int at, String mask, String message) throws IOException {
        byte[] bytes = Compressor.compress(folder, Compressor.likeData(3000, 7), "-3");
        bytes[Math.floorMod(at, bytes.length)] ^= Byte.decode(mask);
        MalformedObjectException e =
                assertThrows(MalformedObjectException.class, () -> Compressor.decode(bytes, 3000));
        assertTrue(e.getMessage().contains(message), e::getMessage);
    }

    @Test
    void whatNeedsADictionaryIsRefused() throws IOException {
        Path samples = Files.createDirectory(folder.resolve("samples"));
        for (int i = 0; i < 40; i++) {
            Files.write(samples.resolve("sample" + i), Compressor.likeData(4000, i % 7));
        }
        Path dictionary = folder.resolve("dictionary");
        Oracle.ask(
                "zstd",
                "-q",
                "--train",
                "-r",
                samples.toString(),
                "--maxdict=4096",
                "-o",
                dictionary.toString());
        byte[] bytes =
                Compressor.compress(
                        folder, Compressor.likeData(4000, 3), "-3", "-D", dictionary.toString());
        refuses(bytes, 4000, "only frames without one can be read");
    }

    @Test
    void moreOrLessThanThereIsRoomForIsRefused() throws IOException {
        byte[] data = Compressor.likeData(300_000, 8);
        byte[] bytes = Compressor.compress(folder, data, "-3");
        refuses(
                bytes,
                data.length - 1,
                "a frame of 300000 bytes is said to begin here, but 299999");
        refuses(bytes, data.length + 1, "end 1 bytes too early");
        bytes = Compressor.compress(folder, data, "-3", "--no-content-size");
        refuses(bytes, data.length - 1, "are left of the section");
        refuses(bytes, 1000, "are left of the section");
        refuses(new byte[0], 1, "end 1 bytes too early");
        assertEquals(0, Compressor.decode(new byte[0], 0).length);
    }

    @Test
    void theHashIsThatOfItsSpecification() {
        assertEquals(0xef46_db37_51d8_e999L, hash(""));
        assertEquals(0xd24e_c4f1_a98c_6e5bL, hash("a"));
        assertEquals(0x44bc_2cf5_ad77_0999L, hash("abc"));
    }

    private static long hash(String text) {
        MemorySegment bytes = MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
        return XxHash64.of(bytes, 0, bytes.byteSize());
    }

    /** Asserts nothing of time: it is there to be read. */
    @Test
    void howFastItIsBesideZlib() throws IOException, DataFormatException {
        Path library = Path.of(System.getProperty("java.home"), "lib/server/libjvm.so");
        byte[] program = Arrays.copyOf(Files.readAllBytes(library), 10 << 20);
        byte[] bytes = Compressor.compress(folder, program, "-3");
        byte[] deflated = new byte[program.length];
        Deflater deflater = new Deflater();
        deflater.setInput(program);
        deflater.finish();
        int size = deflater.deflate(deflated);
        deflater.end();
        byte[] inflated = new byte[program.length];
        StringBuilder rates = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            long start = cpuTime();
            byte[] decoded = Compressor.decode(bytes, program.length);
            long between = cpuTime();
            try (Inflater inflater = new Inflater()) {
                inflater.setInput(deflated, 0, size);
                inflater.inflate(inflated);
            }
            long end = cpuTime();
            assertArrayEquals(inflated, decoded);
            rates.append(
                    String.format(
                            " %d:%d",
                            program.length * 1000L / (between - start),
                            program.length * 1000L / (end - between)));
        }
        System.out.println("zstd:zlib, MB/s, one run after the other:" + rates);
    }

    private static long cpuTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private byte[] comesBack(byte[] content, String... options) throws IOException {
        return comeBack(List.of(content), options).getFirst();
    }

    private List<byte[]> comeBack(List<byte[]> contents, String... options) throws IOException {
        List<byte[]> compressed = Compressor.compressAll(folder, contents, options);
        for (int i = 0; i < contents.size(); i++) {
            byte[] content = contents.get(i);
            assertArrayEquals(
                    content,
                    Compressor.decode(compressed.get(i), content.length),
                    () -> content.length + " bytes " + List.of(options));
        }
        return compressed;
    }

    private static void refuses(byte[] bytes, int size, String message) {
        MalformedObjectException e =
                assertThrows(MalformedObjectException.class, () -> Compressor.decode(bytes, size));
        assertTrue(e.getMessage().contains(message), e::getMessage);
    }
}
