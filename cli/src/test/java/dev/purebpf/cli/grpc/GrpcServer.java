package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code calls serve}, until this is closed, and clients of it. */
final class GrpcServer implements AutoCloseable {
    private final Path client;
    private final Path folder;
    private final Process process;
    private final String port;

    /**
     * Starts a server, and waits until it serves.
     *
     * @param program the server, {@code calls.go}
     * @param client the same, for the clients
     * @param folder where they may write
     */
    GrpcServer(Path program, Path client, Path folder) throws Exception {
        this.client = client;
        this.folder = Files.createTempDirectory(folder, "server");
        Path said = this.folder.resolve("port");
        process = start(program, said, "serve");
        Waiting.forLines(said, 1);
        port = Files.readString(said).strip().substring("port ".length());
    }

    private static Process start(Path program, Path said, String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.toString(), "to", said.toString());
        builder.command().addAll(List.of(words));
        return builder.start();
    }

    Process process() {
        return process;
    }

    String pid() {
        return Long.toString(process.pid());
    }

    int port() {
        return Integer.parseInt(port);
    }

    /** {@return what it said of the calls of some methods, a line for each} */
    List<String> said(List<String> methods) throws IOException {
        return Files.readAllLines(folder.resolve("port")).stream()
                .skip(1)
                .filter(line -> methods.contains(line.split("\t")[1]))
                .toList();
    }

    /** Calls until a whole call of this server is in a trace: nothing tells when that began. */
    void callUntilTold(Running tracer, Path trace) throws Exception {
        String told = "\"pid\":" + pid() + ",";
        while (!Files.exists(trace) || !contains(trace, told, "/test.Calls/Echo")) {
            assertTrue(tracer.process().isAlive(), "the tracer has ended");
            assertTrue(call());
        }
    }

    private static boolean contains(Path trace, String... words) throws IOException {
        return Files.readString(trace)
                .lines()
                .anyMatch(line -> List.of(words).stream().allMatch(line::contains));
    }

    /** {@return whether all went well with 20 calls} */
    boolean call() throws Exception {
        return load(1, 2, 10);
    }

    /** {@return whether all went well with so many calls of each stream of each connection} */
    boolean load(int connections, int streams, int calls) throws Exception {
        return start(
                                client,
                                folder.resolve("loaded"),
                                "load",
                                port,
                                Integer.toString(connections),
                                Integer.toString(streams),
                                Integer.toString(calls))
                        .waitFor()
                == 0;
    }

    /**
     * {@return the process, which has ended, that made one call of each kind}
     *
     * @param said takes what it says of them
     */
    Process callEach(Path said) throws Exception {
        Process process = start(client, said, "call", port);
        process.waitFor();
        return process;
    }

    /** {@return a client in the middle of a call} */
    Process hold() throws Exception {
        Path said = folder.resolve("held");
        Process process = start(client, said, "hold", port);
        Waiting.forLines(said, 1);
        return process;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
