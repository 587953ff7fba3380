package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.OrdinaryUser;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.SeparateDebug;
import dev.purebpf.fixtures.GoToolchain;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What {@code purebpf go} says of programs without tracing them. */
class GoCommandTest {
    private static final String SOURCE =
            """
            package main

            import ("fmt"; "os")

            type point struct { x, y int }

            func (p *point) move(dx int) { p.x += scaled(dx) }

            func scaled(v int) (w int) { return 2 * v }

            //go:noinline
            func name(p point, _ bool, more ...string) (string, error) { return more[p.x], nil }

            func main() {
                p := &point{}
                p.move(len(os.Args))
                fmt.Println(name(*p, true, os.Args...))
            }
            """;

    @TempDir static Path folder;

    private static String program;
    private static String stripped;
    private static String foreign;

    @BeforeAll
    static void compile() throws Exception {
        GoToolchain go = GoToolchain.all().getLast();
        String own = GoPrograms.architecture();
        String other = own.equals("arm64") ? "amd64" : "arm64";
        program = go.build(folder, own, SOURCE).toString();
        stripped = go.build(folder, own, SOURCE, "-ldflags=-s -w").toString();
        foreign = go.build(folder, other, SOURCE).toString();
    }

    @Test
    void functionsAreListedAsTheirSourceHasThem() {
        Run run = PureBpf.runHere("go", "--list", program, "main.*");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                List.of(
                        "main.(*point).move(p *main.point, dx int)  (inlined)",
                        "main.main()",
                        "main.name(p main.point, bool, more []string) (string, error)",
                        "main.scaled(v int) (w int)  (inlined)"),
                run.outLines());
    }

    @Test
    void debuggingInformationInAFileOfItsOwnIsReadAlike() throws Exception {
        Path split = Files.createTempDirectory(folder, "split").resolve("program");
        Files.copy(Path.of(program), split);
        SeparateDebug.split(split);
        Run expected = PureBpf.runHere("go", "--list", program, "main.*");
        Run run = PureBpf.runHere("go", "--list", split.toString(), "main.*");
        assertEquals(expected, run);
    }

    @Test
    void ofAStrippedProgramNamesAreListed() {
        Run run = PureBpf.runHere("go", "--list", stripped, "main.*");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(List.of("main.main", "main.name"), run.outLines());
        assertEquals(1, PureBpf.runHere("go", "--list", stripped, "none.*").exitCode());
    }

    private record Refusal(int exitCode, String says, List<String> words) {
        private Refusal(int exitCode, String says, String... words) {
            this(exitCode, says, Arrays.asList(words));
        }
    }

    @Test
    void whatCannotBeTracedIsToldInOneSentence() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "no program");
        text.toFile().setExecutable(true);
        for (Refusal refusal :
                List.of(
                        new Refusal(1, "did you mean main.name?", "main.nam", "--", program),
                        new Refusal(
                                1,
                                "main.scaled has no code of its own: it is inlined into main.main;",
                                "main.scaled",
                                "--",
                                program),
                        new Refusal(1, "no function of", "x.*", "--", program),
                        new Refusal(1, "/bin/true is not written in Go", "f", "--", "/bin/true"),
                        new Refusal(1, "for another architecture", "f", "--", foreign),
                        new Refusal(1, "is no program of this machine", "f", "--", text + ""),
                        new Refusal(1, "there is no program '/no/such'", "f", "--", "/no/such"),
                        new Refusal(1, "there is no program /no/such", "/no/such", "f"),
                        new Refusal(
                                1,
                                folder + " cannot be read: is no regular file",
                                folder + "",
                                "f"),
                        new Refusal(
                                1,
                                text + " is no program of this machine: offset 0x0: too short",
                                text + "",
                                "f"),
                        new Refusal(1, "there is no process 4194305", "-p", "4194305", "f"),
                        new Refusal(
                                1, "what one function takes", "--args", "int", "m*", "--", program),
                        new Refusal(
                                2,
                                "only the program's debugging information",
                                "--args",
                                "x T",
                                "f",
                                "--",
                                program),
                        new Refusal(2, "name a function", program),
                        new Refusal(2, "name a process (-p PID), a BINARY"),
                        new Refusal(2, "after -- a command is missing", "f", "--"),
                        new Refusal(2, "not both", "-p", "1", "f", "--", program),
                        new Refusal(2, "options stand before", "f", "--returns", "--", program))) {
            String[] words = new String[refusal.words().size() + 1];
            words[0] = "go";
            for (int i = 1; i < words.length; i++) {
                words[i] = refusal.words().get(i - 1);
            }
            Run run = PureBpf.runHere(words);
            assertEquals(refusal.exitCode(), run.exitCode(), refusal + ": " + run.err());
            assertTrue(run.err().contains(refusal.says()), refusal + ": " + run.err());
            assertEquals(refusal.exitCode(), run.errLines().size(), run.err());
            assertEquals("", run.out(), refusal.toString());
        }
    }

    /** Since Go 1.26 only a symbol says where the code begins that C's linker has put there. */
    @Test
    void aStrippedProgramThatTheLinkerOfCMadeIsRefused() throws Exception {
        GoToolchain go = GoToolchain.of("1.27");
        String source = SOURCE.replace("import (", "import \"C\"\nimport (");
        for (String mode : List.of("-buildmode=exe", "-buildmode=c-shared")) {
            String linked = go.buildWithC(folder, source, mode, "-ldflags=-s -w") + "";
            Run run = PureBpf.runHere("go", linked, "main.name");
            assertEquals(1, run.exitCode(), mode);
            assertEquals(
                    List.of(
                            "purebpf: "
                                    + linked
                                    + " is stripped, and was linked by a linker of C, so that"
                                    + " nothing says where Go's functions begin; keep its symbols"
                                    + " (no -ldflags=-s)"),
                    run.errLines());
        }
    }

    @Test
    void ofAProgramThatTheKernelRefusesNothingIsLeft() throws Exception {
        PureBpf.requireKernel();
        // With CAP_BPF there can be maps, without CAP_PERFMON no programs that read memory.
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--bounding-set=-perfmon,-sys_admin",
                                "--inh-caps=-all"));
        words.addAll(PureBpf.command(System.getProperty("java.class.path")));
        words.set(words.size() - 1, RefusedLoad.class.getName());
        words.add(words.size() - 1, "-Djdk.lang.Process.launchMechanism=FORK");
        words.addAll(List.of("go", "--returns", "main.name", "--", program));
        try (PureBpf.Running running = PureBpf.startProcess(words)) {
            Run run = running.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("1", run.outLines().getFirst());
            assertTrue(run.outLines().get(1).contains("CAP_PERFMON"), run.out());
            assertEquals(2, run.outLines().size(), run.out());
        }
    }

    @Test
    void anOrdinaryUserIsToldWhatIsMissing() throws Exception {
        PureBpf.requireKernel();
        try (OrdinaryUser user = OrdinaryUser.create()) {
            String own = user.copyOf(Path.of(program)).toString();
            Run run = user.run("go", "main.name", "--", own);
            assertEquals(1, run.exitCode(), run.err());
            assertTrue(run.err().contains("lacks CAP_BPF and CAP_PERFMON"), run.err());
            assertTrue(run.err().contains("run it as root"), run.err());
            assertEquals(1, run.errLines().size(), run.err());
        }
    }

    @Test
    void rootWithoutTheCapabilitiesIsToldWhichAreMissing() throws Exception {
        PureBpf.requireKernel();
        Run run =
                PureBpf.run(
                        List.of(
                                "setpriv",
                                "--bounding-set=-bpf,-perfmon,-sys_admin",
                                "--inh-caps=-all"),
                        "go",
                        "main.name",
                        "--",
                        program);
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("CAP_BPF"), run.err());
        assertEquals(1, run.errLines().size(), run.err());
    }
}
