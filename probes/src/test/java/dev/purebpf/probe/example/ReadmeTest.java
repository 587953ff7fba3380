package dev.purebpf.probe.example;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The example of README.md is the code that is compiled here, and it does what README.md says. */
class ReadmeTest {
    private static final Path MODULE = Path.of("").toAbsolutePath();

    @Test
    void readmeShowsTheCompiledExample() throws Exception {
        String source =
                Files.readString(
                        MODULE.resolve("src/test/java/dev/purebpf/probe/example/SystemCalls.java"));
        String shown = source.substring(source.indexOf("public final class"));
        String readme = Files.readString(MODULE.resolveSibling("README.md"));
        assertTrue(
                readme.contains("```java\n" + shown + "```"),
                "README.md must show exactly these lines of SystemCalls.java:\n" + shown);
    }

    @Test
    @Tag("kernel")
    void exampleReportsTheCallsOfOneProcess(@TempDir Path folder) throws Exception {
        assumeTrue(
                "root".equals(System.getProperty("user.name")),
                "loading BPF programs needs root here");
        Path object = folder.resolve("example.bpf.o");
        try (var compiled = getClass().getResourceAsStream("/fixtures/example.bpf.o")) {
            Files.copy(compiled, object);
        }
        long pid = ProcessHandle.current().pid();
        String printed = outputOf(object.toString(), Long.toString(pid), "1");
        if (printed.startsWith("0 lost")) {
            // The second was over before a slow machine had attached the program.
            printed = outputOf(object.toString(), Long.toString(pid), "20");
        }
        assertTrue(printed.contains("Call[pid=" + pid + ", tid="), printed);
        assertTrue(printed.endsWith(" lost\n"), printed);
    }

    private static String outputOf(String... arguments) throws Exception {
        PrintStream before = System.out;
        var captured = new ByteArrayOutputStream();
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            SystemCalls.main(arguments);
        } finally {
            System.setOut(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }
}
