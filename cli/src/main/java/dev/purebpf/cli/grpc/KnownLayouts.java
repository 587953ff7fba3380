package dev.purebpf.cli.grpc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of versions of gRPC-Go, for programs whose debugging information was stripped: the
 * resource {@code layouts}, which a test regenerates from programs that were built with them. A
 * line is the version, {@code frame} or {@code context} for what comes first among the parameters
 * of the server's function, and the offsets.
 */
final class KnownLayouts {
    private static final String RESOURCE = "layouts";
    private static final String CONTEXT = "context";

    private KnownLayouts() {}

    /**
     * A version.
     *
     * @param takesContext whether the server's function takes a context before the frame
     * @param offsets where things are
     */
    record Known(boolean takesContext, TransportOffsets offsets) {}

    /** {@return the known versions, such as {@code v1.33.3}, in the order of the table} */
    static Map<String, Known> all() {
        Map<String, Known> all = new LinkedHashMap<>();
        try (InputStream stream = KnownLayouts.class.getResourceAsStream(RESOURCE)) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                String[] parts = line.split(" ", 3);
                all.put(
                        parts[0],
                        new Known(parts[1].equals(CONTEXT), TransportOffsets.parse(parts[2])));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** {@return what is known of a version} */
    static Optional<Known> of(String version) {
        return Optional.ofNullable(all().get(version));
    }
}
