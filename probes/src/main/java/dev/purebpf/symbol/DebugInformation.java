package dev.purebpf.symbol;

import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The debugging information of a program: its own, or, where that was stripped, that of the file
 * which distributions keep as {@code /usr/lib/debug/.build-id/XX/YYYY.debug}, or where {@code
 * .gnu_debuglink} says. A file by that name which has another build id or checksum is none.
 *
 * <p>Whoever opens closes, which frees what was inflated and closes the separate file; the
 * program's own file stays open. May be used by several threads, like what it has.
 */
public final class DebugInformation implements AutoCloseable {
    private final Dwarf dwarf;
    private final ElfFile separate;

    private DebugInformation(Dwarf dwarf, ElfFile separate) {
        this.dwarf = dwarf;
        this.separate = separate;
    }

    /**
     * {@return what there is about a program; empty if nothing is found}
     *
     * @param file its file, which has to stay open as long as this is used
     * @param path where that is: what is separate is looked for beside it, and below {@code
     *     /usr/lib/debug}
     * @throws MalformedObjectException if a section is compressed in a way that cannot be read, or
     *     damaged, as in {@link Dwarf#of}
     */
    public static Optional<DebugInformation> of(ElfFile file, Path path) {
        return of(file, path, DebugFile.FOLDER);
    }

    static Optional<DebugInformation> of(ElfFile file, Path path, Path folder) {
        Optional<Dwarf> own = Dwarf.of(file);
        if (own.isPresent()) {
            return Optional.of(new DebugInformation(own.get(), null));
        }
        ElfFile separate = DebugFile.find(file, Optional.of(path), folder).orElse(null);
        if (separate == null) {
            return Optional.empty();
        }
        try {
            Optional<Dwarf> found = Dwarf.of(separate);
            if (found.isPresent()) {
                return Optional.of(new DebugInformation(found.get(), separate));
            }
        } catch (RuntimeException | Error e) {
            separate.close();
            throw e;
        }
        separate.close();
        return Optional.empty();
    }

    /** {@return it} */
    public Dwarf dwarf() {
        return dwarf;
    }

    @Override
    public void close() {
        dwarf.close();
        if (separate != null) {
            separate.close();
        }
    }
}
