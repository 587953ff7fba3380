package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Servers and clients that nobody here wrote; their own word is the truth. */
@Tag("kernel")
class ServersTest {
    @TempDir Path directory;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    private static String require(String program) {
        String path = System.getenv("PATH") + ":/usr/sbin";
        Optional<Path> found =
                Arrays.stream(path.split(File.pathSeparator))
                        .map(folder -> Path.of(folder, program))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(found.isPresent(), "needs " + program + ": build/install-missing verify");
        return found.get().toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitServer(int port) {
        Waiting.until(
                () -> {
                    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        return socket.isConnected();
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    private static String run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), said);
        return said;
    }

    private Path configure(int port) throws IOException {
        StringBuilder paths = new StringBuilder();
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            paths.append(kind).append("_temp_path ").append(directory).append('/').append(kind);
            paths.append(";\n");
        }
        Files.writeString(directory.resolve("index.html"), "hello\n");
        Path configuration = directory.resolve("nginx.conf");
        Files.writeString(
                configuration,
                """
                worker_processes 2;
                daemon off;
                pid DIR/nginx.pid;
                error_log DIR/error.log;
                events { worker_connections 256; }
                http {
                  log_format sizes '$request_method $request_uri $status $request_length $bytes_sent';
                  access_log DIR/access.log sizes;
                  sendfile on;
                  keepalive_requests 1000000;
                  PATHS
                  server { listen 127.0.0.1:PORT; root DIR; }
                }
                """
                        .replace("DIR", directory.toString())
                        .replace("PATHS", paths)
                        .replace("PORT", Integer.toString(port)));
        return configuration;
    }

    /** Does something with a server, while it is traced. */
    private interface Client {
        void use(String url, Running tracer) throws Exception;
    }

    /** Has nginx run under {@code purebpf http} while something is done with it. */
    private Run traceNginx(List<String> options, Path trace, Client client) throws Exception {
        String nginx = require("nginx");
        int port = freePort();
        Path configuration = configure(port);
        // Workers give up root, and the directory of a test is root's alone.
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        List<String> words = new ArrayList<>(List.of("http", "-o", trace.toString()));
        words.addAll(options);
        words.addAll(
                List.of(
                        "--",
                        nginx,
                        "-p",
                        directory.toString(),
                        "-c",
                        configuration.toString(),
                        "-e",
                        directory.resolve("error.log").toString()));
        // A process of its own, whose children are not the clients.
        try (Running tracer = PureBpf.start(List.of(), words.toArray(new String[0]))) {
            awaitServer(port);
            client.use("http://127.0.0.1:" + port + "/", tracer);
            String pid = Files.readString(directory.resolve("nginx.pid"));
            run("kill", "-QUIT", pid.strip());
            return tracer.end();
        }
    }

    @Test
    void whatNginxAnswersCurlIsToldAsNginxLogsIt() throws Exception {
        String curl = require("curl");
        Path trace = directory.resolve("trace.txt");
        Run run =
                traceNginx(
                        List.of(),
                        trace,
                        (url, _) ->
                                run(curl, "-s", url, url + "nowhere?x=1", "--next", "-sI", url));
        assertEquals(0, run.exitCode(), run.err());
        List<String> told = new ArrayList<>();
        for (String line : Files.readAllLines(trace)) {
            assertTrue(line.contains(" nginx/") && line.contains(" < 127.0.0.1:"), line);
            String[] words = line.split(" ");
            told.add(words[4] + " " + String.join(" ", List.of(words).subList(6, 10)));
        }
        assertEquals(3, told.size());
        assertEquals(Files.readAllLines(directory.resolve("access.log")), told);
    }

    @Test
    void underLoadWhatIsToldAndWhatWasLostIsWhatNginxServed() throws Exception {
        String wrk = require("wrk");
        Path trace = directory.resolve("trace.json");
        Run run =
                traceNginx(
                        List.of("--output", "json"),
                        trace,
                        (url, _) -> run(wrk, "-t1", "-c8", "-d2", url + "index.html"));
        assertEquals(0, run.exitCode(), run.err());
        long served = lines(directory.resolve("access.log"), " 200 ");
        long told = lines(trace, "\"status\":200");
        assertTrue(served > 100, "served " + served);
        assertEquals(served, told + lost(trace), run.err());
    }

    /** Not even a tracer that reads nothing for a while tells anything wrong. */
    @Test
    void whatATracerThatStandsStillMissesIsCounted() throws Exception {
        String wrk = require("wrk");
        String curl = require("curl");
        Path trace = directory.resolve("trace.json");
        Run run =
                traceNginx(
                        List.of("--output", "json", "--buffer-size", "64K"),
                        trace,
                        (url, tracer) -> {
                            String pid = Long.toString(tracer.process().pid());
                            run("kill", "-STOP", pid);
                            run(wrk, "-t1", "-c8", "-d1", url + "index.html");
                            run("kill", "-CONT", pid);
                            Waiting.forLines(trace, 10);
                            run(curl, "-s", url + "after", url + "after");
                        });
        assertEquals(0, run.exitCode(), run.err());
        long served = lines(directory.resolve("access.log"), " 200 ");
        long told = lines(trace, "\"status\":200");
        long lost = lost(trace);
        assertEquals(served, told + lost, run.err());
        assertTrue(lost > told, lost + " lost, " + told + " told");
        assertTrue(run.err().contains(" answers: they came faster than they could be read"));
        List<String> told404 =
                ToldExchanges.read(trace).of("server").stream()
                        .filter(line -> line.contains("/after"))
                        .toList();
        assertEquals(2, told404.size(), told404.toString());
        assertTrue(told404.stream().noneMatch(line -> line.endsWith(" cut")), told404.toString());
    }

    private static long lines(Path file, String part) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.contains(part)).count();
        }
    }

    private static long lost(Path trace) throws IOException {
        String name = "\"lost_responses\":";
        try (var lines = Files.lines(trace)) {
            return lines.filter(line -> line.startsWith("{\"lost\":"))
                    .mapToLong(
                            line -> {
                                String rest = line.substring(line.indexOf(name) + name.length());
                                return Long.parseLong(rest.substring(0, rest.indexOf(',')));
                            })
                    .sum();
        }
    }

    @Test
    void aServerOfPythonThatRanBeforeIsFollowedUntilItEnds() throws Exception {
        String python = require("python3");
        String curl = require("curl");
        int port = freePort();
        Files.writeString(directory.resolve("a.txt"), "hello\n");
        List<String> words =
                List.of(
                        python,
                        "-m",
                        "http.server",
                        "--bind",
                        "127.0.0.1",
                        "--directory",
                        directory.toString(),
                        Integer.toString(port));
        Path trace = directory.resolve("python.txt");
        try (Running server = PureBpf.startProcess(words)) {
            awaitServer(port);
            var done =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    // Until the trace has begun, which nothing tells from here.
                                    while (!Files.exists(trace) || Files.size(trace) == 0) {
                                        run(curl, "-s", "http://127.0.0.1:" + port + "/a.txt");
                                    }
                                } catch (Exception e) {
                                    throw new AssertionError(e);
                                } finally {
                                    server.process().destroyForcibly();
                                }
                            });
            long pid = server.process().pid();
            Run run =
                    PureBpf.runHere(
                            "http", "--headers", "-p", Long.toString(pid), "-o", trace.toString());
            done.get(60, TimeUnit.SECONDS);
            assertEquals(0, run.exitCode(), run.err());
            String text = Files.readString(trace);
            String line = "/" + pid + " < 127\\.0\\.0\\.1:\\d+ GET 127\\.0\\.0\\.1:" + port;
            assertTrue(
                    text.lines()
                            .anyMatch(l -> l.matches(".*" + line + " /a.txt 200 \\d+ \\d+ <.*")),
                    text);
            assertTrue(text.contains("    < Content-Length: 6"), text);
        }
    }
}
