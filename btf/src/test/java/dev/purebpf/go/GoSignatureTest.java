package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Hostile;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.fixtures.GoToolchain;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reads the signatures of functions in programs of each Go compiler. */
class GoSignatureTest {
    private static final String SOURCE =
            """
            package main

            type list struct{ next *list; size int }
            type reader interface{ Read() }

            func (l list) inlined(unused string, x uint8) (int, error) { return l.size + int(x), nil }

            //go:noinline
            func (l *list) walk(visit func(int) bool, kinds map[string][]int, c chan<- int) (n int) {
            	n = len(kinds) + cap(c)
            	return
            }

            //go:noinline
            func simple(any interface{}, r reader, a [3]complex64) string { return "" }

            //go:noinline
            func nothing() {}

            var values = []interface{}{list.inlined}

            func main() {
            	var l list
            	n, _ := l.inlined("", 1)
            	println(n, values, simple(nil, nil, [3]complex64{}))
            	l.walk(nil, nil, nil)
            	nothing()
            }
            """;

    @TempDir Path folder;

    @Test
    void aSignatureReadsLikeItsSource() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            try (ElfFile elf = ElfFile.open(go.build(folder, "amd64", SOURCE));
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                assertEquals(
                        "main.list.inlined(l main.list, unused string, x uint8) (int, error)",
                        signature(elf, dwarf, "main.list.inlined").toString(),
                        go::version);
                assertEquals(
                        "main.(*list).walk(l *main.list, visit func(int) bool,"
                                + " kinds map[string][]int, c chan<- int) (n int)",
                        signature(elf, dwarf, "main.(*list).walk").toString(),
                        go::version);
                assertEquals(
                        "main.simple(any interface {}, r main.reader, a [3]complex64) string",
                        signature(elf, dwarf, "main.simple").toString(),
                        go::version);
                assertEquals(
                        "main.nothing()",
                        signature(elf, dwarf, "main.nothing").toString(),
                        go::version);
            }
        }
    }

    @Test
    void whatIsPointedToIsLookedUpWhenAskedFor() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            try (ElfFile elf = ElfFile.open(go.build(folder, "amd64", SOURCE));
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                GoSignature walk = signature(elf, dwarf, "main.(*list).walk");
                GoType.Pointer receiver = pointer(walk.parameters().getFirst().type());
                GoType.Struct list =
                        assertInstanceOf(
                                GoType.Struct.class, receiver.target().type().orElseThrow());
                assertEquals(16, list.size());
                GoType.Pointer next = pointer(list.fields().getFirst().type());
                assertEquals("main.list", next.target().type().orElseThrow().name());
                assertEquals(
                        GoType.PointerKind.MAP, pointer(walk.parameters().get(2).type()).kind());

                GoSignature simple = signature(elf, dwarf, "main.simple");
                assertEquals(
                        new GoType.Interface("interface {}", false),
                        simple.parameters().getFirst().type());
                assertEquals(
                        new GoType.Interface("main.reader", true),
                        simple.parameters().get(1).type());
                assertEquals(24, simple.parameters().get(2).type().size());
            }
        }
    }

    @Test
    void aParameterThatTheCompilerLeftOutIsNoticedByWhatFollows() throws Exception {
        String source =
                """
                package main

                var kept int

                //go:noinline
                func blank(_ int, used int, f float64) { kept += used + int(f) }

                func main() { blank(1, 2, 3) }
                """;
        for (GoToolchain go : GoToolchain.all()) {
            for (String architecture : new String[] {"amd64", "arm64"}) {
                try (ElfFile elf = ElfFile.open(go.build(folder, architecture, source));
                        Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                    Die function = function(elf, dwarf, "main.blank");
                    GoSignature signature = GoSignature.of(function);
                    GoAbi abi =
                            GoAbi.of(elf.machine(), GoBuildInfo.of(elf).orElseThrow().version())
                                    .orElseThrow();
                    boolean complete = signature.parameters().size() == 3;
                    assertEquals(
                            complete ? null : "used",
                            EntryPlaces.contradiction(
                                    abi.assign(signature), function, elf.machine()),
                            () -> go + " " + architecture + ": " + signature);
                }
            }
        }
    }

    @Test
    void aTypeIsReadOnceForAllValuesOfIt() throws Exception {
        Path gcc = Path.of("/usr/bin/gcc");
        assumeTrue(Files.isExecutable(gcc), "needs the compiler gcc");
        // Go has no function like this; a file that means harm may have.
        String fields = numbered("int f%d;", 4000, " ");
        String parameters = numbered("struct many p%d", 1000, ", ");
        Path source = folder.resolve("many.c");
        Files.writeString(
                source,
                "struct many { %s };\nint take(%s) { return 0; }\nint main(void) { return 0; }\n"
                        .formatted(fields, parameters));
        Path program = folder.resolve("many");
        List<String> words =
                List.of(gcc.toString(), "-g", "-o", program.toString(), source.toString());
        assertEquals(0, new ProcessBuilder(words).inheritIO().start().waitFor());
        try (ElfFile elf = ElfFile.open(program);
                Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
            Die function = function(elf, dwarf, "take");
            List<GoSignature.Parameter> read = new ArrayList<>();
            assertTrue(
                    Hostile.survives(
                            (int) Files.size(program),
                            () -> read.addAll(GoSignature.of(function).parameters())));
            assertEquals(1000, read.size());
            assertEquals(16_000, read.getLast().type().size());
        }
    }

    private static String numbered(String format, int count, String between) {
        return IntStream.range(0, count)
                .mapToObj(format::formatted)
                .collect(Collectors.joining(between));
    }

    private static GoType.Pointer pointer(GoType type) {
        return assertInstanceOf(GoType.Pointer.class, type);
    }

    private static GoSignature signature(ElfFile elf, Dwarf dwarf, String function) {
        return GoSignature.of(function(elf, dwarf, function));
    }

    private static Die function(ElfFile elf, Dwarf dwarf, String function) {
        long address = 0;
        for (Symbol symbol : elf.symbols()) {
            if (symbol.name().equals(function)) {
                address = symbol.value();
            }
        }
        assertTrue(address != 0, function);
        return dwarf.functionAt(address).orElseThrow();
    }
}
