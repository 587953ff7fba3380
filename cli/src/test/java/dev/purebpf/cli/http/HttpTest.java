package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.fixtures.JavaProgram;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code purebpf http} sees of the JDK's server and of a client, both in one process. */
class HttpTest {
    private static final int TRIES = 3;

    @TempDir static Path directory;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    static boolean hasKprobes() {
        return Files.exists(Path.of("/sys/bus/event_source/devices/kprobe"));
    }

    @Test
    @Tag("kernel")
    void eachExchangeIsToldOnceByKprobes() throws Exception {
        assumeTrue(hasKprobes(), "needs a kernel with kprobes");
        requireEachToldOnce("kprobe");
    }

    /** On other kernels {@link SocketCallsTest} goes this way. */
    @Test
    void eachExchangeIsToldOnceByTracepoint() throws Exception {
        requireEachToldOnce("tracepoint");
    }

    /** Of server and client. */
    private static void requireEachToldOnce(String via) throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < ExchangesProgram.KEPT_ALIVE; i++) {
            expected.add("GET test /plain/" + i + " 200 5");
        }
        expected.add("GET test /plain/last 200 5");
        expected.add("HEAD test /plain/head 200 0");
        // Three chunks of five bytes and the last of none, with what frames them.
        expected.add("GET test /chunked 200 35");
        expected.add("GET test /none 204 0");
        expected.add("GET test /nowhere 404 " + ExchangesProgram.NOWHERE);
        expected.add("GET test /big 200 " + ExchangesProgram.BIG);
        expected.add("GET null /plain/old 200 5");
        expected.add("POST test /plain/split 200 5");
        expected.sort(null);
        ToldExchanges told = traceWithoutLoss(via, expected);
        assertEquals(expected, whole(told, "client"), told.all().toString());
        assertEquals(expected, whole(told, "server"), told.all().toString());
        for (Map<String, Object> exchange : told.all()) {
            assertTrue(((String) exchange.get("peer")).contains("127.0.0.1"), exchange.toString());
            if (exchange.get("request") != null) {
                assertEquals(false, exchange.get("cut"), exchange.toString());
                assertTrue(((Number) exchange.get("latency")).longValue() > 0);
            }
        }
    }

    /**
     * From 7.2 on kernels may leave out a program, and count how often they did. Even then nothing
     * wrong is told; but what is missing cannot be said, so there are several tries.
     */
    private static ToldExchanges traceWithoutLoss(String via, List<String> expected)
            throws IOException {
        for (int i = 0; i < TRIES; i++) {
            ToldExchanges told = trace(via);
            if (told.lost("skipped") == 0) {
                return told;
            }
            for (String side : List.of("client", "server")) {
                List<String> left = new ArrayList<>(expected);
                for (String line : whole(told, side)) {
                    assertTrue(left.remove(line), line + ", of " + told.all());
                }
            }
        }
        return abort(
                "needs a kernel that runs the programs each time: it left out some in all tries");
    }

    /** {@return the exchanges of which one side saw everything, in the order of their text} */
    private static List<String> whole(ToldExchanges told, String side) {
        // Malformed requests are answered, and have no line of their own.
        return told.of(side).stream().filter(line -> !line.endsWith(" cut")).sorted().toList();
    }

    private static ToldExchanges trace(String via) throws IOException {
        Path file = directory.resolve(via + ".json");
        List<String> options = List.of("-XX:TieredStopAtLevel=1");
        List<String> words = JavaProgram.command(options, ExchangesProgram.class.getName());
        Run run = ToldExchanges.trace(via, file, words.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        ToldExchanges told = ToldExchanges.read(file);
        assertEquals(0, told.lost("lost"), run.err());
        if (told.lost("skipped") == 0) {
            assertEquals("", run.err());
        }
        return told;
    }

    @Test
    @Tag("kernel")
    void aKernelWithoutKprobesSaysSoWhenTheyAreAskedFor() {
        assumeTrue(!hasKprobes(), "is for a kernel without kprobes");
        Run run = PureBpf.runHere("http", "--via", "kprobe", "--", "true");
        assertEquals(1, run.exitCode());
        // Without tracefs it cannot be told why there are none.
        assertTrue(
                run.err().contains("without kprobes") || run.err().contains("kretprobe __"),
                run.err());
        assertEquals(0, PureBpf.runHere("http", "--", "true").exitCode());
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        for (List<String> words :
                List.of(
                        List.<String>of(),
                        List.of("-a", "-p", "1"),
                        List.of("-a", "true"),
                        List.of("-p", "x"),
                        List.of("-a", "--capture", "9000"),
                        List.of("-a", "--via", "magic"))) {
            List<String> all = new ArrayList<>(List.of("http"));
            all.addAll(words);
            Run run = PureBpf.runHere(all.toArray(new String[0]));
            assertEquals(2, run.exitCode(), words.toString());
        }
    }
}
