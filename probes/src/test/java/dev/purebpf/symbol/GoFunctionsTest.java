package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.Oracle;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.GoFunctions.Function;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tables of all forms, made byte by byte, and those of real programs, where {@code nm} knows. */
class GoFunctionsTest {
    private static final int GO_1_2 = 0xffff_fffb;
    private static final int GO_1_16 = 0xffff_fffa;
    private static final int GO_1_18 = 0xffff_fff0;
    static final int GO_1_20 = 0xffff_fff1;

    private static final long CODE = 0x40_1000;
    private static final List<Function> FUNCTIONS =
            List.of(
                    new Function("main.main", CODE, 0x40),
                    new Function("net/http.(*conn).serve", CODE + 0x40, 0x100),
                    new Function("type:.eq.[2]string", CODE + 0x140, 0x20));

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "-5, 8", "-5, 4", "-6, 8", "-6, 4", "-16, 8", "-16, 4", "-15, 8", "-15, 4",
    })
    void eachFormOfTheTableIsRead(int magic, int pointer) throws Exception {
        try (ElfFile file = object(table(magic, pointer, FUNCTIONS), ".gopclntab")) {
            GoFunctions functions = GoFunctions.of(file).orElseThrow();
            assertEquals(FUNCTIONS.size(), functions.size());
            for (int index = 0; index < FUNCTIONS.size(); index++) {
                Function expected = FUNCTIONS.get(index);
                assertEquals(expected, functions.get(index));
                assertEquals(Optional.of(expected), functions.find(expected.name()));
                assertEquals(Optional.of(expected), functions.containing(expected.address()));
                long last = expected.address() + expected.size() - 1;
                assertEquals(Optional.of(expected), functions.containing(last));
            }
            assertEquals(Optional.empty(), functions.find("main"));
            assertEquals(Optional.empty(), functions.containing(CODE - 1));
            assertEquals(Optional.empty(), functions.containing(CODE + 0x160));
            assertThrows(IndexOutOfBoundsException.class, () -> functions.get(3));
            assertThrows(IndexOutOfBoundsException.class, () -> functions.get(-1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void whatIsOnlyInlinedIsToldFromWhatIsNot(String version) throws Exception {
        Path program = GoToolchain.of(version).build(folder, "amd64", INLINING);
        try (ElfFile file = ElfFile.open(program)) {
            GoFunctions functions = GoFunctions.of(file).orElseThrow();
            List<String> own =
                    Arrays.stream(functions.search("main.", name -> name.matches(".*(main|h)")))
                            .mapToObj(index -> functions.get(index).name())
                            .toList();
            assertEquals(Set.of("main.both", "main.main"), Set.copyOf(own));
            assertEquals(0, functions.search("main.both.", name -> true).length);
            // Before 1.16 names stand among other things.
            assertEquals(
                    version.equals("1.15") ? Optional.empty() : Optional.of(Set.of("main.small")),
                    functions.inlinedNames("main.", name -> true));
        }
    }

    private static final String INLINING =
            """
            package main

            import "os"

            var kept = both

            func small(v int) int { return v * len(os.Args) }

            func both(v int) int { return v + len(os.Args) }

            func main() { println(small(1), kept(both(2))) }
            """;

    @Test
    void aTableAmongOtherThingsIsFound() throws Exception {
        byte[] table = table(GO_1_20, 8, FUNCTIONS);
        byte[] among = ByteBuffer.allocate(table.length + 64).put(64, table).array();
        try (ElfFile file = object(among, ".rodata")) {
            assertEquals(
                    Optional.of(FUNCTIONS.getFirst()),
                    GoFunctions.of(file).orElseThrow().find("main.main"));
        }
    }

    @Test
    void aProgramOfAnotherLanguageHasNone() throws IOException {
        Path libc = BinaryPath.find(Kernel.host(), "libc.so.6").orElseThrow();
        try (ElfFile file = ElfFile.open(libc)) {
            assertEquals(Optional.empty(), GoFunctions.of(file));
        }
    }

    @Test
    void moreFunctionsThanTheTableHoldsAreMalformed() throws Exception {
        byte[] bytes = table(GO_1_18, 8, FUNCTIONS);
        for (long count : new long[] {1000, Integer.MAX_VALUE, Long.MAX_VALUE, -1}) {
            little(bytes).putLong(8, count);
            try (ElfFile file = object(bytes, ".gopclntab")) {
                var e = assertThrows(MalformedObjectException.class, () -> GoFunctions.of(file));
                assertTrue(e.getMessage().contains("do not fit into the table"), e.getMessage());
            }
        }
        try (ElfFile file = object(new byte[96], ".gopclntab")) {
            assertThrows(MalformedObjectException.class, () -> GoFunctions.of(file));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void strippedProgramsOfGoKeepTheirFunctions(String version) throws Exception {
        GoToolchain go = GoToolchain.of(version);
        for (String mode : List.of("exe", "pie")) {
            String form = "-buildmode=" + mode;
            Path named = go.build(folder, "amd64", SOURCE, form, "-ldflags=-w");
            Path stripped = go.build(folder, "amd64", SOURCE, form, "-ldflags=-s -w");
            int compared = 0;
            try (ElfFile file = ElfFile.open(stripped)) {
                assertTrue(file.symbols().isEmpty());
                GoFunctions functions = GoFunctions.of(file).orElseThrow();
                for (String line : Oracle.ask("nm", named.toString())) {
                    String[] parts = line.strip().split(" +");
                    if (parts.length == 3
                            && parts[1].equalsIgnoreCase("t")
                            && parts[2].startsWith("main.")) {
                        long address = Long.parseUnsignedLong(parts[0], 16);
                        Function found = functions.find(parts[2]).orElseThrow();
                        assertEquals(address, found.address(), line);
                        assertEquals(Optional.of(found), functions.containing(address + 1));
                        compared++;
                    }
                }
                assertTrue(functions.size() > 1000, functions.size() + " functions");
            }
            assertTrue(compared >= 2, compared + " compared");
        }
    }

    @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
    void damagedTablesAreNoSurprise(@ForAll long seed) throws Exception {
        var random = new Random(seed);
        int[] magics = {GO_1_2, GO_1_16, GO_1_18, GO_1_20};
        byte[] bytes = template(magics[random.nextInt(magics.length)]).clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        try (ElfFile file = ElfFile.of("damaged", bytes)) {
            GoFunctions functions = GoFunctions.of(file).orElse(null);
            if (functions != null) {
                functions.find("main.main");
                functions.containing(CODE + 1);
            }
        } catch (MalformedObjectException e) {
            assertEquals("damaged", e.file());
        }
    }

    private static final String SOURCE =
            """
            package main

            import "os"

            //go:noinline
            func triple(number int) int { return 3 * number }

            func main() { os.Exit(triple(len(os.Args)) - 3) }
            """;

    /** Objects are compiled once for all tries. */
    private static final Map<Integer, byte[]> TEMPLATES = new ConcurrentHashMap<>();

    private static byte[] template(int magic) throws Exception {
        byte[] known = TEMPLATES.get(magic);
        if (known == null) {
            Path folder = Files.createTempDirectory("purebpf-go");
            try {
                known = Files.readAllBytes(assemble(folder, table(magic, 8, FUNCTIONS), OWN));
                TEMPLATES.put(magic, known);
            } finally {
                try (var files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        }
        return known;
    }

    private static final String OWN = ".gopclntab";

    private ElfFile object(byte[] content, String section) throws Exception {
        return ElfFile.of("table.o", Files.readAllBytes(assemble(folder, content, section)));
    }

    private static Path assemble(Path folder, byte[] content, String section) throws Exception {
        Path bytes = Files.write(folder.resolve("table.bin"), content);
        Path source =
                Files.writeString(
                        folder.resolve("table.s"),
                        ".section " + section + ",\"a\",%progbits\n.incbin \"" + bytes + "\"\n");
        Path object = folder.resolve("table.o");
        Oracle.ask("cc", "-c", "-o", object.toString(), source.toString());
        return object;
    }

    /** A table as Go's linker of that version writes it, as far as names and places go. */
    static byte[] table(int magic, int pointer, List<Function> functions) {
        boolean isFirst = magic == GO_1_2;
        boolean isCompact = magic == GO_1_18 || magic == GO_1_20;
        int width = isCompact ? 4 : pointer;
        int header = 8 + pointer * (isFirst ? 1 : isCompact ? 8 : 7);
        var names = new StringBuilder();
        var nameOffsets = new ArrayList<Integer>();
        for (Function function : functions) {
            nameOffsets.add(names.length());
            names.append(function.name()).append('\0');
        }
        int length = names.length() + 15 & ~15;
        int tableSize = (2 * functions.size() + 1) * width;
        int namesAt = isFirst ? header + tableSize : header;
        int functionsAt = isFirst ? header : namesAt + length;
        int recordsAt = isFirst ? namesAt + length : functionsAt + tableSize;
        ByteBuffer bytes = little(new byte[recordsAt + functions.size() * (width + 4) + 64]);
        bytes.putInt(0, magic).put(6, (byte) 1).put(7, (byte) pointer);
        word(bytes, 8, pointer, functions.size());
        if (isCompact) {
            word(bytes, 8 + 2 * pointer, pointer, CODE);
        }
        if (!isFirst) {
            word(bytes, 8 + (isCompact ? 3 : 2) * pointer, pointer, namesAt);
            word(bytes, 8 + (isCompact ? 4 : 3) * pointer, pointer, namesAt + names.length());
            word(bytes, 8 + (isCompact ? 7 : 6) * pointer, pointer, functionsAt);
        }
        bytes.put(namesAt, names.toString().getBytes(StandardCharsets.UTF_8));
        for (int index = 0; index <= functions.size(); index++) {
            boolean isEnd = index == functions.size();
            Function function = functions.get(isEnd ? index - 1 : index);
            long place =
                    function.address() + (isEnd ? function.size() : 0) - (isCompact ? CODE : 0);
            word(bytes, functionsAt + 2 * index * width, width, place);
            if (!isEnd) {
                int record = recordsAt + index * (width + 4);
                word(
                        bytes,
                        functionsAt + (2 * index + 1) * width,
                        width,
                        record - (isFirst ? 0 : functionsAt));
                word(bytes, record, width, place);
                bytes.putInt(record + width, nameOffsets.get(index) + (isFirst ? namesAt : 0));
            }
        }
        return bytes.array();
    }

    private static void word(ByteBuffer bytes, int offset, int width, long value) {
        if (width == 4) {
            bytes.putInt(offset, (int) value);
        } else {
            bytes.putLong(offset, value);
        }
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
