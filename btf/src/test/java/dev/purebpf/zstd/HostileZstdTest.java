package dev.purebpf.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Hostile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Mutations;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Decodes what is no honest frame. */
class HostileZstdTest {
    private static final int SIZE = 20_000;
    private static final int COMPARED = 300;
    private static final byte[] MAGIC = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    private static final byte[] FRAME_HEADER = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 0x70};

    private static final List<byte[]> FRAMES = new ArrayList<>();
    private static Path folder;

    /** Without a checksum, which would refuse most of it in the end. */
    @BeforeContainer
    static void compress() throws IOException {
        folder = Files.createTempDirectory("zstd");
        byte[] bash = Files.readAllBytes(Path.of("/bin/bash"));
        List<byte[]> contents =
                List.of(
                        Arrays.copyOfRange(bash, 400_000, 400_000 + SIZE),
                        Compressor.likeData(SIZE, 1),
                        Arrays.copyOf(Compressor.likeData(500, 2), SIZE));
        for (String level : List.of("-1", "-4", "-19")) {
            FRAMES.addAll(
                    Compressor.compressAll(
                            folder, contents, level, "--no-check", "--no-content-size"));
        }
    }

    @AfterContainer
    static void delete() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Property(tries = 5000, shrinking = ShrinkingMode.OFF)
    void damagedFrames(@ForAll long seed) {
        decode(damaged(seed), SIZE);
    }

    @Property
    void bytesThatMeanNothing(@ForAll @Size(max = 300) byte[] bytes) {
        decode(bytes, bytes.length);
        decode(behind(MAGIC, bytes), 1000);
    }

    /** Each is a compressed block, whose parts then are read. */
    @Property(tries = 5000)
    void blocksThatMeanNothing(@ForAll @Size(min = 1, max = 300) byte[] bytes) {
        int header = 1 | 2 << 1 | bytes.length << 3;
        byte[] block = behind(new byte[] {(byte) header, (byte) (header >>> 8), 0}, bytes);
        decode(behind(FRAME_HEADER, block), SIZE);
    }

    @Example
    void whatIsCutShortIsRefusedWhereverItIsCut() throws IOException {
        byte[] content = Compressor.likeData(2000, 3);
        for (String level : List.of("-1", "-4", "-19")) {
            byte[] frame = Compressor.compress(folder, content, level);
            for (int length = 0; length < frame.length; length++) {
                byte[] cut = Arrays.copyOf(frame, length);
                assertFalse(decode(cut, content.length), () -> cut.length + " of " + frame.length);
            }
            assertTrue(decode(frame, content.length));
        }
    }

    /** A block of four bytes stands for 128 KB, and there is no end of blocks. */
    @Example
    void aBombGetsNoFurtherThanThereIsRoom() {
        byte[] blocks = new byte[4_000_000];
        for (int i = 0; i < blocks.length; i += 4) {
            blocks[i] = 1 << 1;
            blocks[i + 2] = 0x10;
        }
        assertFalse(decode(behind(FRAME_HEADER, blocks), 1 << 20));
    }

    /**
     * What zstd refuses is refused; of what it accepts, too, if a stream of bits does not end where
     * it has to: zstd does not look when it decodes four of them at once.
     */
    @Example
    void zstdThinksTheSameOfDamagedFrames() throws IOException, InterruptedException {
        Path inputs = Files.createDirectory(folder.resolve("inputs"));
        Path outputs = Files.createDirectory(folder.resolve("outputs"));
        List<String> words =
                new ArrayList<>(
                        List.of("zstd", "-d", "-q", "-f", "--output-dir-flat", outputs.toString()));
        for (int i = 0; i < COMPARED; i++) {
            words.add(
                    Files.write(inputs.resolve(i + ".zst"), damagedBehindTheHeader(i)).toString());
        }
        Process zstd =
                new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertEquals(1, zstd.waitFor(), "it refuses some of them");
        int same = 0;
        for (int i = 0; i < COMPARED; i++) {
            Path output = outputs.resolve(Integer.toString(i));
            boolean isAccepted = Files.exists(output);
            byte[] theirs = isAccepted ? Files.readAllBytes(output) : new byte[SIZE];
            try {
                byte[] ours = Compressor.decode(damagedBehindTheHeader(i), theirs.length);
                assertTrue(isAccepted, "only zstd refuses the frame of seed " + i);
                assertArrayEquals(theirs, ours, "seed " + i);
                same++;
            } catch (MalformedObjectException e) {
                int seed = i;
                assertTrue(
                        !isAccepted || e.problem().contains("the stream"),
                        () -> "seed " + seed + ": " + e.getMessage());
            }
        }
        int decoded = same;
        assertTrue(same > COMPARED / 10, () -> decoded + " are frames nevertheless");
    }

    private static byte[] damaged(long seed) {
        byte[] frame = FRAMES.get(new Random(seed).nextInt(FRAMES.size()));
        return Mutations.damage(frame, seed);
    }

    /** {@return a frame that asks for a window that zstd is willing to provide} */
    private static byte[] damagedBehindTheHeader(long seed) {
        byte[] frame = damaged(seed);
        int length = Math.min(frame.length, FRAME_HEADER.length);
        System.arraycopy(FRAME_HEADER, 0, frame, 0, length);
        return frame;
    }

    private static boolean decode(byte[] bytes, int size) {
        return Hostile.survives(bytes.length, () -> Compressor.decode(bytes, size));
    }

    private static byte[] behind(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
