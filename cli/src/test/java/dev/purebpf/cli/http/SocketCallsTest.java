package dev.purebpf.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Every kind of socket, and every call that moves data: what {@code exchanges.c} does. And what has
 * to hold on every kernel, whatever is traced.
 */
@Tag("kernel")
class SocketCallsTest {
    private static final List<String> WAYS =
            List.of(
                    "read-write",
                    "readv-writev",
                    "recvfrom-sendto",
                    "recvmsg-sendmsg",
                    "sendfile",
                    "splice");

    @TempDir static Path directory;
    private static String program;
    private List<String> before;

    @BeforeAll
    static void compile() throws Exception {
        PureBpf.requireKernel();
        program = CompiledProgram.compile(SocketCallsTest.class, "exchanges", directory);
    }

    @BeforeEach
    void count() throws IOException {
        before = KernelObjects.open();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertEquals(before, KernelObjects.open());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tracepoint", "kprobe"})
    void eachCallOfEachKindOfSocketIsSeen(String via) throws Exception {
        assumeTrue(
                via.equals("tracepoint") || HttpTest.hasKprobes(), "needs a kernel with kprobes");
        Path file = directory.resolve(via + ".json");
        Run run = ToldExchanges.trace(via, file, program);
        assertEquals(3, run.exitCode(), "as the program has it; " + run.err());
        ToldExchanges told = ToldExchanges.read(file);
        assumeTrue(
                told.lost("skipped") == 0,
                "needs a run of which the kernel left no call out, as it may from 7.2 on");
        List<String> client = new ArrayList<>();
        for (String family : List.of("inet", "inet6", "unix")) {
            for (String way : WAYS) {
                client.add("GET test /" + family + "/" + way + " 200 5");
            }
        }
        client.add("GET test /pair 200 5");
        client.add("GET test /peeked 200 5");
        // Twenty chunks of 1,000 bytes and the last of none, with what frames them.
        client.add("GET test /chunks/write 200 20145");
        client.add("GET test /chunks/writev 200 20145");
        client.add("GET test /other 200 5");
        client.add("PURGE test /completed 200 5");
        List<String> server = new ArrayList<>(client);
        for (String path : List.of("body", "nothing", "answer", "next-1", "next-2", "next-3")) {
            client.add("GET test /unseen/" + path + " 200 5");
        }
        client.add("GET test /too-late - cut");
        assertEquals(client, told.of("client"));
        server.addAll(
                List.of(
                        // Its end was sent by another call, which TCP counted.
                        "GET test /unseen/body 200 5 cut",
                        "GET test /unseen/nothing 200 5",
                        // What answered the first of these was not seen, so that nobody knows
                        // which of them the next answer is for.
                        "GET test /unseen/answer - cut",
                        "GET test /unseen/next-1 - cut",
                        "- 200 5 cut",
                        "GET test /unseen/next-2 200 5 cut",
                        "GET test /unseen/next-3 200 5",
                        "GET test /too-late 200 0 cut"));
        assertEquals(server, told.of("server"));
        assertEquals(2, told.lost("unseen"));
        assertTrue(run.err().startsWith("purebpf: 2 times something passed"), run.err());
        int ofFamily = 2 * WAYS.size();
        for (int i = 0; i < 3 * ofFamily + 2; i++) {
            String address = i < ofFamily ? "127.0.0.1" : i < 2 * ofFamily ? "::1" : "unix";
            assertEquals(address, told.all().get(i).get("peer"), told.all().get(i).toString());
            int port = ((Number) told.all().get(i).get("peer_port")).intValue();
            assertEquals(i < 2 * ofFamily, port > 0);
        }
    }
}
