package dev.purebpf.probe;

import static dev.purebpf.probe.ProbeKind.KPROBE_OF_TRACEFS;
import static dev.purebpf.probe.ProbeKind.KRETPROBE_OF_TRACEFS;
import static dev.purebpf.probe.ProbeKind.UPROBE_OF_TRACEFS;
import static dev.purebpf.probe.ProbeKind.URETPROBE_OF_TRACEFS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.JavaProgram;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * After {@code kill -9} of a process that had attached a program in every way, nothing is attached:
 * none of its programs is even loaded. Entries in tracefs are left by the kernel; the next process
 * that attaches a probe removes them.
 */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class KilledProcessTest {
    @TempDir Path folder;
    private final Map<ProbeKind, Integer> programs = new EnumMap<>(ProbeKind.class);

    @Test
    void nothingStaysAttached() throws Exception {
        Path program = CalledProgram.compileSource(folder, "marked");
        try (CalledProgram called = CalledProgram.start(program)) {
            MarkedProgram marked = MarkedProgram.of(program, called);
            Process process = startedAfterAnother(marked);
            try {
                assertEquals(2, called.call(1), "one place is a function's, one a USDT probe's");
                assertEquals(programs.keySet(), loaded());
                assertEntries(process);
            } finally {
                process.destroyForcibly().waitFor();
            }
            LiveProbes.awaitNone(this::loaded);
            assertEquals(0, called.call(1));
            assertEntries(process);
            if (LiveProbes.hasTracefs()) {
                attachByTracefs(marked);
                assertEquals(List.of(), LiveProbes.entries("kprobe_events", process.pid()));
                assertEquals(List.of(), LiveProbes.entries("uprobe_events", process.pid()));
                // Up to here the kernel lists what its own entries name, though as disabled.
                LiveProbes.assertNotProbed("vfs_read");
            }
        }
    }

    /**
     * {@return a process that has attached a program in every way}
     *
     * <p>Another one has left entries before, which it removes, though its first probe needs no
     * tracefs.
     */
    private Process startedAfterAnother(MarkedProgram marked) throws Exception {
        Process other = new ProcessBuilder("true").start();
        other.waitFor();
        List<String> left = List.of();
        if (LiveProbes.hasTracefs()) {
            left = leaveEntries(marked, other.pid());
        }
        Process process = start(marked, other.pid());
        try {
            BufferedReader lines = process.inputReader();
            ProbeKind first = read(lines);
            assertEquals(ProbeKind.UPROBE, first);
            assertEquals("abandoned 0", lines.readLine());
            while (read(lines) != null) {
                // Until all are attached.
            }
            return process;
        } catch (IOException | RuntimeException | Error e) {
            process.destroyForcibly().waitFor();
            for (String entry : left) {
                LiveProbes.append(entry.charAt(0) + "probe_events", "-:" + entry);
            }
            throw e;
        }
    }

    private static Process start(MarkedProgram marked, long dead) throws IOException {
        List<String> options = List.of("-XX:+UseSerialGC");
        List<String> words = JavaProgram.command(options, KilledProcess.class.getName());
        words.add(marked.file().toString());
        words.add(Long.toString(marked.counter()));
        words.add(Integer.toString(marked.pid()));
        words.add(Long.toString(dead));
        return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** {@return the kind that a line is about; {@code null} for the last one} */
    private ProbeKind read(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        String[] words = String.valueOf(line).split(" ");
        if (words[0].equals("attached")) {
            assertEquals(programs.size(), Integer.parseInt(words[1]));
            return null;
        }
        ProbeKind kind = ProbeKind.valueOf(words[0]);
        programs.put(kind, Integer.parseInt(words[1]));
        return kind;
    }

    private static List<String> leaveEntries(MarkedProgram marked, long pid) throws IOException {
        List<String> left = new ArrayList<>();
        String name = "purebpf_" + pid + "_1_left";
        LiveProbes.append("uprobe_events", "p:uprobes/" + name + " " + marked.file() + ":0x0");
        left.add("uprobes/" + name);
        if (LiveProbes.isBuiltWithKprobes()) {
            LiveProbes.append("kprobe_events", "r:kretprobes/" + name + " vfs_read");
            left.add("kretprobes/" + name);
        }
        return left;
    }

    /** It has an entry for each probe of tracefs. */
    private void assertEntries(Process process) {
        assertEntries(process, "kprobe_events", KPROBE_OF_TRACEFS, KRETPROBE_OF_TRACEFS);
        assertEntries(process, "uprobe_events", UPROBE_OF_TRACEFS, URETPROBE_OF_TRACEFS);
    }

    private void assertEntries(Process process, String file, ProbeKind... kinds) {
        assertEquals(
                Stream.of(kinds).filter(programs::containsKey).count(),
                LiveProbes.entries(file, process.pid()).size());
    }

    private static void attachByTracefs(MarkedProgram marked) {
        ProbeKind kind = UPROBE_OF_TRACEFS;
        try (ProbeKind.Loaded loaded = kind.load(marked.pid());
                Link link = loaded.attach(marked)) {
            assertTrue(link.isAttached());
        }
    }

    /** {@return the kinds whose programs the kernel still has} */
    private Set<ProbeKind> loaded() {
        return programs.keySet().stream()
                .filter(kind -> isLoaded(programs.get(kind)))
                .collect(Collectors.toSet());
    }

    private static boolean isLoaded(int program) {
        try {
            InfoCommands.open(Kernel.host(), BpfCommand.PROG_GET_FD_BY_ID, program).close();
            return true;
        } catch (KernelException e) {
            assertEquals(Errno.ENOENT.number(), e.errno());
            return false;
        }
    }
}
