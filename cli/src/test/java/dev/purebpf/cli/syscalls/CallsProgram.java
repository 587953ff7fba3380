package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The test program calls.c, and strace as the judge of what it calls. */
final class CallsProgram {
    private final Path directory;
    private final String path;
    private final Map<List<String>, TreeMap<String, Integer>> counted = new HashMap<>();

    /** Compiles it into a directory. */
    CallsProgram(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        // Static: where the kernel happens to put a library decides how often aarch64's loader
        // unmaps.
        path =
                CompiledProgram.compile(
                        CallsProgram.class, "calls", directory, "-pthread", "-static");
    }

    String path() {
        return path;
    }

    /** {@return how often which call is made, says strace, which is asked once for a command} */
    TreeMap<String, Integer> countByStrace(String... command)
            throws IOException, InterruptedException {
        TreeMap<String, Integer> known = counted.get(List.of(command));
        if (known == null) {
            known = runStrace(command);
            counted.put(List.of(command), known);
        }
        return new TreeMap<>(known);
    }

    private TreeMap<String, Integer> runStrace(String... command)
            throws IOException, InterruptedException {
        assumeTrue(CompiledProgram.isInstalled("strace"), "needs strace");
        Path file = directory.resolve("strace.txt");
        List<String> words = new ArrayList<>(List.of("strace", "-f", "-o", file.toString()));
        words.addAll(List.of(command));
        try (PureBpf.Running running = PureBpf.startProcess(words)) {
            running.process().getOutputStream().close();
            running.end();
        }
        TreeMap<String, Integer> counts = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            // 1234  read(3, ...     1234  <... read resumed>     1234  +++ exited with 0 +++
            String call = line.replaceFirst("^\\d+ +", "");
            if (Character.isLowerCase(call.charAt(0)) || call.startsWith("_")) {
                counts.merge(call.substring(0, call.indexOf('(')), 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Starts it with four threads that go on calling, one of which is the first. */
    PureBpf.Running steady() throws IOException {
        PureBpf.Running target = PureBpf.startProcess(List.of(path, "steady"));
        Waiting.until(() -> tasks(target.process().pid()) == 4);
        return target;
    }

    private static int tasks(long pid) {
        String[] tasks = Path.of("/proc/" + pid + "/task").toFile().list();
        return tasks == null ? 0 : tasks.length;
    }
}
