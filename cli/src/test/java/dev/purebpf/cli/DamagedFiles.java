package dev.purebpf.cli;

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

    /** Makes the folder. */
    public DamagedFiles() throws IOException {
        folder = Files.createTempDirectory("damaged");
    }

    /** {@return where programs may be built} */
    public Path folder() {
        return folder;
    }

    /** Adds one, whose sections with names that begin like these are damaged. */
    public void add(Path program, String... sections) throws IOException {
        files.add(new DamagedFile(program, sections));
    }

    /** {@return any} */
    public DamagedFile choose(long seed) {
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
