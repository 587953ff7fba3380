package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.go.GoPrograms.GoProgram;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.MadePrograms;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How functions are called that are not just declared with {@code func}. */
class ConventionTest {

    @TempDir static Path folder;

    private static final List<GoProgram> PROGRAMS = new ArrayList<>();

    /** Those that know type parameters. */
    @BeforeAll
    static void compile() throws Exception {
        String source = GoPrograms.source("convention");
        for (String version : List.of("1.19", "1.27")) {
            Optional<Path> made = MadePrograms.inGo(source, version);
            Path program = made.isPresent() ? made.get() : build(version, source);
            PROGRAMS.add(new GoProgram(version, version, program));
        }
    }

    private static Path build(String version, String source) throws Exception {
        GoToolchain go = GoToolchain.of(version);
        String architecture = GoPrograms.architecture();
        Path module = Files.createTempDirectory(folder, "go");
        Files.writeString(module.resolve("main.go"), source);
        String assembly = "convention_" + architecture + ".s";
        try (InputStream in = ConventionTest.class.getResourceAsStream(assembly)) {
            Files.copy(in, module.resolve(assembly));
        }
        Files.writeString(module.resolve("go.mod"), "module example.org/traced\n\ngo 1.18\n");
        return go.buildModule(module, architecture, "mod");
    }

    /** Shapes have the number of the type parameter behind them in old programs. */
    private static String withoutNumbers(String line) {
        return line.replaceAll("(go\\.shape\\.[^\\]]*)_0\\]", "$1]");
    }

    private static List<String> trace(Path program, String... words) throws IOException {
        Path trace = folder.resolve("trace.txt");
        List<String> all = new ArrayList<>(List.of("go", "--returns", "-o", trace.toString()));
        all.addAll(List.of(words));
        all.addAll(List.of("--", program.toString()));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        return Files.readAllLines(trace).stream()
                .map(line -> line.replaceFirst("^\\S+ \\S+ \\d+/\\d+ ", ""))
                .map(line -> line.replaceFirst(" <\\d+\\.\\d{9}>$", ""))
                .map(ConventionTest::withoutNumbers)
                .toList();
    }

    @Test
    @Tag("kernel")
    void functionsWithTypeParametersAreTracedByTheirShapes() throws Exception {
        PureBpf.requireKernel();
        for (GoProgram program : PROGRAMS) {
            assertEquals(
                    List.of(
                            "g1 main.pick[go.shape.int](a=5, n=1) = (5, 1)",
                            "g1 main.pick[go.shape.string](a=\"five\", n=2) = (\"five\", 2)",
                            "g1 main.pick[go.shape.struct { main.x int; main.y int }](a={x: 1, y:"
                                    + " 2}, n=3) = ({x: 1, y: 2}, 3)",
                            "g1 main.total[go.shape.int](values=[1, 2, 3]) = (sum=6)",
                            "g1 main.(*box[go.shape.string]).set(b=&{value: \"\", count: 0},"
                                    + " v=\"hi\") = ()",
                            "g1 main.box[go.shape.string].get(b={value: \"hi\", count: 1}) ="
                                    + " \"hi\""),
                    trace(
                            program.path(),
                            "main.pick",
                            "main.total[...]",
                            "main.(*box).set",
                            "main.box*.get"),
                    program.what());
        }
    }

    @Test
    @Tag("kernel")
    void whatTheCompilerMadeToCallAnotherIsTracedLikeThat() throws Exception {
        PureBpf.requireKernel();
        for (GoProgram program : PROGRAMS) {
            List<String> lines = trace(program.path(), "main.point.area", "main.(*point).area");
            // What old compilers do not say of the receiver is its type. Go's memory begins at
            // 0xc000000000, on aarch64 at 0x4000000000.
            String receiver = program.minor() < 20 ? "0x[c4]0\\w{8}" : "p=&\\{x: 2, y: 3\\}";
            for (int i = 0; i < 4; i += 2) {
                assertEquals("g1 main.point.area(p={x: 2, y: 3}, k=3) = 18", lines.get(i));
                assertTrue(
                        lines.get(i + 1)
                                .matches(
                                        "g1 main\\.\\(\\*point\\)\\.area\\("
                                                + receiver
                                                + ", k=3\\) = 18"),
                        program.what() + ": " + lines);
            }
            assertEquals("g1 main.point.area(p={x: 5, y: 6}, k=9) = 270", lines.get(4));
            assertEquals(5, lines.size(), lines::toString);
        }
    }

    @Test
    @Tag("kernel")
    void aFunctionThatIsNothingButItsReturnBeginsBeforeItEnds() throws Exception {
        PureBpf.requireKernel();
        for (GoProgram program : PROGRAMS) {
            assertEquals(
                    List.of(
                            "g1 main.same(v=7) = 7",
                            "g1 main.nothing(s=\"at all\") = ()",
                            "g1 main.fail(typed=true) = *main.failure(nil)",
                            "g1 main.fail(typed=false) = nil"),
                    trace(program.path(), "main.same", "main.nothing", "main.fail"),
                    program.what());
        }
    }

    /** All of them on the stack, and the goroutine's own register is used for something else. */
    @Test
    @Tag("kernel")
    void assemblyIsTracedAsDeclared() throws Exception {
        PureBpf.requireKernel();
        for (GoProgram program : PROGRAMS) {
            assertEquals(
                    List.of("g1 main.assembled(a=20, b=22) = 42"),
                    trace(
                            program.path(),
                            "--args",
                            "a int32, b int64",
                            "--results",
                            "int64",
                            "main.assembled"),
                    program.what());
            Path file = folder.resolve("undeclared.txt");
            Run run =
                    PureBpf.runHere(
                            "go",
                            "-o",
                            file.toString(),
                            "main.assembled",
                            "--",
                            program.path().toString());
            assertEquals(1, run.errLines().size(), run.err());
            assertTrue(run.err().contains("main.assembled takes is not shown: it is written in"));
            assertTrue(Files.readString(file).endsWith(" g1 main.assembled(?)\n"));
        }
    }

    /** What is listed is what the source has. */
    @Test
    void theListTellsWhatIsIncomplete() throws Exception {
        for (GoProgram program : PROGRAMS) {
            Run run =
                    PureBpf.runHere(
                            "go",
                            "--list",
                            program.path().toString(),
                            "main.total",
                            "main.box.get",
                            "main.assembled",
                            "main.same");
            assertEquals(
                    List.of(
                            "main.assembled()  (incomplete)",
                            "main.box[go.shape.string].get(b main.box[go.shape.string])"
                                    + " go.shape.string",
                            "main.same(v int) int",
                            "main.total[go.shape.int](values []go.shape.int) (sum go.shape.int)"),
                    run.outLines().stream()
                            .map(line -> line.replaceAll("(go\\.shape\\.\\w+?)_0\\b", "$1"))
                            .toList(),
                    program.what());
        }
    }

    /**
     * The computed places take as many bytes as Go's own table says, for whole programs: of the
     * newest compiler's for all functions but those in assembly.
     */
    @Test
    void howFunctionsAreCalledAgreesWithGosTable() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            Path program = go.build(folder, GoPrograms.architecture(), GoPrograms.source("shapes"));
            Run run = PureBpf.runHere("go", "--list", program.toString());
            long incomplete =
                    run.outLines().stream()
                            .filter(line -> line.endsWith("  (incomplete)"))
                            .filter(line -> !line.contains("()"))
                            .count();
            int limit = go.minor() < 20 ? run.outLines().size() / 50 : 0;
            assertTrue(run.outLines().size() > 1000, run.err());
            assertTrue(incomplete <= limit, () -> go + ": " + run.out());
        }
    }
}
