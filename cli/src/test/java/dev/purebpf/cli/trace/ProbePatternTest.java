package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.trace.ProbePattern.Kind;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How probes are named on the command line. */
class ProbePatternTest {

    @ParameterizedTest
    @CsvSource({
        "tracepoint:sched:sched_switch, TRACEPOINT, sched, sched_switch",
        "kprobe:vfs_*, KPROBE, '', vfs_*",
        "kretprobe:vfs_read, KRETPROBE, '', vfs_read",
        "uprobe:libc.so.6:malloc, UPROBE, libc.so.6, malloc",
        "uretprobe:/tmp/a:b/c:main.(*T).Run, URETPROBE, /tmp/a:b/c, main.(*T).Run",
    })
    void aProbeHasAKindAPlaceAndAName(String text, Kind kind, String place, String name) {
        assertEquals(new ProbePattern(text, kind, place, name), ProbePattern.parse(text));
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
        "kprobes:vfs_read, 'kprobes' is no kind of probe that can be traced: it has the form",
        "kprobe:, 'kprobe:' is no probe",
        "kprobe:vmlinux:vfs_read, 'kprobe:vmlinux:vfs_read' is no probe",
        "kretprobe:a/b, 'kretprobe:a/b' is no probe",
        "uprobe:malloc, 'uprobe:malloc' is no probe",
        "uprobe::malloc, 'uprobe::malloc' is no probe",
        "uretprobe:libc.so.6:, 'uretprobe:libc.so.6:' is no probe",
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
        "--args 7 uprobe:a:b, '--args wants a number from 0 to 6, not ''7'''",
        "--list uprobe:a:b, '--list knows tracepoints and kprobes, not uprobe:a:b'",
    })
    void aCommandLineThatMakesNoSenseIsWrongUsage(String words, String message) {
        String line = words.isEmpty() ? "trace" : "trace " + words;
        Run run = PureBpf.runHere(line.split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("purebpf trace: " + message), run.err());
    }
}
