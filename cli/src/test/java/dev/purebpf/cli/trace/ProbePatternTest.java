package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.probe.Tracepoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** How probes are named on the command line. */
class ProbePatternTest {

    @Test
    void aNameWithoutPatternIsOneTracepoint() {
        assertEquals(
                List.of(Tracepoint.of("sched", "sched_switch")),
                ProbePattern.parse("tracepoint:sched:sched_switch").tracepoints());
    }

    @ParameterizedTest
    @CsvSource({
        "sched_switch, 'sched_switch' is no probe: it has the form tracepoint:",
        "tracepoint, 'tracepoint' is no probe: it has the form tracepoint:",
        "tracepoint:sched, 'tracepoint:sched' is no probe",
        "tracepoint:sched:, 'tracepoint:sched:' is no probe",
        "tracepoint::sched_switch, 'tracepoint::sched_switch' is no probe",
        "tracepoint:a:b:c, 'tracepoint:a:b:c' is no probe",
        "tracepoint:..:b, '..' is no part of a probe's name",
        "tracepoint:a:b/c, 'b/c' is no part of a probe's name",
        "kprobe:vfs_read, 'kprobe' is no kind of probe that can be traced: it has the form",
        ":a:b, '' is no kind of probe",
    })
    void whatIsNoProbeIsRefusedWithWhatOneIs(String text, String message) {
        WrongUsage e = assertThrows(WrongUsage.class, () -> ProbePattern.parse(text));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "'', name a probe",
        "tracepoint:a:b -p 1, options stand before the first probe: -p",
        "tracepoint:a:b --, after -- a command is missing",
        "-p x tracepoint:a:b, '-p wants the number of a process, not ''x'''",
        "-p 1 tracepoint:a:b -- true, 'either -p PID or a command, not both'",
        "--output xml tracepoint:a:b, --output",
    })
    void aCommandLineThatMakesNoSenseIsWrongUsage(String words, String message) {
        String line = words.isEmpty() ? "trace" : "trace " + words;
        Run run = PureBpf.runHere(line.split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("purebpf trace: " + message), run.err());
    }
}
