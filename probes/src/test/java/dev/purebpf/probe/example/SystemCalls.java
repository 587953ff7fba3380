package dev.purebpf.probe.example;

import dev.purebpf.BpfObject;
import dev.purebpf.probe.Probe;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** The example of README.md, which {@link ReadmeTest} compares with the lines there. */
public final class SystemCalls {
    /** The C struct, field for field; the names and sizes are checked when the buffer is opened. */
    record Call(int pid, int tid, long number, long time) {}

    public static void main(String[] args) throws Exception {
        var object = Path.of(args[0]);
        var pid = Integer.parseInt(args[1]);
        var end = Instant.now().plusSeconds(Long.parseLong(args[2]));
        try (var bpf = BpfObject.open(object).set("target_pid", pid).load();
                var _ = Probe.attach(bpf.program("on_sys_enter"));
                var calls = bpf.ringBuffer("calls", Call.class, System.out::println)) {
            while (Instant.now().isBefore(end)) {
                calls.poll(Duration.ofMillis(100));
            }
            System.out.println(calls.lost() + " lost");
        }
    }
}
