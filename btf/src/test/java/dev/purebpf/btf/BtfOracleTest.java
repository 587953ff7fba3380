package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Compares with what bpftool says, and with what else clang writes into an object. */
class BtfOracleTest {
    private static final List<String> BPFTOOL = List.of("bpftool");
    private static final Path KERNEL = Path.of("/sys/kernel/btf/vmlinux");

    @TempDir Path folder;

    @Test
    void typesOfObjectsAreThoseOfBpftool() throws IOException {
        for (String name : Fixtures.NAMES) {
            Path path = Fixtures.write(name, folder);
            compare(path, Btf.open(path));
        }
    }

    @Test
    void typesOfTheKernelAreThoseOfBpftool() throws IOException {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        Btf kernel = Btf.open(KERNEL);
        assertTrue(kernel.typeCount() > 10_000, "a kernel has many types");
        compare(KERNEL, kernel);
    }

    private static void compare(Path path, Btf btf) {
        List<String> theirs = Oracle.ask(BPFTOOL, "btf", "dump", "file", path.toString());
        Oracle.assertSame(theirs, BtfText.of(btf), path.toString());
    }

    @Test
    void dataSectionsAreLaidOutAsByTheStaticLinkerOfBpftool() throws IOException {
        for (String name : List.of("globals", "subprograms", "events_ring", "layout")) {
            Path path = Fixtures.write(name, folder);
            Path linked = folder.resolve(name + ".linked.o");
            Oracle.ask(BPFTOOL, "gen", "object", linked.toString(), path.toString());
            Btf theirs = Btf.open(linked);
            try (ElfFile elf = ElfFile.open(path)) {
                Btf ours = Btf.ofElf(elf).orElseThrow().withDataSections(elf);
                int sections = 0;
                for (int id = 1; id < ours.typeCount(); id++) {
                    if (ours.type(id) instanceof BtfType.DataSection section) {
                        int other = theirs.find(section.name(), BtfKind.DATA_SECTION);
                        var theirSection = (BtfType.DataSection) theirs.type(other);
                        assertEquals(entries(theirs, theirSection), entries(ours, section));
                        sections++;
                    }
                }
                assertTrue(sections > 1, name);
            }
        }
    }

    private static List<String> entries(Btf btf, BtfType.DataSection section) {
        var entries = new ArrayList<String>();
        // The static linker pads the last variable in some versions, so sizes are those of the
        // entries.
        for (BtfType.SectionEntry entry : section.entries()) {
            entries.add(
                    section.name()
                            + " "
                            + btf.name(entry.type())
                            + " "
                            + entry.offset()
                            + " "
                            + entry.size());
        }
        entries.sort(null);
        return entries;
    }

    @Test
    void functionRecordsStandWhereTheSymbolsAre() {
        for (String name : Fixtures.NAMES) {
            try (ElfFile elf = ElfFile.of(name, Fixtures.little(name))) {
                Btf btf = Btf.ofElf(elf).orElseThrow();
                BtfExt ext = ext(elf, btf);
                var theirs = new ArrayList<String>();
                for (Symbol symbol : elf.symbols()) {
                    if (symbol.type() == Symbol.FUNCTION) {
                        theirs.add(
                                elf.section(symbol.sectionIndex()).name()
                                        + "+"
                                        + symbol.value()
                                        + " "
                                        + symbol.name());
                    }
                }
                var ours = new ArrayList<String>();
                for (BtfExt.FunctionInfo function : ext.functions()) {
                    ours.add(
                            function.section()
                                    + "+"
                                    + function.offset()
                                    + " "
                                    + btf.name(function.type()));
                }
                theirs.sort(null);
                ours.sort(null);
                Oracle.assertSame(theirs, ours, name);
            }
        }
    }

    @Test
    void lineRecordsAreThoseOfTheDebugInformation() {
        // Clang writes both. Column 0 is the start of a function: its name there, its brace here.
        for (String name : List.of("subprograms", "core", "globals")) {
            Path path = Fixtures.write(name, folder);
            var dwarf = new ArrayList<String>();
            for (String line :
                    Oracle.ask(
                            List.of("llvm-dwarfdump", "llvm-dwarfdump-14"),
                            "--debug-line",
                            path.toString())) {
                String[] words = line.strip().split("\\s+");
                if (words.length > 3 && words[0].matches("0x[0-9a-f]{16}")) {
                    dwarf.add(Long.decode(words[0]) + " " + words[1] + ":" + words[2]);
                }
            }
            try (ElfFile elf = ElfFile.of(name, Fixtures.little(name))) {
                List<BtfExt.LineInfo> lines = ext(elf, Btf.ofElf(elf).orElseThrow()).lines();
                assertTrue(lines.size() > 10, name);
                for (BtfExt.LineInfo line : lines) {
                    String ours = line.offset() + " " + line.line() + ":" + line.column();
                    assertTrue(
                            line.column() == 0 || dwarf.contains(ours),
                            () -> name + " " + line + " is not among " + dwarf);
                    assertTrue(line.file().endsWith(".c") || line.file().endsWith(".h"), ours);
                }
            }
        }
    }

    private static BtfExt ext(ElfFile elf, Btf btf) {
        return BtfExt.parse(elf.name(), elf.section(".BTF.ext").orElseThrow().bytes(), btf);
    }

    @Test
    void sizesAlignmentsAndOffsetsAreThoseOfClang() throws IOException {
        try (ElfFile elf = ElfFile.of("layout", Fixtures.little("layout"))) {
            Btf btf = Btf.ofElf(elf).orElseThrow();
            var rodata = elf.section(".rodata").orElseThrow().reader();
            int compared = 0;
            for (Symbol symbol : elf.symbols()) {
                String[] words = symbol.name().split("_", 3);
                if (words.length < 2) {
                    continue;
                }
                long ours;
                switch (words[0]) {
                    case "size" -> ours = btf.size(struct(btf, words[1]));
                    case "align" -> ours = btf.alignment(struct(btf, words[1]));
                    case "offset" ->
                            ours = btf.field(struct(btf, words[1]), path(words[2])).byteOffset();
                    default -> {
                        continue;
                    }
                }
                assertEquals(rodata.u32(symbol.value()), ours, symbol.name());
                compared++;
            }
            assertEquals(25, compared, "how many constants layout.bpf.c has");
        }
    }

    private static int struct(Btf btf, String name) {
        return btf.find(name, BtfKind.STRUCT);
    }

    /** {@code named_2_b} stands for {@code named[2].b}. */
    private static String path(String name) {
        return name.replaceAll("_(\\d+)", "[$1]").replaceAll("_", ".");
    }

    /** Prints types as {@code bpftool btf dump} does. */
    private static final class BtfText {
        private static final String[] ENCODINGS = {"(none)", "SIGNED", "CHAR", "", "BOOL"};

        private final Btf btf;
        private final List<String> lines = new ArrayList<>();

        private BtfText(Btf btf) {
            this.btf = btf;
        }

        static List<String> of(Btf btf) {
            var text = new BtfText(btf);
            for (int id = btf.firstId(); id < btf.typeCount(); id++) {
                text.print(id, btf.type(id));
            }
            return text.lines;
        }

        private void print(int id, BtfType type) {
            switch (type) {
                case BtfType.Void _ -> throw new AssertionError("void has no record");
                case BtfType.Int t ->
                        head(
                                id,
                                t,
                                "INT",
                                "size=%d bits_offset=%d nr_bits=%d encoding=%s",
                                t.size(),
                                t.bitOffset(),
                                t.bits(),
                                ENCODINGS[t.encoding()]);
                case BtfType.Pointer t -> head(id, t, "PTR", "type_id=%d", t.type());
                case BtfType.Array t ->
                        head(
                                id,
                                t,
                                "ARRAY",
                                "type_id=%d index_type_id=%d nr_elems=%d",
                                t.elementType(),
                                t.indexType(),
                                t.length());
                case BtfType.Composite t -> {
                    head(id, t, t.kind().name(), "size=%d vlen=%d", t.size(), t.members().size());
                    for (BtfType.Member m : t.members()) {
                        lines.add(
                                format(
                                        "\t'%s' type_id=%d bits_offset=%d%s",
                                        named(m.name()),
                                        m.type(),
                                        m.bitOffset(),
                                        m.bitSize() == 0 ? "" : " bitfield_size=" + m.bitSize()));
                    }
                }
                case BtfType.Enumeration t -> {
                    head(
                            id,
                            t,
                            t.kind().name(),
                            "encoding=%s size=%d vlen=%d",
                            t.signed() ? "SIGNED" : "UNSIGNED",
                            t.size(),
                            t.enumerators().size());
                    String suffix = t.kind() == BtfKind.ENUM ? "" : t.signed() ? "LL" : "ULL";
                    for (BtfType.Enumerator e : t.enumerators()) {
                        lines.add(
                                "\t'"
                                        + e.name()
                                        + "' val="
                                        + (t.signed()
                                                ? Long.toString(e.value())
                                                : Long.toUnsignedString(e.value()))
                                        + suffix);
                    }
                }
                case BtfType.Forward t ->
                        head(id, t, "FWD", "fwd_kind=%s", t.union() ? "union" : "struct");
                case BtfType.Typedef t -> head(id, t, "TYPEDEF", "type_id=%d", t.type());
                case BtfType.Modifier t -> head(id, t, t.kind().name(), "type_id=%d", t.type());
                case BtfType.Function t ->
                        head(
                                id,
                                t,
                                "FUNC",
                                "type_id=%d linkage=%s",
                                t.prototype(),
                                lower(t.linkage()));
                case BtfType.FunctionPrototype t -> {
                    head(
                            id,
                            t,
                            "FUNC_PROTO",
                            "ret_type_id=%d vlen=%d",
                            t.returnType(),
                            t.parameters().size());
                    for (BtfType.Parameter p : t.parameters()) {
                        lines.add(format("\t'%s' type_id=%d", named(p.name()), p.type()));
                    }
                }
                case BtfType.Variable t ->
                        head(id, t, "VAR", "type_id=%d, linkage=%s", t.type(), lower(t.linkage()));
                case BtfType.DataSection t -> {
                    head(id, t, "DATASEC", "size=%d vlen=%d", t.size(), t.entries().size());
                    for (BtfType.SectionEntry e : t.entries()) {
                        lines.add(
                                format(
                                        "\ttype_id=%d offset=%d size=%d (%s '%s')",
                                        e.type(),
                                        e.offset(),
                                        e.size(),
                                        btf.kind(e.type()) == BtfKind.VARIABLE ? "VAR" : "FUNC",
                                        btf.name(e.type())));
                    }
                }
                case BtfType.Float t -> head(id, t, "FLOAT", "size=%d", t.size());
                case BtfType.DeclTag t ->
                        head(
                                id,
                                t,
                                "DECL_TAG",
                                "type_id=%d component_idx=%d",
                                t.type(),
                                t.component());
            }
        }

        private void head(int id, BtfType type, String kind, String format, Object... numbers) {
            lines.add(
                    "["
                            + id
                            + "] "
                            + kind
                            + " '"
                            + named(type.name())
                            + "' "
                            + format(format, numbers));
        }

        private static String format(String format, Object... arguments) {
            return String.format(Locale.ROOT, format, arguments);
        }

        private static String named(String name) {
            return name.isEmpty() ? "(anon)" : name;
        }

        private static String lower(Linkage linkage) {
            return linkage.name().toLowerCase(Locale.ROOT);
        }
    }
}
