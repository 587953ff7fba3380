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
        "fentry:vfs_read, FENTRY, '', vfs_read",
        "fexit:vfs_*, FEXIT, '', vfs_*",
        "tp_btf:sched_switch, TP_BTF, '', sched_switch",
        "rawtracepoint:sched_*, RAWTRACEPOINT, '', sched_*",
        "usdt:libc.so.6:libc:setjmp, USDT, libc.so.6, libc:setjmp",
        "usdt:/tmp/a:b/c:*:*, USDT, /tmp/a:b/c, *:*",
        "uretprobe:/tmp/a:b/c:main.(*T).Run, URETPROBE, /tmp/a:b/c, main.(*T).Run",
        "uprobe:/tmp/a+1:main, UPROBE, /tmp/a+1, main",
        "uprobe:/tmp/a:operator+, UPROBE, /tmp/a, operator+",
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
        "usdt:libc.so.6:setjmp, 'usdt:libc.so.6:setjmp' is no probe",
        "usdt::libc:setjmp, 'usdt::libc:setjmp' is no probe",
        "usdt:libc.so.6::setjmp, 'usdt:libc.so.6::setjmp' is no probe",
        "tp_btf:sched:sched_switch, 'tp_btf:sched:sched_switch' is no probe",
        "fentry:, 'fentry:' is no probe",
        ":a:b, '' is no kind of probe",
        "kprobe:vfs_read+9999, 'vfs_read+9999' is a place within a function, or behind it; only the"
                + " begin and the return of functions can be traced: kprobe:vfs_read",
        "fexit:vfs_read+0x10, 'vfs_read+0x10' is a place within a function",
        "uprobe:libc.so.6:malloc+4, 'malloc+4' is a place within a function, or behind it; only the"
                + " begin and the return of functions can be traced: uprobe:libc.so.6:malloc",
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
        "--duration x tracepoint:a:b, '--duration wants seconds, such as 10 or 0.5, not ''x'''",
        "--duration 0 tracepoint:a:b, '--duration wants seconds, such as 10 or 0.5, not ''0'''",
        "--duration 1e99 tracepoint:a:b, '--duration wants seconds, such as 10 or 0.5, not"
                + " ''1e99'''",
        "--types tracepoint:a:b, '--types goes with --list'",
    })
    void aCommandLineThatMakesNoSenseIsWrongUsage(String words, String message) {
        String line = words.isEmpty() ? "trace" : "trace " + words;
        Run run = PureBpf.runHere(line.split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("purebpf trace: " + message), run.err());
    }
}
