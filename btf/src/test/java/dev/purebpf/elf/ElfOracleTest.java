package dev.purebpf.elf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares with what readelf says. */
class ElfOracleTest {
    private static final List<String> READELF =
            List.of("readelf", "llvm-readelf", "llvm-readelf-14");
    private static final Pattern SECTION =
            Pattern.compile(
                    "\\s*\\[\\s*(\\d+)\\]\\s(\\S*)\\s+\\S+\\s+([0-9a-f]{8,16}) ([0-9a-f]{6,})"
                            + " ([0-9a-f]{6,}) ([0-9a-f]{2,}).*?(\\d+)\\s+(\\d+)\\s+(\\d+)");
    private static final Pattern SYMBOL =
            Pattern.compile(
                    "\\s*(\\d+): ([0-9a-f]{8,16})\\s+(\\S+) (\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\S+)(?:"
                            + " (.*))?");
    private static final List<String> TYPES =
            List.of("NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS");
    private static final List<String> BINDINGS = List.of("LOCAL", "GLOBAL", "WEAK");
    private static final List<String> VISIBILITIES =
            List.of("DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED");

    @TempDir Path folder;

    private List<Path> files() {
        var files = new ArrayList<Path>();
        for (String name : Fixtures.NAMES) {
            files.add(Fixtures.write(name, folder));
        }
        Path library = Path.of(System.getProperty("java.home"), "lib", "libjava.so");
        if (Files.exists(library)) {
            files.add(library);
        }
        return files;
    }

    @Test
    void sectionsAreThoseOfReadelf() throws IOException {
        for (Path path : files()) {
            var theirs = new ArrayList<String>();
            for (String line : Oracle.ask(READELF, "-S", "-W", path.toString())) {
                Matcher m = SECTION.matcher(line);
                if (m.matches()) {
                    theirs.add(
                            String.join(
                                    " ",
                                    m.group(1),
                                    m.group(2),
                                    hex(m.group(3)),
                                    hex(m.group(4)),
                                    hex(m.group(5)),
                                    hex(m.group(6)),
                                    m.group(7),
                                    m.group(8),
                                    m.group(9)));
                }
            }
            var ours = new ArrayList<String>();
            try (ElfFile elf = ElfFile.open(path)) {
                for (Section s : elf.sections()) {
                    if (s.index() != 0) {
                        ours.add(
                                String.format(
                                        Locale.ROOT,
                                        "%d %s %x %x %x %x %d %d %d",
                                        s.index(),
                                        s.name(),
                                        s.address(),
                                        s.offset(),
                                        s.size(),
                                        s.entrySize(),
                                        s.link(),
                                        s.info(),
                                        s.alignment()));
                    }
                }
            }
            theirs.removeIf(line -> line.startsWith("0 "));
            assertTrue(ours.size() > 5, path::toString);
            Oracle.assertSame(theirs, ours, path.toString());
        }
    }

    @Test
    void symbolsAreThoseOfReadelf() throws IOException {
        for (Path path : files()) {
            var theirs = new ArrayList<String>();
            for (String line : Oracle.ask(READELF, "-s", "-W", path.toString())) {
                Matcher m = SYMBOL.matcher(line);
                if (m.matches()) {
                    String name = m.group(8) == null ? "" : m.group(8);
                    theirs.add(
                            String.join(
                                    " ",
                                    m.group(1),
                                    hex(m.group(2)),
                                    Long.decode(m.group(3)).toString(),
                                    m.group(4),
                                    m.group(5),
                                    m.group(6),
                                    m.group(7),
                                    m.group(4).equals("SECTION") ? "" : unversioned(name)));
                }
            }
            var ours = new ArrayList<String>();
            try (ElfFile elf = ElfFile.open(path)) {
                elf.dynamicSymbols().forEach(s -> ours.add(line(s)));
                elf.symbols().forEach(s -> ours.add(line(s)));
            }
            assertTrue(ours.size() > 3, path::toString);
            Oracle.assertSame(theirs, ours, path.toString());
        }
    }

    @Test
    void versionsAndBuildIdsAreThoseOfReadelf() throws IOException {
        for (String name : List.of("libc.so.6", "libdl.so.2")) {
            Path path = versionedLibrary(name);
            var theirs = new ArrayList<String>();
            for (String line : Oracle.ask(READELF, "--dyn-syms", "-n", "-W", path.toString())) {
                Matcher m = SYMBOL.matcher(line);
                if (m.matches() && !Set.of("UND", "ABS").contains(m.group(7))) {
                    theirs.add(m.group(8).replaceFirst(" .*", ""));
                } else if (line.contains("Build ID: ")) {
                    theirs.add(line.replaceFirst(".*: ", ""));
                }
            }
            var ours = new ArrayList<String>();
            try (ElfFile elf = ElfFile.open(path)) {
                SymbolVersions versions = elf.symbolVersions();
                for (Symbol s : elf.dynamicSymbols()) {
                    if (s.sectionIndex() != Symbol.UNDEFINED
                            && s.sectionIndex() != Symbol.ABSOLUTE) {
                        String at = versions.isDefault(s.index()) ? "@@" : "@";
                        ours.add(s.name() + versions.of(s.index()).map(at::concat).orElse(""));
                    }
                }
                elf.buildId().ifPresent(ours::add);
            }
            theirs.sort(null);
            ours.sort(null);
            assertTrue(ours.size() > 3, path::toString);
            Oracle.assertSame(theirs, ours, path.toString());
        }
    }

    private static Path versionedLibrary(String name) {
        for (String triplet : List.of("x86_64-linux-gnu", "aarch64-linux-gnu")) {
            Path path = Path.of("/lib", triplet, name);
            if (Files.exists(path)) {
                return path;
            }
        }
        return Assumptions.abort("needs " + name + " of glibc");
    }

    private static String line(Symbol s) {
        return String.join(
                " ",
                Integer.toString(s.index()),
                Long.toHexString(s.value()),
                Long.toString(s.size()),
                TYPES.get(s.type()),
                BINDINGS.get(s.binding()),
                VISIBILITIES.get(s.visibility()),
                switch (s.sectionIndex()) {
                    case Symbol.UNDEFINED -> "UND";
                    case Symbol.ABSOLUTE -> "ABS";
                    default -> Integer.toString(s.sectionIndex());
                },
                s.type() == Symbol.SECTION ? "" : unversioned(s.name()));
    }

    /**
     * readelf appends the version of dynamic symbols; the linker wrote it into the names of others.
     */
    private static String unversioned(String name) {
        return name.replaceFirst("[@ ].*", "");
    }

    private static String hex(String number) {
        return Long.toHexString(Long.parseUnsignedLong(number, 16));
    }
}
