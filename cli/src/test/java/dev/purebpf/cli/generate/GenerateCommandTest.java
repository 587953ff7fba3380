package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.OrdinaryUser;
import dev.purebpf.cli.PureBpf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The command from outside: the files that it writes, and what it refuses. */
class GenerateCommandTest {
    private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

    /** Every fixture with types of its own. */
    private static final List<String> FIXTURES =
            List.of(
                    "arena",
                    "core",
                    "events_perf",
                    "events_ring",
                    "globals",
                    "kinds",
                    "layout",
                    "linking",
                    "maps",
                    "shapes",
                    "structops",
                    "subprograms",
                    "tagged",
                    "typed");

    @TempDir Path folder;

    private Path fixture(String name) throws IOException {
        Path file = folder.resolve(name + ".bpf.o");
        if (!Files.exists(file)) {
            String resource = "/fixtures/" + name + ".bpf.o";
            try (InputStream in = GenerateCommandTest.class.getResourceAsStream(resource)) {
                assertNotNull(in, resource);
                Files.copy(in, file);
            }
        }
        return file;
    }

    private static PureBpf.Run generate(Object... words) {
        return command(Stream.concat(Stream.of("java"), Stream.of(words)));
    }

    private static PureBpf.Run command(Stream<Object> words) {
        return PureBpf.runHere(
                Stream.concat(Stream.of("generate"), words.map(Object::toString))
                        .toArray(String[]::new));
    }

    private static void assertDone(PureBpf.Run run) {
        assertEquals("", run.err());
        assertEquals("", run.out());
        assertEquals(0, run.exitCode());
    }

    private static void assertFailed(String because, PureBpf.Run run) {
        assertEquals("purebpf: " + because + "\n", run.err());
        assertEquals(1, run.exitCode());
    }

    /** After a change of the generator: run the command over the two files, and read the change. */
    @ParameterizedTest
    @CsvSource({
        "shapes, dev.purebpf.cli.generate, cli, Shapes",
        "globals, dev.purebpf.probe.example, probes, Globals"
    })
    void theSourceIsTheSameByteForByte(
            String object, String packageName, String module, String className) throws IOException {
        Path output = folder.resolve("out");
        assertDone(generate(fixture(object), "--package", packageName, "--output", output));
        String file = packageName.replace('.', '/') + "/" + className + ".java";
        assertEquals(
                Files.readString(REPOSITORY.resolve(module).resolve("src/test/java").resolve(file)),
                Files.readString(output.resolve(file)));
    }

    @Test
    void everySourceCompilesWithoutAWarningAndHasTheFormatOfThisProject()
            throws IOException, InterruptedException {
        List<Path> sources = new ArrayList<>();
        for (String object : FIXTURES) {
            assertDone(generate(fixture(object), "--package", "p.q", "--output", folder));
        }
        try (Stream<Path> files = Files.list(folder.resolve("p/q"))) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
        }
        assertEquals(FIXTURES.size(), sources.size());
        assertEquals("", Javac.complaints(sources, folder.resolve("classes")));

        Path formatter = REPOSITORY.resolve("target/tools/google-java-format.jar");
        assumeTrue(Files.exists(formatter), "needs the formatter, which a build of all fetches");
        List<String> words =
                new ArrayList<>(
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:TieredStopAtLevel=1",
                                "-jar",
                                formatter.toString(),
                                "--aosp",
                                "--dry-run"));
        sources.forEach(source -> words.add(source.toString()));
        try (var running = PureBpf.startProcess(words)) {
            assertEquals("", running.end().out());
        }
    }

    @Test
    void theClassFindsTheObjectBesideIt() throws Exception {
        Path output = folder.resolve("java");
        Path resources = folder.resolve("resources");
        assertDone(
                generate(
                        fixture("globals"),
                        "--package",
                        "p",
                        "--class",
                        "Data",
                        "--output",
                        output,
                        "--resources",
                        resources));
        assertEquals("", Javac.complaints(List.of(output.resolve("p/Data.java")), resources));
        try (var loader = new URLClassLoader(new URL[] {resources.toUri().toURL()})) {
            Object spec = loader.loadClass("p.Data").getMethod("open").invoke(null);
            Object object = spec.getClass().getMethod("object").invoke(spec);
            assertTrue(object.toString().startsWith("BpfObject[globals, "), object.toString());
        }
    }

    @Test
    void aStructThatNothingButAFunctionMentionsIsAskedFor() throws IOException {
        Path object = fixture("events_ring");
        assertDone(generate(object, "--package", "p", "--type", "request", "--output", folder));
        String source = Files.readString(folder.resolve("p/EventsRing.java"));
        assertTrue(source.contains("record Request(int count, int discarded, int flags,"), source);
        assertFailed(
                "events_ring.bpf.o has no type requests. Compilers leave out what no map, global"
                        + " variable or function mentions: declare \"struct event *unused_event"
                        + " __attribute__((unused));\" for a struct event.",
                generate(object, "--package", "p", "--type", "requests", "--output", folder));
    }

    @Test
    void whatWasGeneratedIsReplacedAndNothingElse() throws IOException {
        Path object = fixture("globals");
        Path source = folder.resolve("p/Globals.java");
        assertDone(generate(object, "--package", "p", "--output", folder));
        String whole = Files.readString(source);
        Files.writeString(source, ObjectSource.MARK + " from an older object");
        assertDone(generate(object, "--package", "p", "--output", folder));
        assertEquals(whole, Files.readString(source));

        Files.writeString(source, "my own work");
        assertFailed(
                source
                        + " is there and was not generated: move it away, or choose another"
                        + " --class",
                generate(object, "--package", "p", "--output", folder));
        assertEquals("my own work", Files.readString(source));

        Path copy = folder.resolve("p/globals.bpf.o");
        Files.writeString(copy, "my notes");
        assertFailed(
                copy + " is there and no object: move it away, or choose another --resources",
                generate(object, "--package", "p", "--class", "New", "--output", folder));
        assertEquals("my notes", Files.readString(copy));
        assertFalse(Files.exists(folder.resolve("p/New.java")));
    }

    @Test
    void anObjectThatLiesWhereItsCopyGoesStays() throws IOException {
        Path object = fixture("globals");
        Path there = Files.createDirectories(folder.resolve("p")).resolve("globals.bpf.o");
        Files.copy(object, there);
        assertDone(generate(there, "--package", "p", "--output", folder));
        assertEquals(-1, Files.mismatch(object, there));
    }

    @Test
    void aFolderThatCannotBeWrittenIsSaidInOneSentence() throws Exception {
        Path object = fixture("globals");
        Path file = Files.writeString(folder.resolve("file"), "");
        PureBpf.Run run = generate(object, "--package", "p", "--output", file);
        assertEquals(1, run.exitCode());
        assertEquals(1, run.errLines().size(), run.err());
        assertTrue(
                run.err().startsWith("purebpf: " + file + "/p/Globals.java cannot be written: "),
                run.err());
    }

    @Test
    void aFolderOfSomebodyElseIsRefused() throws Exception {
        Path object = fixture("globals");
        try (OrdinaryUser nobody = OrdinaryUser.create()) {
            PureBpf.Run run =
                    nobody.run(
                            "generate",
                            "java",
                            nobody.copyOf(object).toString(),
                            "--package",
                            "p",
                            "--output",
                            "/usr");
            assertFailed("/usr/p/Globals.java cannot be written: permission denied", run);
        }
    }

    @Test
    void whatIsNoObjectIsRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("text.bpf.o"), "no ELF file");
        PureBpf.Run run = generate(text, "--package", "p", "--output", folder);
        assertEquals(1, run.exitCode());
        assertEquals(1, run.errLines().size(), run.err());
        assertFailed(
                folder.resolve("none.o") + ": there is no such file",
                generate(folder.resolve("none.o"), "--package", "p"));
        assertFailed(folder + ": is a directory", generate(folder, "--package", "p"));
        Path big = folder.resolve("big.bpf.o");
        String resource = "/fixtures/big-endian/globals.bpf.o";
        try (InputStream in = GenerateCommandTest.class.getResourceAsStream(resource)) {
            Files.copy(in, big);
        }
        assertFailed(
                "big.bpf.o is for big-endian machines, whose layouts are others: generate the class"
                        + " from the object that clang -target bpfel makes",
                generate(big, "--package", "p", "--output", folder));
        assertFalse(Files.exists(folder.resolve("p")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a..b", "a.1b", "a.class", "a b", "a/b", "../a", "a.", "var.a"})
    void aPackageThatJavaCannotHaveIsWrongUsage(String name) throws IOException {
        PureBpf.Run run = generate(fixture("globals"), "--package", name);
        assertEquals(2, run.exitCode());
        assertEquals(
                "purebpf generate: --package wants a name such as com.example.counts, not '"
                        + name
                        + "'\nSee purebpf generate --help.\n",
                run.err());
    }

    @Test
    void wrongUsageIsSaid() throws IOException {
        Path object = fixture("globals");
        for (PureBpf.Run run :
                List.of(
                        generate(),
                        generate("--package", "p"),
                        generate(object),
                        generate(object, object, "--package", "p"),
                        generate(object, "--package", "p", "--class", "a.B"),
                        generate(object, "--package", "p", "--class", "record"),
                        generate(object, "--package", "p", "--nonsense"))) {
            assertEquals(2, run.exitCode(), run.err());
            assertEquals(2, run.errLines().size(), run.err());
        }
        for (String what : List.of("python", object.toString())) {
            PureBpf.Run run = command(Stream.of(what, object, "--package", "p"));
            assertEquals(2, run.exitCode(), run.err());
            assertEquals(
                    "purebpf generate: what to generate comes first, and is java or vmlinux.h, not "
                            + what,
                    run.errLines().getFirst());
        }
        PureBpf.Run help = generate("--help");
        assertEquals(0, help.exitCode());
        assertTrue(help.out().contains("purebpf generate java counts.bpf.o --package"), help.out());
        assertTrue(help.outLines().stream().allMatch(line -> line.length() <= 90), help.out());
    }
}
