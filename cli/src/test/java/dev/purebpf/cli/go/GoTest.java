package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.go.GoPrograms.GoProgram;

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

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    @Test
    void argumentsAndResultsOfAllShapesAreShownAsTheProgramSaysThem() throws Exception {
        for (GoProgram program :
                GoPrograms.build("shapes", folder, "-gcflags=", "-gcflags=-N -l")) {
            String what = program.what();
            compare(what, trace(program.path(), SAID), line -> !line.contains(" main.give"));
            compare(what, trace(program.path(), GIVEN), line -> line.contains(" main.give"));
        }
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
