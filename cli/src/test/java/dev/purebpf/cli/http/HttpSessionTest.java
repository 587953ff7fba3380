package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.ProcessIdentity;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the tracing of a process ends that goes on. It does not depend on the kernel's version and
 * starts Java, and so has no place in the emulated machines.
 */
class HttpSessionTest {
    @TempDir static Path directory;
    private static String program;

    @BeforeAll
    static void compile() throws Exception {
        PureBpf.requireKernel();
        program = CompiledProgram.compile(HttpSessionTest.class, "exchanges", directory);
    }

    @Test
    void ctrlCEndsItCleanlyAndSaysWhatWasLost() throws Exception {
        Path file = directory.resolve("interrupted.json");
        try (Running target = PureBpf.startProcess(List.of(program, "again"));
                Running tracer = trace(target.process().pid(), file, "--buffer-size", "4K")) {
            Waiting.forLines(file, 10);
            tracer.signal("STOP");
            long before = writes(target);
            // Each exchange takes two of them, and four events of more than a hundred bytes.
            Waiting.until(() -> writes(target) > before + 40);
            tracer.signal("CONT");
            int told = Files.readAllLines(file).size();
            Waiting.forLines(file, told + 50);
            tracer.signal("INT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertEquals(1, run.errLines().size(), run.err());
            assertTrue(
                    run.err()
                            .matches(
                                    "purebpf: \\d+ reads and writes were lost, with them the"
                                        + " beginning of \\d+ requests and \\d+ answers: .*\\n"),
                    run.err());
            assertTrue(target.process().isAlive());
            ToldExchanges exchanges = ToldExchanges.read(file);
            assertTrue(exchanges.lost("lost") > 0);
            assertEquals(0, exchanges.lost("unseen"));
            Map<String, Object> first = exchanges.all().getFirst();
            assertEquals("GET test /again 200 5", ToldExchanges.line(first));
            ProcessIdentity ours =
                    ProcessIdentity.load(
                            Kernel.host(), Math.toIntExact(ProcessHandle.current().pid()));
            assertEquals(ours.cgroup(), first.get("cgroup"));
            assertEquals(ours.container().orElse(null), first.get("container"));
        }
    }

    /** A program that is loaded and not attached has cost the verifier's time, and does nothing. */
    @Test
    void whatIsLoadedIsAttached() throws Exception {
        Path file = directory.resolve("attached.json");
        try (Running target = PureBpf.startProcess(List.of(program, "again"));
                Running tracer = trace(target.process().pid(), file, "--via", "tracepoint")) {
            Waiting.forLines(file, 1);
            long pid = tracer.process().pid();
            assertEquals(
                    KernelObjects.programs(pid, "bpf-prog"), KernelObjects.programs(pid, "link"));
            tracer.signal("INT");
            assertEquals(0, tracer.end().exitCode());
        }
    }

    @Test
    void connectionsThatItGivesUpForMemoryAreCounted() throws Exception {
        Path file = directory.resolve("given-up.json");
        byte[] half = ("GET /half HTTP/1.1\r\nX: " + "x".repeat(8_000)).getBytes(US_ASCII);
        List<Socket> open = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Running tracer = trace(ProcessHandle.current().pid(), file, "--capture", "8192")) {
            try (Socket client = connect(server, open)) {
                Waiting.until(
                        () -> {
                            exchange(client, open.getFirst());
                            return file.toFile().length() > 0;
                        });
            }
            int told = Files.readAllLines(file).size();
            // Each takes nine of the 24,000 kilobytes that there are for them.
            for (int i = 0; i < 4_000; i++) {
                connect(server, open).getOutputStream().write(half);
            }
            Waiting.forLines(file, told + 10);
            tracer.signal("INT");
            Run run = tracer.end();
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(
                    run.err()
                            .matches(
                                    "(?s).*purebpf: \\d+ connections were given up in the middle of"
                                            + " an exchange, .*"),
                    run.err());
            ToldExchanges exchanges = ToldExchanges.read(file);
            assertTrue(exchanges.lost("given_up") > 10, exchanges.lost("given_up") + " given up");
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static Socket connect(ServerSocket server, List<Socket> open) throws IOException {
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        open.add(server.accept());
        open.add(client);
        return client;
    }

    private static void exchange(Socket client, Socket server) {
        try {
            client.getOutputStream().write("GET /a HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            server.getInputStream().readNBytes(19);
            server.getOutputStream().write("HTTP/1.1 204 No\r\n\r\n".getBytes(US_ASCII));
            client.getInputStream().readNBytes(19);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Running trace(long pid, Path file, String... options) throws IOException {
        List<String> words = new ArrayList<>(List.of("http", "--output", "json"));
        words.addAll(List.of(options));
        words.addAll(List.of("-p", Long.toString(pid), "-o", file.toString()));
        return PureBpf.start(List.of(), words.toArray(String[]::new));
    }

    private static long writes(Running process) {
        try {
            String io = Files.readString(Path.of("/proc/" + process.process().pid() + "/io"));
            return io.lines()
                    .filter(line -> line.startsWith("syscw: "))
                    .mapToLong(line -> Long.parseLong(line.substring(7)))
                    .sum();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nothingIsLeftWhateverBecomesOfIt() throws Exception {
        Path none = directory.resolve("none");
        Path file = directory.resolve("file.txt");
        String quiet = file.toString();
        List<String> before = KernelObjects.open();
        String kprobes = HttpTest.hasKprobes() ? "0" : "1";
        for (List<String> words :
                List.of(
                        List.of("1", "-o", quiet, "--", "false"),
                        List.of("1", "-o", quiet, "--", none.toString()),
                        List.of("1", "-o", none + "/file", "--", "true"),
                        List.of("1", "-p", "999999999"),
                        List.of("2", "--buffer-size", "1", "--", "true"),
                        // Without kprobes, half of it is attached when this is refused.
                        List.of(kprobes, "--via", "kprobe", "-o", quiet, "--", "true"))) {
            String[] arguments = words.toArray(new String[0]);
            int exitCode = Integer.parseInt(arguments[0]);
            arguments[0] = "http";
            Run run = PureBpf.runHere(arguments);
            assertEquals(exitCode, run.exitCode(), words + ": " + run.err());
            assertEquals(before, KernelObjects.open(), words.toString());
        }
    }
}
