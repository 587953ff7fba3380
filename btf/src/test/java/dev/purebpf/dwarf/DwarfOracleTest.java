package dev.purebpf.dwarf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares every entry of compiled programs with what llvm-dwarfdump says. */
class DwarfOracleTest {
    private static final List<String> DWARFDUMP = List.of("llvm-dwarfdump", "llvm-dwarfdump-14");
    private static final Pattern ENTRY = Pattern.compile("(0x[0-9a-f]{8,}): ( *)(DW_TAG_\\w+)");
    private static final Pattern ATTRIBUTE = Pattern.compile("\\s+(DW_AT_\\w+)\\t\\((.*)");
    private static final Pattern RANGE =
            Pattern.compile("\\[(0x[0-9a-f]+), (0x[0-9a-f]+)\\)(?:: .*)?");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gcc -O2 -gdwarf-5",
                "gcc -O0 -gdwarf-5 -gdwarf64",
                "gcc -O2 -gdwarf-4 -gstrict-dwarf",
                "gcc -O1 -gdwarf-3 -no-pie",
                "gcc -O1 -gdwarf-2 -gstrict-dwarf",
                "gcc -O2 -gdwarf-5 -gz=zlib",
                "gcc -O2 -gdwarf-4 -gz=zlib-gnu",
                "gcc -O2 -gdwarf-5 -ffunction-sections -freorder-blocks-and-partition",
                "clang -O2 -gdwarf-5",
                "clang -O1 -gdwarf-4",
            })
    void entriesAreThoseOfDwarfdump(String compiler) throws Exception {
        Path program = Compiled.shapes(folder, compiler);
        List<String> theirs = theirs(program);
        List<String> ours = ours(program);
        assertTrue(ours.size() > 50, compiler);
        assertTrue(ours.stream().anyMatch(line -> line.contains(" shape_t ")), compiler);
        Oracle.assertSame(theirs, ours, compiler);
    }

    @Test
    void entriesOfGoProgramsAreThoseOfDwarfdump() throws Exception {
        String source = "package main\n\nfunc main() { println(1) }\n";
        for (GoToolchain go : GoToolchain.all()) {
            Path program = go.build(folder, "amd64", source);
            List<String> ours = ours(program);
            assertTrue(ours.stream().anyMatch(line -> line.contains(" main.main ")), go::version);
            Oracle.assertSame(theirs(program), ours, "Go " + go.version());
        }
    }

    /** Not asked itself: the dwarfdump of Debian 12 cannot read zstd. */
    @ParameterizedTest
    @ValueSource(strings = {"-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gdwarf64"})
    void entriesAreTheSameWhereZstdCompressedThem(String format) throws Exception {
        Path program = Compiled.shapes(folder, "gcc -O2 " + format);
        Path compressed = Compiled.withZstd(program);
        try (ElfFile elf = ElfFile.open(compressed)) {
            Section info = elf.section(".debug_info").orElseThrow();
            assertTrue(info.has(Section.COMPRESSED));
            assertEquals(2, info.reader().s32(0), "is the number of zstd");
        }
        Oracle.assertSame(theirs(program), ours(compressed), format);
    }

    @Test
    void theFunctionOfEachSymbolIsFound() throws Exception {
        for (String compiler : List.of("gcc -O2 -gdwarf-4", "clang -O2 -gdwarf-5 -gz=zlib")) {
            List<String> found = new ArrayList<>();
            try (ElfFile elf = ElfFile.open(Compiled.shapes(folder, compiler));
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                for (Symbol symbol : elf.symbols()) {
                    if (symbol.type() == Symbol.FUNCTION && symbol.sectionIndex() != 0) {
                        dwarf.functionAt(symbol.value())
                                .ifPresent(die -> found.add(signature(die)));
                    }
                }
            }
            assertTrue(found.contains("measure(count int, words *)"), found::toString);
            assertTrue(found.contains("main(argc int, argv *)"), found::toString);
            assertTrue(
                    found.stream().anyMatch(function -> function.startsWith("complain(what *")),
                    found::toString);
        }
    }

    private static String signature(Die function) {
        List<String> parameters = new ArrayList<>();
        for (Die child : function.children()) {
            if (child.tag() == DwarfTag.FORMAL_PARAMETER) {
                Die type = child.type().orElseThrow();
                parameters.add(child.name().orElseThrow() + " " + type.name().orElse("*"));
            }
        }
        return function.name().orElseThrow() + "(" + String.join(", ", parameters) + ")";
    }

    private static List<String> ours(Path program) throws IOException {
        List<String> lines = new ArrayList<>();
        try (ElfFile elf = ElfFile.open(program);
                Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
            for (Unit unit : dwarf.units()) {
                DieCursor entries = unit.entries();
                while (entries.next()) {
                    Die die = entries.die();
                    List<AddressRange> ranges = new ArrayList<>();
                    if (die.has(DwarfAttribute.RANGES)) {
                        ranges.addAll(die.ranges());
                    }
                    for (Location location : die.locations()) {
                        if (location.range() != null) {
                            ranges.add(location.range());
                        }
                    }
                    lines.add(
                            line(
                                    die.offset(),
                                    entries.depth(),
                                    die.string(DwarfAttribute.NAME)
                                            .map(DwarfOracleTest::escaped)
                                            .orElse("-"),
                                    die.reference(DwarfAttribute.TYPE)
                                            .map(type -> Long.toHexString(type.offset()))
                                            .orElse("-"),
                                    die.address(DwarfAttribute.LOW_PC).stream()
                                            .mapToObj(Long::toHexString)
                                            .findFirst()
                                            .orElse("-"),
                                    ranges.stream()
                                            .map(
                                                    range ->
                                                            Long.toHexString(range.start())
                                                                    + "-"
                                                                    + Long.toHexString(range.end()))
                                            .toList()));
                }
            }
        }
        return lines;
    }

    /** {@return a name as dwarfdump writes it} */
    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder();
        for (byte next : name.getBytes(StandardCharsets.UTF_8)) {
            if (next == '"' || next == '\\') {
                escaped.append('\\').append((char) next);
            } else if (next >= ' ' && next < 0x7f) {
                escaped.append((char) next);
            } else {
                escaped.append(String.format(Locale.ROOT, "\\%03o", next & 0xff));
            }
        }
        return escaped.toString();
    }

    private static List<String> theirs(Path program) {
        List<String> lines = new ArrayList<>();
        long offset = -1;
        int depth = 0;
        String name = "-";
        String type = "-";
        String low = "-";
        List<String> ranges = new ArrayList<>();
        String attribute = "";
        for (String text : Oracle.ask(DWARFDUMP, "--debug-info", program.toString())) {
            Matcher entry = ENTRY.matcher(text);
            Matcher value = ATTRIBUTE.matcher(text);
            if (entry.matches()) {
                if (offset >= 0) {
                    lines.add(line(offset, depth, name, type, low, ranges));
                }
                offset = Long.decode(entry.group(1));
                depth = entry.group(2).length() / 2;
                name = "-";
                type = "-";
                low = "-";
                ranges.clear();
                attribute = "";
                continue;
            }
            if (value.matches()) {
                attribute = value.group(1);
                String quoted = value.group(2);
                switch (attribute) {
                    case "DW_AT_name" -> name = quoted.substring(1, quoted.length() - 2);
                    case "DW_AT_type" -> type = hex(quoted.split("[ )]")[0]);
                    case "DW_AT_low_pc" -> low = hex(quoted.split("[ )]")[0]);
                    default -> {}
                }
            }
            if (attribute.equals("DW_AT_ranges") || attribute.equals("DW_AT_location")) {
                Matcher range = RANGE.matcher(text);
                while (range.find()) {
                    ranges.add(hex(range.group(1)) + "-" + hex(range.group(2)));
                }
            }
        }
        lines.add(line(offset, depth, name, type, low, ranges));
        return lines;
    }

    private static String hex(String number) {
        return Long.toHexString(Long.decode(number));
    }

    private static String line(
            long offset, int depth, String name, String type, String low, List<String> ranges) {
        return String.format(
                Locale.ROOT, "%x %d %s type %s at %s %s", offset, depth, name, type, low, ranges);
    }

    @Test
    void aStrippedProgramHasNone() throws Exception {
        Path program = Compiled.shapes(folder, "gcc -g0");
        try (ElfFile elf = ElfFile.open(program)) {
            assertEquals(true, Dwarf.of(elf).isEmpty());
        }
    }
}
