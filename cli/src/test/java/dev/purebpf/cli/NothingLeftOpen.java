package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Each test closes all maps, programs, links and perf events, also when tracing is refused. */
public final class NothingLeftOpen implements BeforeEachCallback, AfterEachCallback {
    private Map<String, Integer> before;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        before = open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        assertEquals(before, open());
    }

    /**
     * {@return how many descriptors and mappings of what only the kernel has this process holds, by
     * their kind}
     */
    private static Map<String, Integer> open() throws IOException {
        Map<String, Integer> kinds = new TreeMap<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : all) {
                // That of the folder itself is gone before it can be asked.
                if (Files.isSymbolicLink(descriptor)) {
                    String kind = Files.readSymbolicLink(descriptor).toString();
                    if (kind.startsWith("anon_inode:")) {
                        kinds.merge(kind, 1, Integer::sum);
                    }
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
            kinds.merge("mapped " + mappings.substring(at, end), 1, Integer::sum);
            at = mappings.indexOf("anon_inode:", end);
        }
        return kinds;
    }
}
