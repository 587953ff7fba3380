package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Fails a test that leaves descriptors of the kinds behind that PureBPF opens: maps, programs,
 * links, BTF, perf events, epoll and event descriptors. And mappings of maps and perf events.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(LeakCheck.class);

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        context.getStore(NAMESPACE).put("before", open());
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        assertEquals(
                context.getStore(NAMESPACE).get("before"),
                open(),
                "left open or mapped by the test");
    }

    private static Map<String, Integer> open() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("anon_inode:")) {
                        counts.merge(target, 1, Integer::sum);
                    }
                } catch (NoSuchFileException _) {
                    // Closed since the directory was read.
                }
            }
        }
        // As one text: lines would cost twice the time, twice a test.
        String mappings =
                new String(
                        Files.readAllBytes(Path.of("/proc/self/maps")),
                        StandardCharsets.ISO_8859_1);
        int at = mappings.indexOf("anon_inode:");
        while (at >= 0) {
            int end = mappings.indexOf('\n', at);
            counts.merge("mapping of " + mappings.substring(at, end), 1, Integer::sum);
            at = mappings.indexOf("anon_inode:", end);
        }
        return counts;
    }
}
