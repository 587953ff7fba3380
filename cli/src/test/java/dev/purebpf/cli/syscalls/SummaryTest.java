package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.cli.session.WallClock;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

class SummaryTest {
    private final SyscallTable table = SyscallTable.of("x86_64");
    private final Summary summary = new Summary();

    @Test
    void theTableCountsTimesAndErrorsOfEachCall() {
        add(new EventBytes(257).duration(20_000).result(3));
        add(new EventBytes(257).duration(100_000).result(-2));
        add(new EventBytes(39).duration(1_000).result(7));
        add(new EventBytes(231).flags(SyscallEvent.NO_RESULT));
        ByteText text = new ByteText(16);
        summary.appendTable(text);
        assertEquals(
                """
                         calls        errors       total s     average s         max s  call
                             2             1   0.000120000   0.000060000   0.000100000  openat
                             1             0   0.000001000   0.000001000   0.000001000  getpid
                             1             0   0.000000000   0.000000000   0.000000000  exit_group
                             4             1   0.000121000   0.000040333   0.000100000  total
                """,
                text.toString());
    }

    @Test
    void callsWithoutADurationDoNotSpoilTheAverage() {
        add(new EventBytes(0).duration(10_000).result(1));
        add(new EventBytes(0).flags(SyscallEvent.NO_ENTRY).result(1));
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        JsonWriter json = new JsonWriter(new CommandOutput(written), WallClock.instant(0));
        json.write(summary);
        json.flush();
        assertEquals(
                "{\"summary\":\"read\",\"calls\":2,\"errors\":0,\"total_ns\":10000,"
                        + "\"average_ns\":10000,\"max_ns\":10000}\n",
                written.toString(StandardCharsets.UTF_8));
    }

    @Test
    void a32BitCallHasARowOfItsOwn() {
        add(new EventBytes(20).flags(SyscallEvent.COMPAT).result(1));
        add(new EventBytes(39).result(1));
        ByteText text = new ByteText(16);
        summary.appendTable(text);
        assertTrue(text.toString().contains("  getpid (32-bit)\n"), text.toString());
        assertTrue(text.toString().contains("  getpid\n"), text.toString());
    }

    @Test
    void nothingSeenIsATableOfNothing() {
        ByteText text = new ByteText(16);
        summary.appendTable(text);
        assertTrue(text.toString().endsWith("0.000000000  total\n"), text.toString());
    }

    private void add(EventBytes bytes) {
        SyscallEvent event = bytes.event();
        summary.add(event, table.get(event.number(), event.has(SyscallEvent.COMPAT)));
    }
}
