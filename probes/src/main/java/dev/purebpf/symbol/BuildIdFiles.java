package dev.purebpf.symbol;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Files by their build ids. Nothing lists files by these, so those are looked into that are likely:
 * programs that were run, the libraries that they ask for, and what this process has in its memory.
 * A build id is made of a file's content: which one has it is certain, wherever it was found.
 *
 * <p>Opens a file only to look into it. May be used by one thread at a time.
 */
final class BuildIdFiles {
    /** More are forgotten, and looked for again. */
    private static final int MOST = 4096;

    /** Hexadecimal digits of an id as the kernel tells it: shorter ones end with zeros. */
    private static final int DIGITS = 40;

    /**
     * {@code DT_NEEDED}, of an {@code Elf64_Dyn}: two numbers of 64 bits, what it is and a value.
     */
    private static final long NEEDED = 1;

    private static final int ENTRY = 2 * Long.BYTES;

    /** No program asks for more itself. */
    private static final int MOST_NEEDED = 256;

    private final Kernel kernel;
    private final Map<String, Path> found = new HashMap<>();
    private final Set<String> known = new HashSet<>();
    private final Queue<String> likely = new ArrayDeque<>();
    private boolean knowsOwn;

    BuildIdFiles(Kernel kernel) {
        this.kernel = kernel;
    }

    /** Looks into a program when an id is not known, even if another was there before. */
    void addProgram(String path) {
        known.remove(path);
        add(path);
    }

    /** Looks into a file when an id is not known. */
    void add(String path) {
        if (known.size() == MOST) {
            known.clear();
            likely.clear();
        }
        if (known.add(path)) {
            likely.add(path);
        }
    }

    /**
     * {@return the file of an id; empty if none of those that are likely has it}
     *
     * @param id 40 hexadecimal digits
     */
    Optional<Path> find(String id) {
        if (!knowsOwn) {
            knowsOwn = true;
            addOwn();
        }
        while (!found.containsKey(id) && !likely.isEmpty()) {
            look(likely.remove());
        }
        return Optional.ofNullable(found.get(id));
    }

    private void addOwn() {
        try {
            for (ProcessMaps.Mapping mapping :
                    ProcessMaps.load(kernel, (int) ProcessHandle.current().pid()).mappings()) {
                if (mapping.isExecutable() && mapping.inode() != 0) {
                    add(mapping.path());
                }
            }
        } catch (IOException e) {
            log("reading this process' memory map", e);
        }
    }

    private void look(String name) {
        try {
            Path path = Path.of(name);
            if (!Files.isRegularFile(path)) {
                return;
            }
            try (ElfFile file = ElfFile.open(path)) {
                if (found.size() == MOST) {
                    found.clear();
                }
                file.buildId().ifPresent(id -> found.put(asTheKernelHasIt(id), path));
                for (String needed : needed(file)) {
                    BinaryPath.find(kernel, needed).map(Path::toString).ifPresent(this::add);
                }
            }
        } catch (IOException | MalformedObjectException | InvalidPathException e) {
            log("looking for the build id of " + name, e);
        }
    }

    /** {@return an id as the kernel tells it: of 20 bytes} */
    static String asTheKernelHasIt(String id) {
        return (id + "0".repeat(DIGITS)).substring(0, DIGITS);
    }

    /**
     * {@return the libraries that a file asks for, and the dynamic loader}
     *
     * @throws MalformedObjectException if it is damaged
     */
    static List<String> needed(ElfFile file) {
        List<String> names = new ArrayList<>();
        if (!file.is64()) {
            return names;
        }
        for (Section section : file.sections()) {
            if (section.type() == Section.DYNAMIC) {
                ByteReader entries = section.reader();
                ByteReader strings = file.section(section.link()).reader();
                for (long at = 0;
                        at + ENTRY <= entries.length() && names.size() < MOST_NEEDED;
                        at += ENTRY) {
                    if (entries.s64(at) == NEEDED) {
                        names.add(strings.string(entries.s64(at + Long.BYTES)));
                    }
                }
            }
        }
        file.section(".interp").ifPresent(section -> names.add(section.reader().string(0)));
        return names;
    }

    private static void log(String what, Exception e) {
        System.getLogger("dev.purebpf.symbol").log(System.Logger.Level.DEBUG, what, e);
    }
}
