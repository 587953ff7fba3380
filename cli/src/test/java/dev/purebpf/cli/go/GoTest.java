package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.fixtures.GoToolchain;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    @Test
    void argumentsOfAllShapesAreShownAsTheProgramSaysThem() throws Exception {
        String source = source("shapes");
        for (GoToolchain go : GoToolchain.all()) {
            for (String options : List.of("-gcflags=", "-gcflags=-N -l")) {
                compare(go + " " + options, go.build(folder, "amd64", source, options));
            }
        }
    }

    private static void compare(String what, Path program) throws IOException {
        Path trace = folder.resolve("trace.txt");
        Path said = folder.resolve("said.txt");
        List<String> words = new ArrayList<>(List.of("go", "-o", trace.toString()));
        words.addAll(SAID);
        words.addAll(List.of("--", program.toString(), said.toString()));
        Run run = PureBpf.runHere(words.toArray(String[]::new));
        assertEquals(0, run.exitCode(), what + ": " + run.err());
        assertEquals("", run.err(), what);
        List<String> shown =
                Files.readAllLines(trace).stream()
                        .map(line -> line.replaceFirst("^\\S+ traced (\\d+)/\\d+ ", ""))
                        .toList();
        assertEquals(String.join("\n", Files.readAllLines(said)), String.join("\n", shown), what);
    }

    private static String source(String name) throws IOException {
        try (InputStream in = GoTest.class.getResourceAsStream(name + ".go")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
