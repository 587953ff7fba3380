package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.ArrayList;
import java.util.List;

/** {@code purebpf trace} on a terminal. What it shows there is the same on all kernels. */
@ExtendWith(LeakCheck.class)
class TraceOnTerminalTest {
    @Test
    void countsAreShownWhileTheyGrow() throws Exception {
        Traced.requireTracing();
        assumeTrue(
                CompiledProgram.isInstalled("script"),
                "needs script (util-linux), which makes a terminal");
        List<String> words = List.of("sh", "-c", "while :; do sleep 0.05; done");
        try (Running target = PureBpf.startProcess(words)) {
            List<String> trace =
                    new ArrayList<>(PureBpf.command(System.getProperty("java.class.path")));
            String fork = "tracepoint:sched:sched_process_fork";
            String pid = Long.toString(target.process().pid());
            trace.addAll(List.of("trace", "--count", "--duration", "2", "-p", pid, fork));
            String line = "'" + String.join("' '", trace) + "'";
            try (Running terminal =
                    PureBpf.startProcess(List.of("script", "-qec", line, "/dev/null"))) {
                terminal.process().getOutputStream().close();
                Run run = terminal.end();
                assertEquals(0, run.exitCode(), run.out());
                // Each table is erased before the next, and the last before that of the end.
                String[] tables = run.out().split("\033\\[\\d+A\033\\[J");
                assertTrue(tables.length > 2, run.out());
                String last = tables[tables.length - 1];
                assertTrue(
                        last.matches("(?s) +hits .* +\\d+ +" + pid + "  sh +" + fork + "\\s+"),
                        last);
            }
        }
    }
}
