package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.go.GoCall;
import dev.purebpf.kernel.Architecture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Probes on the instructions by which functions of a Go program return, while its goroutines'
 * stacks are moved and its heap is collected.
 */
@Tag("kernel")
@Timeout(120)
class GoExitsTest {
    private static final int CALLS = 3000;

    /** Where they are made again and again. */
    private static final int FEWER_CALLS = 600;

    /** Where {@code struct pt_regs} has the registers that may be the first. */
    private static final Map<String, Long> REGISTERS =
            switch (Architecture.host()) {
                case X86_64 -> Map.of("rbx", 40L, "rax", 80L, "rcx", 88L, "rsi", 104L, "rdi", 112L);
                case AARCH64 -> Map.of("x0", 0L, "x1", 8L, "x2", 16L, "x3", 24L, "x4", 32L);
            };

    @TempDir Path folder;
    private long openBefore;

    @BeforeEach
    void needsKernel() throws IOException {
        openBefore = LiveProbes.begin();
    }

    @AfterEach
    void leavesNothingBehind() throws IOException {
        assertEquals(openBefore, LiveProbes.openDescriptors());
        assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void eachCallThatReturnsDoesSoOnceWithTheResultsThatItSays(String version) throws Exception {
        Path program = GoProgram.compile(version, folder);
        List<GoProgram.Places> places = GoProgram.places(program);
        List<Link> links = new ArrayList<>();
        try (GoProgram running = GoProgram.start(program);
                LoadedObject bpf = load(running.pid(), places.getFirst())) {
            attach(bpf, program, running.pid(), places, links);
            running.begin(0, CALLS);
            List<GoProgram.Call> calls = running.calls(CALLS);
            links.forEach(Link::close);
            long[] entered = bpf.variable("entered").get(long[].class);
            long[] left = bpf.variable("left").get(long[].class);
            long[] results = bpf.variable("results").get(long[].class);
            int returned = 0;
            for (GoProgram.Call call : calls) {
                int number = call.number();
                // A function whose stack is too small begins again when it has a larger one.
                assertTrue(entered[number] >= 1, () -> call + " entered " + entered[number]);
                assertEquals(call.isReturn() ? 1 : 0, left[number], call::toString);
                assertEquals(call.result(), results[number], call::toString);
                returned += call.isReturn() ? 1 : 0;
            }
            assertEquals(0, bpf.variable("strange").getLong());
            assertTrue(returned > CALLS / 2 && returned < CALLS, returned + " returned");
        }
        assertTrue(links.size() > 2 * GoProgram.FUNCTIONS.size(), links::toString);
    }

    @Test
    void aFunctionOfAStrippedProgramIsFoundByName() throws Exception {
        List<GoProgram.Places> places = GoProgram.places(GoProgram.compile("1.27", folder));
        Path stripped = GoProgram.compile("1.27", folder, "-ldflags=-s -w");
        try (GoProgram running = GoProgram.start(stripped);
                LoadedObject bpf = load(running.pid(), places.getFirst());
                Link link =
                        Uprobe.of(stripped.toString(), "main.early")
                                .inProcess(running.pid())
                                .attach(bpf.program("at_begin"))) {
            assertTrue(link.isAttached());
            int functions = GoProgram.FUNCTIONS.size();
            running.begin(0, functions);
            running.calls(functions);
            long[] entered = bpf.variable("entered").get(long[].class);
            assertTrue(entered[0] >= 1, () -> entered[0] + " times");
            for (int number = 1; number < functions; number++) {
                assertEquals(0, entered[number], "another function");
            }
        }
    }

    @Test
    void aProgramUnderLoadDoesNotNoticeThatProbesComeAndGo() throws Exception {
        Path program = GoProgram.compile("1.27", folder);
        List<GoProgram.Places> places = GoProgram.places(program);
        try (GoProgram running = GoProgram.start(program);
                LoadedObject bpf = load(running.pid(), places.getFirst())) {
            running.begin(0, FEWER_CALLS);
            List<GoProgram.Call> untraced = running.calls(FEWER_CALLS);
            for (int round = 0; round < 3; round++) {
                running.begin(0, FEWER_CALLS);
                List<Link> links = new ArrayList<>();
                attach(bpf, program, running.pid(), places, links);
                links.forEach(Link::close);
                assertEquals(untraced, running.calls(FEWER_CALLS));
            }
        }
    }

    @Test
    void aProgramUnderLoadDoesNotNoticeThatItsTracerIsKilled() throws Exception {
        Path program = GoProgram.compile("1.27", folder);
        try (GoProgram running = GoProgram.start(program)) {
            running.begin(0, FEWER_CALLS);
            List<GoProgram.Call> untraced = running.calls(FEWER_CALLS);
            for (int round = 0; round < 3; round++) {
                Process tracer =
                        new ProcessBuilder(
                                        System.getProperty("java.home") + "/bin/java",
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        GoExitsTest.class.getName(),
                                        program.toString(),
                                        Integer.toString(running.pid()))
                                .redirectError(ProcessBuilder.Redirect.INHERIT)
                                .start();
                try {
                    while (tracer.getInputStream().available() == 0) {
                        running.begin(0, FEWER_CALLS);
                        assertEquals(untraced, running.calls(FEWER_CALLS));
                        assertTrue(tracer.isAlive());
                    }
                    running.begin(0, FEWER_CALLS);
                    assertTrue(Integer.parseInt(tracer.inputReader().readLine()) > 0);
                } finally {
                    tracer.destroyForcibly();
                }
                assertEquals(untraced, running.calls(FEWER_CALLS));
                assertEquals(128 + 9, tracer.waitFor());
                running.begin(0, FEWER_CALLS);
                assertEquals(untraced, running.calls(FEWER_CALLS));
            }
        }
    }

    /**
     * Traces until it is killed, or its standard input ends.
     *
     * @param arguments the program and the process that runs it
     * @throws IOException if the program cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        Path program = Path.of(arguments[0]);
        int pid = Integer.parseInt(arguments[1]);
        List<GoProgram.Places> places = GoProgram.places(program);
        List<Link> links = new ArrayList<>();
        try (LoadedObject bpf = load(pid, places.getFirst())) {
            attach(bpf, program, pid, places, links);
            System.out.println(links.size());
            System.in.read();
        }
    }

    private static LoadedObject load(int pid, GoProgram.Places places) throws IOException {
        GoCall.Part number = places.call().parameters().getFirst().getFirst();
        GoCall.Part first = places.call().results().getFirst().getFirst();
        GoCall.Part second = places.call().results().getLast().getFirst();
        return LiveProbes.open("exits")
                .set("target_pid", pid)
                .set("on_stack", number.place() == GoCall.Place.STACK)
                .set("number_at", place(number, places))
                .set("first_at", place(first, places))
                .set("second_at", place(second, places))
                .load();
    }

    private static long place(GoCall.Part part, GoProgram.Places places) {
        return part.place() == GoCall.Place.STACK
                ? part.number()
                : REGISTERS.get(places.abi().register(part));
    }

    private static void attach(
            LoadedObject bpf,
            Path program,
            int pid,
            List<GoProgram.Places> places,
            List<Link> links) {
        for (GoProgram.Places function : places) {
            Uprobe begin = Uprobe.ofOffset(program.toString(), function.begin()).inProcess(pid);
            links.add(begin.attach(bpf.program("at_begin")));
            for (long exit : function.exits()) {
                Uprobe at = Uprobe.ofOffset(program.toString(), exit).inProcess(pid);
                links.add(at.attach(bpf.program("at_exit")));
            }
        }
    }
}
