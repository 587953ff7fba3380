package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tracepoints and functions by the kernel's types: what its code passes, with names. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class TraceTypedTest {
    @TempDir static Path directory;

    @BeforeAll
    static void requireTracing() {
        Traced.requireTracing();
    }

    @Test
    void aTracepointHasTheArgumentsOfTheKernelsCode() throws IOException {
        String typed = "tp_btf:sched_process_exec";
        String raw = "rawtracepoint:sched_process_exec";
        List<String> lines = Traced.lines(directory, typed, raw, "--", "true");
        assertEquals(2, lines.size(), lines.toString());
        String arguments = " p=0x[0-9a-f]{16} old_pid=\\1 bprm=0x[0-9a-f]{16}";
        assertTrue(
                lines.getFirst().matches("\\S+ true (\\d+)/\\1 " + typed + arguments),
                lines.toString());
        assertTrue(
                lines.get(1).matches("\\S+ true (\\d+)/\\1 " + raw + arguments), lines.toString());
    }

    @Test
    void aPatternNamesSeveralTracepoints() throws IOException {
        List<String> table =
                Traced.lines(
                        directory,
                        "--count",
                        "tp_btf:sched_process_e*",
                        "rawtracepoint:sched_process_e*",
                        "--",
                        "true");
        for (String kind : List.of("tp_btf:", "rawtracepoint:")) {
            for (String name : List.of("sched_process_exec", "sched_process_exit")) {
                String wanted = " +1 +\\d+  true +" + kind + name;
                assertTrue(table.stream().anyMatch(line -> line.matches(wanted)), table.toString());
            }
        }
    }

    @Test
    void tracepointsAreListedWithTheirParameters() {
        String typed =
                "sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm"
                        + " *bprm)";
        String pattern = "sched_process_ex?c";
        assertEquals(
                List.of("tp_btf:" + typed, "rawtracepoint:" + typed),
                Traced.list("--types", "tp_btf:" + pattern, "rawtracepoint:" + pattern));
    }

    @Test
    void aFunctionIsSeenWithParametersAndAtItsEndWithTheResult() throws IOException {
        String begin = "fentry:do_sys_openat2";
        String end = "fexit:do_sys_openat2";
        if (!Traced.listsFunctions()) {
            String refused = Traced.refusal(begin, "--", "true");
            assertTrue(refused.startsWith("purebpf: " + begin + " cannot be traced: "), refused);
            return;
        }
        List<String> lines = Traced.lines(directory, begin, end, "--", "cat", "/etc/passwd");
        String parameters = " dfd=-100 filename=\"/etc/passwd\" how=0x[0-9a-f]+";
        assertTrue(
                lines.stream().anyMatch(line -> line.matches(".* " + begin + parameters)),
                lines.toString());
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.matches(".* " + end + parameters + " returned=3")),
                lines.toString());
        List<String> json =
                Traced.lines(
                        directory,
                        "--output",
                        "json",
                        end,
                        "--",
                        "sh",
                        "-c",
                        "cat /no/such 2>/dev/null; true");
        assertTrue(
                json.stream()
                        .map(line -> (Map<?, ?>) Json.object(line).get("fields"))
                        .anyMatch(
                                fields ->
                                        "/no/such".equals(fields.get("filename"))
                                                && "-2"
                                                        .equals(
                                                                String.valueOf(
                                                                        fields.get("returned")))),
                json.toString());
    }

    @Test
    void functionsAreListedWithTheirParameters() {
        if (!Traced.listsFunctions()) {
            String refused = Traced.refusal("--list", "fentry:do_sys_open*");
            assertTrue(refused.contains("name one as it is"), refused);
            return;
        }
        String parameters = "(int dfd, const char *filename, struct open_how *how)";
        String name = "do_sys_openat2";
        List<String> found =
                Traced.list(
                        "--types",
                        "kprobe:do_sys_openat?",
                        "kretprobe:do_sys_openat?",
                        "fentry:do_sys_openat?",
                        "fexit:do_sys_openat?");
        // What it returns was a long, and is an int in newer versions.
        assertEquals(
                List.of(
                        "kprobe:" + name + parameters,
                        "kretprobe:" + name + " -> int",
                        "fentry:" + name + parameters,
                        "fexit:" + name + parameters + " -> int"),
                found.stream().map(line -> line.replace("-> long int", "-> int")).toList());
    }

    @Test
    void whatTheTypesDoNotTellOfIsRefusedInOneSentence() {
        String event = Traced.refusal("tp_btf:sched_swich", "--", "true");
        assertTrue(event.contains("tell of no tracepoint sched_swich"), event);
        assertTrue(event.contains("did you mean sched_switch"), event);
        String raw = Traced.refusal("rawtracepoint:sched_swich", "--", "true");
        assertTrue(raw.contains("did you mean sched_switch"), raw);
        String function = Traced.refusal("fentry:vfs_reed", "--", "true");
        assertTrue(function.contains("tell of no function vfs_reed"), function);
        assertTrue(function.contains("did you mean vfs_read"), function);
        String none = Traced.refusal("tp_btf:no_such_*", "--", "true");
        assertTrue(none.contains("no tracepoint of this kernel matches"), none);
        String many = Traced.refusal("rawtracepoint:*", "--", "true");
        assertTrue(many.contains("probes are too many at once"), many);
    }
}
