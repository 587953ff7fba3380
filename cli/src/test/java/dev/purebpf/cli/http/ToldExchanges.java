package dev.purebpf.cli.http;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code purebpf http --output json} wrote. */
final class ToldExchanges {
    private final List<Map<String, Object>> exchanges = new ArrayList<>();
    private Map<String, Object> loss = Map.of();

    /** Has a command traced, by one way to get at calls, and written down in a file. */
    static Run trace(String via, Path file, String... command) {
        List<String> words = new ArrayList<>(List.of("http", "--via", via));
        words.addAll(List.of("--output", "json", "-o", file.toString(), "--"));
        words.addAll(List.of(command));
        return PureBpf.runHere(words.toArray(String[]::new));
    }

    /** Reads a file of them. */
    static ToldExchanges read(Path file) throws IOException {
        ToldExchanges told = new ToldExchanges();
        for (String line : Files.readAllLines(file)) {
            Map<String, Object> object = Json.object(line);
            if (object.containsKey("skipped")) {
                told.loss = object;
            } else {
                told.exchanges.add(object);
            }
        }
        return told;
    }

    List<Map<String, Object>> all() {
        return exchanges;
    }

    /** {@return a number of what was not seen; 0 if nothing of the kind was said} */
    long lost(String what) {
        return ((Number) loss.getOrDefault(what, 0)).longValue();
    }

    /** {@return what one side saw: method, host, path, status, bytes of the answer's body} */
    List<String> of(String side) {
        List<String> lines = new ArrayList<>();
        for (Map<String, Object> exchange : exchanges) {
            if (side.equals(exchange.get("side"))) {
                lines.add(line(exchange));
            }
        }
        return lines;
    }

    /** {@return what {@link #of} says of one} */
    static String line(Map<String, Object> exchange) {
        Map<?, ?> request = (Map<?, ?>) exchange.get("request");
        Map<?, ?> response = (Map<?, ?>) exchange.get("response");
        String line = "-";
        if (request != null) {
            line = request.get("method") + " " + request.get("host") + " " + request.get("path");
        }
        line += response == null ? " -" : " " + response.get("status");
        line += response == null ? "" : " " + response.get("body_bytes");
        return (boolean) exchange.get("cut") ? line + " cut" : line;
    }
}
