package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.DamagedFile;
import dev.purebpf.cli.DamagedFiles;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.session.Target;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.GoToolchain;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.util.List;

/** Go programs that are damaged are listed and looked into as far as they go, or refused. */
class HostileGoProgramsTest {
    private static final String SOURCE =
            """
            package main

            import "os"

            type point struct { x, y int }

            //go:noinline
            func name(p point, all map[string]int, more ...string) (string, error) {
                return more[p.x], nil
            }

            func main() {
                text, _ := name(point{}, nil, os.Args...)
                println(text)
            }
            """;

    private static DamagedFiles files;

    @BeforeContainer
    static void compile() throws Exception {
        files = new DamagedFiles();
        for (String version : List.of("1.15", "1.19", "1.27")) {
            for (String flags : List.of("-compressdwarf=false", "-s -w", "")) {
                files.add(
                        folder ->
                                GoToolchain.of(version)
                                        .build(
                                                folder,
                                                GoPrograms.architecture(),
                                                SOURCE,
                                                "-ldflags=" + flags),
                        ".go.buildinfo",
                        ".gopclntab",
                        ".debug_",
                        ".zdebug_",
                        ".typelink",
                        ".rodata",
                        ".symtab",
                        ".strtab",
                        ".shstrtab",
                        ".text",
                        ".note");
            }
        }
    }

    @AfterContainer
    static void delete() throws IOException {
        files.close();
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void functionsAreListedOrTheProgramIsRefusedInASentence(@ForAll long seed) throws Exception {
        DamagedFile file = files.choose(seed);
        String pattern = seed % 7 == 0 ? "*" : "main.*";
        file.look(
                seed,
                () -> {
                    Run run = PureBpf.runHere("go", "--list", file.path().toString(), pattern);
                    assertSentence(run);
                });
    }

    private static void assertSentence(Run run) {
        assertTrue(run.exitCode() == 0 || run.exitCode() == 1, run.err());
        assertTrue(run.errLines().size() <= 1, run.err());
        assertTrue(run.err().isEmpty() || run.err().startsWith("purebpf: "), run.err());
        assertEquals(-1, run.err().indexOf("a mistake of purebpf itself"), run.err());
    }

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void whatATracingNeedsIsFoundOrRefused(@ForAll long seed) throws Exception {
        DamagedFile file = files.choose(seed);
        Target target = new Target(0, List.of("true"), null);
        List<String> functions = List.of(seed % 5 == 0 ? "runtime.ma*" : "main.*");
        GoOptions options = new GoOptions(target, null, functions, true, null, null, true);
        file.look(
                seed,
                () -> {
                    try (GoBinary binary = GoBinary.open(file.path(), "program")) {
                        new GoSession(options, binary, "program").prepare();
                        binary.goroutineNumber();
                        binary.goroutineInThread(binary.find(functions));
                    } catch (CommandFailure | MalformedObjectException e) {
                        assertTrue(!e.getMessage().isEmpty());
                    }
                });
    }
}
