package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.go.GoPrograms.GoProgram;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What {@code purebpf go} shows of Go programs is what they say themselves. */
@Tag("kernel")
class GoTest {
    /** All functions of {@code shapes.go} that say what they get. */
    private static final List<String> SAID =
            List.of(
                    "main.numbers",
                    "main.texts",
                    "main.*lices",
                    "main.arrays",
                    "main.structs",
                    "main.pointers",
                    "main.interfaces",
                    "main.references",
                    "main.spilled",
                    "main.floats",
                    "main.pair.byValue",
                    "main.(?pair).byPointer",
                    "main.deep");

    /** Those that say what they give. */
    private static final List<String> GIVEN =
            List.of(
                    "--returns",
                    "main.giveNumbers",
                    "main.giveText",
                    "main.giveMany",
                    "main.giveSpilled",
                    "main.giveNothing",
                    "main.giveEarly",
                    "main.giveRecovered",
                    "main.giveDeep",
                    "main.giveUp");

    /** Loaded anywhere. */
    private static final String PIE = "-buildmode=pie";

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    @Test
    void argumentsAndResultsOfAllShapesAreShownAsTheProgramSaysThem() throws Exception {
        for (GoProgram program :
                GoPrograms.build("shapes", folder, GoPrograms.NO_OPTION, "-gcflags=-N -l", PIE)) {
            String what = program.what();
            compare(what, trace(program.path(), SAID), line -> !line.contains(" main.give"));
            compare(what, trace(program.path(), GIVEN), line -> line.contains(" main.give"));
        }
    }

    @Test
    void ofAStrippedProgramArgumentsAreShownAsDeclared() throws Exception {
        for (GoProgram program : GoPrograms.build("shapes", folder, GoPrograms.STRIPPED)) {
            String declared = "a, b, c, d, e, f, g, h int, i string, j, k int";
            compare(
                    program.what(),
                    trace(program.path(), List.of("--args", declared, "main.spilled")),
                    line -> line.contains("main.spilled("));
            compare(
                    program.what(),
                    trace(
                            program.path(),
                            List.of(
                                    "--returns",
                                    "--args",
                                    "a int8",
                                    "--results",
                                    "x [2]int8, y struct{a,b,c,d,e,f,g,h,i,j int}, z string",
                                    "main.giveSpilled")),
                    line -> line.contains("main.giveSpilled("));
        }
    }

    @Test
    void withoutTypesItIsSaidWhyNothingIsShown() throws Exception {
        Path program = GoPrograms.build("shapes", folder, GoPrograms.STRIPPED).getLast().path();
        Path trace = folder.resolve("untyped.txt");
        Run run =
                PureBpf.runHere(
                        "go",
                        "-o",
                        trace.toString(),
                        "main.giveEarly",
                        "--",
                        program.toString(),
                        "/dev/null");
        assertEquals(
                List.of(
                        "purebpf: What main.giveEarly takes is not shown: the program is stripped"
                            + " of its debugging information: declare what the function takes, as"
                            + " in --args 'x int, y string'."),
                run.errLines());
        assertEquals(3, Files.readAllLines(trace).size());
        assertTrue(Files.readString(trace).contains(" g1 main.giveEarly(?)\n"));
    }

    /** Before 1.17 each thread keeps it in memory, among what C keeps there. */
    @Test
    void goroutinesOfProgramsWithCAreTold() throws Exception {
        for (String version : GoPrograms.VERSIONS) {
            GoProgram program = GoPrograms.of(version, "threads", folder);
            assertGoroutinesAreTold(program);
            // Since 1.26 nothing is known of these.
            if (program.minor() < 26) {
                assertGoroutinesAreTold(
                        GoPrograms.of(version, "threads", folder, PIE, GoPrograms.STRIPPED),
                        "--args",
                        "a int",
                        "--results",
                        "int");
            }
        }
    }

    private static void assertGoroutinesAreTold(GoProgram program, String... options)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(options));
        words.add("main.work");
        Traced traced = trace(program.path(), words);
        List<String> said =
                traced.said().stream()
                        .filter(line -> line.startsWith("goroutine "))
                        .map(line -> line.replaceFirst("goroutine (\\d+) .*", "g$1"))
                        .toList();
        assertEquals(8, said.size(), program.what());
        assertEquals(
                said,
                traced.shown().stream().map(line -> line.replaceFirst(" .*", "")).toList(),
                program.what());
    }

    /** Where a library's goroutines are kept is decided when it is loaded, before 1.17. */
    @Test
    void aLibraryInAnotherProgramIsTraced() throws Exception {
        String host = CompiledProgram.compile(GoTest.class, "loads", folder, "-ldl");
        for (String version : GoPrograms.VERSIONS) {
            Path library = GoPrograms.of(version, "library", folder, "-buildmode=c-shared").path();
            Path file = folder.resolve("library" + version + ".txt");
            String[] words = {
                "go", "--returns", "-o", file + "", library + "", "main.double", "main.Twice"
            };
            try (Running tracer = PureBpf.start(List.of(), words)) {
                // Until it is seen: the first may run before anything is attached.
                Waiting.until(
                        () -> {
                            call(host, library);
                            return file.toFile().length() > 0;
                        });
                // All of this one is seen.
                call(host, library);
                tracer.process().toHandle().destroy();
                Run run = tracer.end();
                assertEquals("", run.err(), version);
            }
            List<String> lines =
                    Files.readAllLines(file).stream()
                            .map(line -> line.replaceFirst(" <\\d+\\.\\d{9}>$", ""))
                            .map(line -> line.replaceFirst("^.* g\\d+ ", ""))
                            .toList();
            assertEquals(
                    List.of(
                            "main.double(v=1) = (2, \"doubled\")",
                            "main.Twice(v=1) = 2",
                            "main.double(v=2) = (4, \"doubled\")",
                            "main.Twice(v=2) = 4"),
                    lines.subList(lines.size() - 4, lines.size()),
                    version);
        }
    }

    private static void call(String host, Path library) {
        try (Running running =
                PureBpf.startProcess(List.of(host, library.toString(), "Twice", "2"))) {
            assertEquals(0, running.end().exitCode());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void jsonHasTypesAndPlaces() throws Exception {
        Path program = GoPrograms.build("shapes", folder, PIE).getLast().path();
        Path trace = folder.resolve("trace.json");
        Run run =
                PureBpf.runHere(
                        "go",
                        "--output",
                        "json",
                        "-o",
                        trace.toString(),
                        "main.texts",
                        "main.interfaces",
                        "--",
                        program.toString(),
                        "/dev/null");
        assertEquals(0, run.exitCode(), run.err());
        List<String> lines = Files.readAllLines(trace);
        assertEquals(6, lines.size(), lines.toString());
        lines.forEach(Json::object);
        boolean amd64 = GoPrograms.architecture().equals("amd64");
        String places = amd64 ? "[\"rcx\",\"rdi\"]" : "[\"x2\",\"x3\"]";
        String cut = "\"type\":\"string\",\"places\":" + places + ",\"value\":\"long long ";
        assertTrue(lines.getFirst().contains(cut), lines.getFirst());
        assertTrue(lines.getFirst().contains("lon\",\"cut\":true}"), lines.getFirst());
        assertTrue(
                lines.get(2)
                        .contains(
                                "\"value\":{\"type\":\"*errors.errorString\",\"value\":\"no"
                                        + " luck\"}"),
                lines.get(2));
    }

    /** What was shown, and what the program said. */
    private record Traced(List<String> shown, List<String> said) {}

    private static Traced trace(Path program, List<String> words) throws IOException {
        Path trace = folder.resolve("trace.txt");
        Path said = folder.resolve("said.txt");
        List<String> all = new ArrayList<>(List.of("go", "-o", trace.toString()));
        all.addAll(words);
        all.addAll(List.of("--", program.toString(), said.toString()));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        List<String> shown =
                Files.readAllLines(trace).stream()
                        .map(
                                line ->
                                        line.replaceFirst("^\\S+ traced (\\d+)/\\d+ ", "")
                                                .replaceFirst(" <\\d+\\.\\d{9}>$", ""))
                        .toList();
        return new Traced(shown, Files.readAllLines(said));
    }

    private static void compare(String what, Traced traced, Predicate<String> wanted) {
        List<String> said = new ArrayList<>(traced.said().stream().filter(wanted).toList());
        if (said.getLast().contains("giveDeep")) {
            // What is left by a panic cannot say what it gives.
            said.add(said.getLast().replaceFirst("main.*", "main.giveUp(a=5) = ?"));
        }
        assertEquals(String.join("\n", said), String.join("\n", traced.shown()), what);
    }
}
