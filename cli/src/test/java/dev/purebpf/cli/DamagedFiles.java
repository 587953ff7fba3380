package dev.purebpf.cli;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Programs in a folder of their own, one of which is damaged at a time. */
public final class DamagedFiles implements AutoCloseable {
    private final List<DamagedFile> files = new ArrayList<>();
    private final Path folder;

    /** What the last program that could not be made lacks. */
    private TestAbortedException missing;

    /** Makes the folder. */
    public DamagedFiles() throws IOException {
        folder = Files.createTempDirectory("damaged");
    }

    /** Makes a program, or skips that with what is missing here. */
    @FunctionalInterface
    public interface Build {
        Path in(Path folder) throws Exception;
    }

    /**
     * Adds a program, whose sections with names that begin like these are damaged. One that cannot
     * be made here is left to the others.
     */
    public void add(Build build, String... sections) throws Exception {
        try {
            files.add(new DamagedFile(build.in(folder), sections));
        } catch (TestAbortedException e) {
            missing = e;
        }
    }

    /** {@return any}; skips the test where none could be made. */
    public DamagedFile choose(long seed) {
        if (files.isEmpty()) {
            throw missing;
        }
        return files.get((int) Math.floorMod(seed, (long) files.size()));
    }

    @Override
    public void close() throws IOException {
        for (DamagedFile file : files) {
            file.close();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
