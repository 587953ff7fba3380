package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code purebpf grpc --output json} told.
 *
 * @param run how it ended
 * @param calls the calls
 * @param lostCalls how many more ended, but could not be told
 * @param said what the traced program says itself, a line for each call
 */
record TracedCalls(Run run, List<Map<String, Object>> calls, long lostCalls, List<String> said) {

    /** Runs {@code calls.go}, with all that is seen in the trace. */
    static TracedCalls of(Path folder, Path program, String... words) throws Exception {
        Path trace = folder.resolve("trace.json");
        Path said = folder.resolve("said");
        List<String> all = new ArrayList<>();
        all.addAll(List.of("grpc", "--output", "json", "--capture", "4096"));
        all.addAll(List.of("-o", trace.toString(), "--", program.toString()));
        all.addAll(List.of("to", said.toString()));
        all.addAll(List.of(words));
        Run run = PureBpf.runHere(all.toArray(String[]::new));
        return of(run, trace, Files.readAllLines(said));
    }

    /** {@return what is in the file of a trace} */
    static TracedCalls of(Run run, Path trace, List<String> said) throws IOException {
        List<Map<String, Object>> lines =
                Files.readAllLines(trace).stream().map(Json::object).toList();
        return new TracedCalls(
                run,
                lines.stream().filter(line -> line.containsKey("side")).toList(),
                lines.stream()
                        .filter(line -> line.containsKey("lost_calls"))
                        .mapToLong(line -> (Long) line.get("lost_calls"))
                        .sum(),
                said);
    }

    /** {@return the calls of a method, by {@code client} or {@code server}} */
    List<Map<String, Object>> of(String side, String path) {
        return calls.stream()
                .filter(call -> side.equals(call.get("side")) && path.equals(call.get("path")))
                .toList();
    }

    /** {@return what was sent to our end, as that itself writes it} */
    static String line(Map<String, Object> call) {
        List<String> fields = new ArrayList<>();
        boolean serves = call.get("side").equals("server");
        for (String block : serves ? List.of("request") : List.of("headers", "trailers")) {
            if (call.get(block) instanceof Map<?, ?> present) {
                for (Object field : (List<?>) present.get("fields")) {
                    Map<?, ?> pair = (Map<?, ?>) field;
                    if (pair.get("name").toString().startsWith("x-")) {
                        fields.add(pair.get("name") + ": " + pair.get("value"));
                    }
                }
            }
        }
        fields.sort(null);
        fields.addFirst(String.valueOf(call.get("status_code")));
        fields.addFirst(String.valueOf(call.get("path")));
        fields.addFirst(call.get("side").toString());
        return String.join("\t", fields);
    }

    /**
     * Compares what was told of {@code calls both} with what that said, except of calls that have
     * headers too big to be seen, and of one that ends differently at both ends.
     */
    static void assertToldAsSaid(List<Map<String, Object>> calls, List<String> said) {
        List<String> expected = new ArrayList<>();
        for (String line : said) {
            if (!line.contains("/Wait\t") && !isBig(line)) {
                expected.add(line);
            }
        }
        // The server has no function for it, and so nobody who could write down that it was called.
        expected.add("server\t/test.Calls/Nothing\t12");
        // The client is answered alike whether its own headers were too big to be seen or not.
        List<String> told = new ArrayList<>();
        for (Map<String, Object> call : calls) {
            boolean big = call.get("side").equals("server") && call.get("cut").equals(true);
            if (!big && !call.get("path").equals("/test.Calls/Wait")) {
                told.add(line(call));
            }
        }
        expected.sort(null);
        told.sort(null);
        assertEquals(expected, told);
    }

    private static boolean isBig(String line) {
        return line.contains("\tx-many-000: ") || line.contains("\tx-long: ");
    }
}
