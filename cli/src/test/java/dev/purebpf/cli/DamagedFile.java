package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.fixtures.Mutations;

import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A program that is damaged, looked at, and mended, again and again: in place, since copies of one
 * of many megabytes would take most of the time.
 */
public final class DamagedFile implements AutoCloseable {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** How much of a section is damaged at a time. */
    private static final int PIECE = 4096;

    /**
     * Most of it is garbage at once: a list of all functions of a sound program takes 90 MB in all.
     */
    private static final long MEMORY = 256L << 20;

    private final Path path;
    private final byte[] whole;
    private final List<Region> regions = new ArrayList<>();
    private final RandomAccessFile file;

    private record Region(int offset, int size) {}

    /**
     * Opens one.
     *
     * @param path a program, which is mended when this is closed
     * @param sections how the names of the sections begin that are damaged; headers always are
     */
    public DamagedFile(Path path, String... sections) throws IOException {
        this.path = path;
        this.whole = Files.readAllBytes(path);
        regions.add(new Region(0, 1024));
        try (ElfFile elf = ElfFile.open(path)) {
            for (Section section : elf.sections()) {
                if (Arrays.stream(sections).anyMatch(section.name()::startsWith)) {
                    regions.add(new Region((int) section.offset(), (int) section.size()));
                }
            }
        }
        int sectionHeaders = whole.length - Math.min(whole.length, 64 * 64);
        regions.add(new Region(sectionHeaders, whole.length - sectionHeaders));
        file = new RandomAccessFile(path.toFile(), "rw");
    }

    public Path path() {
        return path;
    }

    /**
     * Looks at the file while it is damaged: soon, and with little memory.
     *
     * @param seed chooses the damage
     * @param look looks; what it throws fails the test
     */
    public void look(long seed, Executable look) throws IOException {
        Random random = new Random(seed);
        if (random.nextInt(20) == 0) {
            file.setLength(random.nextInt(whole.length));
            assertBounded(look);
            file.setLength(whole.length);
            write(0, whole.length);
            return;
        }
        Region region = regions.get(random.nextInt(regions.size()));
        int size = Math.min(PIECE, region.size());
        // Where a section begins there is what says how large the rest is.
        int from =
                region.offset()
                        + (random.nextBoolean() ? 0 : random.nextInt(region.size() - size + 1));
        byte[] damaged =
                Mutations.damage(Arrays.copyOfRange(whole, from, from + size), random.nextLong());
        file.seek(from);
        file.write(damaged, 0, Math.min(size, damaged.length));
        assertBounded(look);
        write(from, size);
    }

    private static void assertBounded(Executable look) {
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    long before = THREADS.getCurrentThreadAllocatedBytes();
                    look.execute();
                    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
                    assertTrue(bytes < MEMORY, () -> bytes + " bytes allocated");
                });
    }

    private void write(int from, int size) throws IOException {
        file.seek(from);
        file.write(whole, from, size);
    }

    @Override
    public void close() throws IOException {
        write(0, whole.length);
        file.close();
    }
}
