package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Running;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Whether a process goes on because Ctrl-C did not reach it, or because it wants to. */
class TracedProcessTest {
    @Test
    void whatCtrlCWouldEndHasMissedIt() throws Exception {
        try (Running sleep = running("exec sleep 1000")) {
            assertTrue(TracedProcess.hasMissedCtrlC(sleep.process().pid()));
        }
    }

    @Test
    void whatIgnoresCtrlCHasNotMissedIt() throws Exception {
        try (Running sleep = running("trap '' INT; exec sleep 1000")) {
            assertFalse(TracedProcess.hasMissedCtrlC(sleep.process().pid()));
        }
    }

    @Test
    void whatDoesSomethingOfItsOwnHasNotMissedIt() {
        assertFalse(TracedProcess.hasMissedCtrlC(ProcessHandle.current().pid()), "as Java does");
    }

    @Test
    void whatIsStoppedGetsItLater() throws Exception {
        try (Running sleep = running("exec sleep 1000")) {
            sleep.signal("STOP");
            sleep.signal("INT");
            assertFalse(TracedProcess.hasMissedCtrlC(sleep.process().pid()));
        }
    }

    @Test
    void whatHasEndedHasNotMissedIt() throws Exception {
        try (Running sleep = running("exec sleep 1000")) {
            sleep.signal("INT");
            sleep.end();
            assertFalse(TracedProcess.hasMissedCtrlC(sleep.process().pid()));
        }
    }

    /** {@return a process that has come to be {@code sleep}} */
    private static Running running(String script) throws Exception {
        Running running = PureBpf.startProcess(List.of("sh", "-c", script));
        ProcessHandle handle = running.process().toHandle();
        Waiting.until(() -> handle.info().command().orElse("").endsWith("sleep"));
        return running;
    }
}
