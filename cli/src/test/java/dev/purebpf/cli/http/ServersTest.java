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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Servers and clients that nobody here wrote; their own word is the truth. */
class ServersTest {
    @TempDir Path directory;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    private static Optional<String> find(String program) {
        String path = System.getenv("PATH") + ":/usr/sbin";
        return Arrays.stream(path.split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    private static String require(String program) {
        Optional<String> found = find(program);
        assumeTrue(found.isPresent(), "needs " + program + ": build/install-missing verify");
        return found.get();
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
                  default_type text/plain;
                  gzip on;
                  gzip_types text/plain;
                  PATHS
                  server {
                    listen 127.0.0.1:PORT;
                    root DIR;
                    location /proxied/ {
                      proxy_pass http://127.0.0.1:PORT/;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                    }
                  }
                }
                """
                        .replace("DIR", directory.toString())
                        .replace("PATHS", paths)
                        .replace("PORT", Integer.toString(port)));
        return configuration;
    }

    /**
     * Traces nginx from its start to its end, while a script uses it that was there before: what
     * the tracer starts is watched, as are all that descend from that, but nothing else.
     *
     * @param trace where the trace goes
     * @param script what to do, with URL for the server's
     */
    private Run traceNginx(Path trace, String script, String... options) throws Exception {
        String nginx = require("nginx");
        int port = freePort();
        List<String> words = new ArrayList<>(List.of("http", "-o", trace.toString()));
        words.addAll(List.of(options));
        words.add("--");
        words.addAll(nginx(nginx, port));
        String url = "http://127.0.0.1:" + port + "/";
        String client =
                "cd '%s'; until [ -s nginx.pid ]; do sleep 0.1; done; %s; kill -QUIT $(cat nginx.pid)"
                        .formatted(directory, script.replace("URL", url));
        try (Running running = PureBpf.startProcess(List.of("sh", "-c", client))) {
            Run run = PureBpf.runHere(words.toArray(String[]::new));
            Run used = running.end();
            assertEquals(0, used.exitCode(), used.out() + used.err() + run.err());
            return run;
        }
    }

    /** {@return the words that run nginx in the foreground} */
    private List<String> nginx(String program, int port) throws IOException {
        Path configuration = configure(port);
        // Workers give up root, and the directory of a test is root's alone.
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        String errors = directory.resolve("error.log").toString();
        return List.of(
                program, "-p", directory.toString(), "-c", configuration.toString(), "-e", errors);
    }

    @Test
    @Tag("kernel")
    void whatNginxAnswersIsToldAsNginxLogsIt() throws Exception {
        Path trace = directory.resolve("trace.txt");
        // busybox has a client, too, where there is no curl.
        Run run =
                traceNginx(
                        trace,
                        find("curl").isPresent()
                                ? "curl -s URL URLnowhere?x=1 --next -sI URL"
                                : "wget -q -O - URL; wget -q -O - URLnowhere?x=1; wget -q -O -"
                                        + " URL");
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

    /** By the client, by both sides of the proxy and by the server behind it. */
    @Test
    void whatGoesThroughAProxyIsToldAlikeByAllOfThem() throws Exception {
        String nginx = require("nginx");
        require("curl");
        int port = freePort();
        // Compressed, this is 80 KB in chunks, of which curl reads more than one at once.
        Files.writeString(
                directory.resolve("large.txt"),
                IntStream.range(0, 40_000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
        String script =
                ("cd '%s'; %s & until [ -s nginx.pid ]; do sleep 0.1; done; for i in 1 2 3; do curl"
                     + " --compressed -s -o plain -o proxied URLlarge.txt URLproxied/large.txt; cmp"
                     + " plain proxied && cmp plain large.txt || exit; done; kill -QUIT $(cat"
                     + " nginx.pid); wait")
                        .formatted(directory, String.join(" ", nginx(nginx, port)))
                        .replace("URL", "http://127.0.0.1:" + port + "/");
        Path trace = directory.resolve("trace.json");
        Run run =
                PureBpf.runHere(
                        "http",
                        "--output",
                        "json",
                        "-o",
                        trace.toString(),
                        "--",
                        "sh",
                        "-c",
                        script);
        assertEquals(0, run.exitCode(), run.err());
        List<String> served = Files.readAllLines(directory.resolve("access.log"));
        assertEquals(9, served.size());
        served.sort(null);
        Map<Object, List<String>> told =
                ToldExchanges.read(trace).all().stream()
                        .map(exchange -> Map.entry(exchange.get("side"), asLogged(exchange)))
                        .sorted(Map.Entry.comparingByValue())
                        .collect(
                                Collectors.groupingBy(
                                        Map.Entry::getKey,
                                        Collectors.mapping(
                                                Map.Entry::getValue, Collectors.toList())));
        assertEquals(Map.of("server", served, "client", served), told, run.err());
    }

    private static String asLogged(Map<String, Object> exchange) {
        Map<?, ?> request = (Map<?, ?>) exchange.get("request");
        Map<?, ?> response = (Map<?, ?>) exchange.get("response");
        String line = request.get("method") + " " + request.get("path");
        line += " " + response.get("status") + " " + size(request) + " " + size(response);
        return line + ((boolean) exchange.get("cut") ? " cut" : "");
    }

    private static long size(Map<?, ?> message) {
        return ((Number) message.get("head_bytes")).longValue()
                + ((Number) message.get("body_bytes")).longValue();
    }

    @Test
    @Tag("kernel")
    void underLoadWhatIsToldAndWhatWasLostIsWhatNginxServed() throws Exception {
        require("wrk");
        Path trace = directory.resolve("trace.json");
        // A second may be short, where both are emulated.
        String load =
                "until [ $(wc -l <access.log) -gt 100 ]; do wrk -t1 -c8 -d1 URLindex.html; done";
        Run run = traceNginx(trace, load, "--output", "json");
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
        String nginx = require("nginx");
        Path trace = directory.resolve("trace.json");
        int port = freePort();
        String url = "http://127.0.0.1:" + port + "/";
        List<String> words = new ArrayList<>(List.of("http", "--output", "json"));
        words.addAll(List.of("--buffer-size", "64K", "-o", trace.toString(), "--"));
        words.addAll(nginx(nginx, port));
        // A process of its own, which can be stopped, and whose children are not the clients.
        Run run;
        try (Running tracer = PureBpf.start(List.of(), words.toArray(String[]::new))) {
            awaitServer(port);
            String pid = Long.toString(tracer.process().pid());
            run("kill", "-STOP", pid);
            run(wrk, "-t1", "-c8", "-d1", url + "index.html");
            run("kill", "-CONT", pid);
            Waiting.forLines(trace, 10);
            run(curl, "-s", url + "after", url + "after");
            run("kill", "-QUIT", Files.readString(directory.resolve("nginx.pid")).strip());
            run = tracer.end();
        }
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
                                    // Until the trace has one from its beginning: of the first
                                    // to be seen the request may have been read before.
                                    while (!tells(trace, "GET")) {
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

    private static boolean tells(Path trace, String word) throws IOException {
        return Files.exists(trace) && Files.readString(trace).contains(word);
    }
}
