package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.go.GoPrograms.GoProgram;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Processes go on as if they were not traced, and nothing is left of the tracing. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class GoProcessTest {
    private static final int ROUNDS = 16;

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    /** Garbage is collected and stacks grow in between; no call is missed, and none twice. */
    @Test
    void allReturnsOfAProgramUnderLoadAreShown() throws Exception {
        for (GoProgram program : GoPrograms.build("load", folder, GoPrograms.NO_OPTION)) {
            Path file = folder.resolve("rounds.json");
            Run run =
                    PureBpf.runHere(
                            "go",
                            "--returns",
                            "--output",
                            "json",
                            "-o",
                            file.toString(),
                            "main.guarded",
                            "main.work",
                            "--",
                            program.path().toString(),
                            Integer.toString(ROUNDS));
            assertEquals(0, run.exitCode(), program.what() + ": " + run.err());
            assertEquals("", run.err(), program.what());
            List<String> lines = Files.readAllLines(file);
            GoLoadTest.checked(lines, program.what());
            for (String function : List.of("main.work", "main.guarded")) {
                assertEquals(
                        4 * ROUNDS,
                        lines.stream().filter(line -> line.contains('"' + function + '"')).count(),
                        program.what());
            }
            assertNotOpen(program.path());
        }
    }

    /** Memory that is not there yet is waited for, where the kernel lets a program wait. */
    @Test
    void aTextThatNobodyHasReadYetIsShown() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "here");
        boolean mayWait = Kernel.host().features().has(Feature.UPROBE_MULTI);
        for (GoProgram program : GoPrograms.build("load", folder, GoPrograms.NO_OPTION)) {
            Path file = folder.resolve("absent.json");
            Run run =
                    PureBpf.runHere(
                            "go",
                            "--output",
                            "json",
                            "-o",
                            file.toString(),
                            "main.absent",
                            "--",
                            program.path().toString(),
                            "absent",
                            text.toString());
            assertEquals(0, run.exitCode(), program.what() + ": " + run.err());
            String line = Files.readString(file);
            List<?> arguments = (List<?>) Json.object(line).get("arguments");
            Object value = ((Map<?, ?>) arguments.getFirst()).get("value");
            assertEquals(mayWait ? "here" : null, value, program.what() + ": " + line);
        }
    }

    /** As in the sandbox of a service: there is no path from here to the program's file. */
    @Test
    void aProcessInAChrootInItsOwnMountNamespaceIsTraced() throws Exception {
        assumeTrue(BinaryPath.find(Kernel.host(), "unshare").isPresent(), "needs unshare");
        GoProgram program = GoPrograms.build("load", folder, "-gcflags=").getLast();
        Path root = Files.createDirectory(folder.resolve("root"));
        Path file = folder.resolve("chroot.json");
        String become =
                "mount -t tmpfs none \"$0\" && mkdir \"$0/jail\" && cp \"$1\" \"$0/jail/go\""
                        + " && exec chroot \"$0/jail\" /go 1 later";
        List<String> words =
                List.of(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        become,
                        root.toString(),
                        program.path().toString());
        try (Running target = PureBpf.startProcess(words)) {
            Waiting.until(
                    () ->
                            target.process()
                                    .info()
                                    .command()
                                    .filter(command -> command.endsWith("jail/go"))
                                    .isPresent());
            var traced =
                    CompletableFuture.runAsync(
                            () -> {
                                Waiting.until(GoProcessTest::isAttached);
                                endInput(target);
                            });
            Run run =
                    PureBpf.runHere(
                            "go",
                            "--output",
                            "json",
                            "-o",
                            file.toString(),
                            "-p",
                            Long.toString(target.process().pid()),
                            "main.work");
            assertEquals(0, run.exitCode(), run.err());
            assertEquals("", run.err());
            traced.join();
            assertEquals(0, target.end().exitCode());
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(4, lines.size(), lines::toString);
        lines.forEach(line -> assertEquals("main.work", Json.object(line).get("function"), line));
        assertFalse(Files.exists(root.resolve("jail")));
    }

    /** Where an instruction is a breakpoint already, the kernel puts none. */
    @Test
    void whenOneOfSeveralPlacesIsRefusedNothingIsLeft() throws Exception {
        GoProgram program = GoPrograms.build("load", folder, GoPrograms.NO_OPTION).getLast();
        GoCode work = GoCode.of(program.path(), "main.work");
        try (Running target =
                PureBpf.startProcess(List.of(program.path().toString(), "1", "later"))) {
            long pid = target.process().pid();
            Run run =
                    PureBpf.runHere(
                            "go", "-p", Long.toString(pid), "main.work", "runtime.breakpoint");
            assertEquals(1, run.exitCode());
            assertEquals(1, run.errLines().size(), run.err());
            assertTrue(run.err().contains("the kernel cannot probe the instruction"), run.err());
            assertTrue(work.isUntouched(pid));
            assertNotOpen(program.path());
            target.process().getOutputStream().close();
            assertEquals(0, target.end().exitCode());
        }
    }

    /** What sees that processes exit is attached last, when all probes have their programs. */
    private static boolean isAttached() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
            for (Path descriptor : all) {
                if (Files.readString(descriptor).contains("tp_name:\tsched_process_exit")) {
                    return true;
                }
            }
        } catch (IOException e) {
            // One of them was closed in the meantime.
            return false;
        }
        return false;
    }

    private static void endInput(Running target) {
        try {
            target.process().getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertNotOpen(Path program) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : all) {
                // That of the folder itself is gone before it can be asked.
                if (Files.isSymbolicLink(descriptor)) {
                    assertTrue(!Files.readSymbolicLink(descriptor).equals(program));
                }
            }
        }
        String mappings = Files.readString(Path.of("/proc/self/maps"));
        assertTrue(!mappings.contains(program.toString()), program::toString);
    }
}
