package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.fixtures.MadePrograms;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code purebpf grpc -a}, in a machine that nobody else uses. */
@Tag("kernel")
class GrpcWholeMachineTest {
    private static final int FUNCTIONS = TransportFunction.values().length;

    /** Of what tells which processes there are. */
    private static final int OTHER_LINKS = 3;

    @TempDir Path directory;
    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void onlyInAMachineOfOurOwn() {
        assumeTrue(
                Files.exists(Path.of("/job/start")),
                "is for a virtual machine: vm-tests/run --test GrpcWholeMachineTest");
    }

    @AfterEach
    void endAll() {
        processes.forEach(Process::destroyForcibly);
    }

    /**
     * Programs of two versions of gRPC and of Go that run already, the older without debugging
     * information, and one that starts later, among processes that have nothing to do with it.
     */
    @Test
    void eachCallIsToldOfWhicheverProcessItIs() throws Exception {
        Path old = GrpcPrograms.build(directory, "bookworm");
        Process go = start(withoutGrpc(), "1", "later");
        Process other = start(Path.of("/bin/sleep"), "1000");
        Caller first = new Caller("first", old);
        Caller second =
                new Caller("second", GrpcPrograms.build(directory, "bullseye", GrpcPrograms.STRIP));
        Path trace = directory.resolve("trace.json");
        List<Caller> traced = new ArrayList<>(List.of(first));
        String refused = "";
        try (Running tracer = trace(trace)) {
            waitForProbes(tracer, 1, FUNCTIONS);
            if (Kernel.host().features().has(Feature.COOKIE)) {
                // Without debugging information a client's own status is not known.
                waitForProbes(tracer, 2, 2 * FUNCTIONS - 1);
                Caller later = new Caller("later", GrpcPrograms.hideDebug(old, directory));
                waitForProbes(tracer, 3, 3 * FUNCTIONS - 2);
                traced.addAll(List.of(second, later));
            } else {
                refused =
                        "purebpf: "
                                + second.program
                                + " and all later programs are not followed: this kernel has no"
                                + " BPF cookies (5.15), and without them only one program with"
                                + " gRPC can be looked at; trace its process: -p PID\n";
            }
            for (Caller caller : traced) {
                caller.call();
            }
            tracer.terminate();
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(refused, run.err());
            TracedCalls told = TracedCalls.of(run, trace, List.of());
            assertEquals(0, told.lostCalls());
            for (Caller caller : traced) {
                TracedCalls.assertToldAsSaid(caller.of(told), caller.said());
            }
            // And nothing of anybody else, who go on as if nothing had been.
            assertEquals(
                    traced.stream().map(Caller::pid).collect(Collectors.toSet()),
                    told.calls().stream().map(call -> call.get("pid")).collect(Collectors.toSet()));
            go.getOutputStream().close();
            assertTrue(go.waitFor(60, TimeUnit.SECONDS) && go.exitValue() == 0);
            assertTrue(other.isAlive());
        }
    }

    private static Running trace(Path trace) throws IOException {
        return PureBpf.start(List.of(), "grpc", "-a", "--output", "json", "-o", trace.toString());
    }

    /**
     * Nothing else tells when a program is looked at.
     *
     * @param programs how many are, each by a link where the kernel has links of many uprobes
     * @param functions how many they have, each by a perf event elsewhere
     */
    private static void waitForProbes(Running tracer, int programs, int functions) {
        boolean together = Kernel.host().features().has(Feature.UPROBE_MULTI);
        String kind = together ? "bpf_link" : "[perf_event]";
        int enough = together ? OTHER_LINKS + programs : functions;
        Path descriptors = Path.of("/proc/" + tracer.process().pid() + "/fd");
        Waiting.until(() -> !tracer.process().isAlive() || count(descriptors, kind) >= enough);
        assertTrue(tracer.process().isAlive(), "the tracer has ended");
    }

    private static long count(Path descriptors, String kind) {
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.filter(each -> isOf(each, "anon_inode:" + kind)).count();
        } catch (IOException e) {
            return 0; // It has ended.
        }
    }

    private static boolean isOf(Path descriptor, String kind) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals(kind);
        } catch (IOException e) {
            return false; // It was closed in the meantime.
        }
    }

    private static Path withoutGrpc() throws IOException {
        String source = GrpcPrograms.source("/dev/purebpf/cli/go/load.go");
        return MadePrograms.of(source, "-go").getFirst();
    }

    private Process start(Path program, String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.toString());
        builder.command().addAll(List.of(words));
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    /** A process that serves calls and makes them, when it may. */
    private final class Caller {
        private final Path program;
        private final Path said;
        private final Process process;

        private Caller(String name, Path program) throws IOException {
            this.program = program;
            said = directory.resolve(name + ".said");
            process = start(program, "to", said.toString(), "later", "both");
        }

        private long pid() {
            return process.pid();
        }

        /** Makes a call of each kind. */
        private void call() throws Exception {
            process.getOutputStream().close();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0);
        }

        private List<String> said() throws IOException {
            return Files.readAllLines(said);
        }

        private List<Map<String, Object>> of(TracedCalls told) {
            return told.calls().stream().filter(call -> call.get("pid").equals(pid())).toList();
        }
    }
}
