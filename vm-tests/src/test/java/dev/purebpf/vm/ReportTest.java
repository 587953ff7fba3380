package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ReportTest {
    private static final String PASSED =
            "<testcase name=\"works()\" classname=\"a.b.MapTest\" time=\"1.25\">"
                    + "<system-out>unique-id: x</system-out></testcase>";
    private static final String FAILED =
            "<testcase name=\"breaks()\" classname=\"a.b.MapTest\" time=\"0.5\"><failure"
                    + " message=\"short\" type=\"E\"><![CDATA[E: expected <1>\n"
                    + "\tat a.b.MapTest.breaks(MapTest.java:7)\n"
                    + "\tat java.base/java.lang.reflect.Method.invoke(Unknown Source)\n"
                    + "\tat java.base/java.util.ArrayList.forEach(Unknown Source)\n"
                    + "Caused by: F\n"
                    + "\tat a.b.Deep.down(Deep.java:1)\n"
                    + "]]></failure></testcase>";
    private static final String ASSUMED =
            "<testcase name=\"waits()\" classname=\"a.b.RingTest\" time=\"0\"><skipped><![CDATA["
                    + "org.opentest4j.TestAbortedException: Assumption failed: needs root\n"
                    + "\tat a.b.RingTest.waits(RingTest.java:3)]]></skipped></testcase>";
    private static final String DISABLED =
            "<testcase name=\"rests()\" classname=\"a.b.RingTest\" time=\"0\">"
                    + "<skipped message=\"only on Tuesday\"/></testcase>";

    @TempDir Path folder;

    @Test
    void aTestMayTakeThousandsOfSeconds() throws IOException {
        String patient = PASSED.replace("time=\"1.25\"", "time=\"1,859.803\"");
        KernelRun run = run("finished 0", "", patient);
        assertEquals(1859.803, run.tests().getFirst().seconds());
    }

    @Test
    void everyTestOfAReportIsRead() throws IOException {
        KernelRun run = run("finished 1", "", PASSED, FAILED, ASSUMED, DISABLED);
        assertEquals(
                List.of("works()", "breaks()", "waits()", "rests()"),
                run.tests().stream().map(TestResult::name).toList());
        assertEquals(
                List.of(
                        new TestResult.Skipped("needs root"),
                        new TestResult.Skipped("only on Tuesday")),
                run.tests().stream().skip(2).map(TestResult::outcome).toList());
        assertEquals(1.25, run.tests().getFirst().seconds());
    }

    @Test
    void allPassedIsGood() throws IOException {
        assertTrue(run("finished 0", "", PASSED, ASSUMED).isGood());
    }

    @Test
    void aFailureIsShownWithItsOwnFramesAndTheConsole() throws IOException {
        String report = report(run("finished 1", "[1.0] the console\n", PASSED, FAILED));
        assertTrue(report.contains("MapTest"), report);
        assertTrue(report.contains("1/1/0 1.8 s"), report);
        assertTrue(report.contains("6.12: a.b.MapTest breaks()"), report);
        assertTrue(report.contains("at a.b.MapTest.breaks(MapTest.java:7)"), report);
        assertFalse(report.contains("ArrayList.forEach"), report);
        assertTrue(report.contains("at a.b.Deep.down"), report);
        assertTrue(report.contains("the console"), report);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[   12.345678] WARNING: CPU: 1 PID: 7 at kernel/bpf/verifier.c:1 f+0x1/0x2",
                "[   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000008",
                "[   12.345678] kernel BUG at mm/slub.c:4096!",
                "[   12.345678] invalid opcode: 0000 [#1] SMP NOPTI",
                "[   12.345678] Oops: 0000 [#1] PREEMPT SMP",
                "[   12.345678] Unable to handle kernel paging request at virtual address 0000dead",
                "[   12.345678] Internal error: Oops - undefined instruction: 02000000 [#1] SMP",
                "[   12.345678] WARNING: suspicious RCU usage",
                "[   12.345678] WARNING: inconsistent lock state",
                "[   12.345678] WARNING: possible circular locking dependency detected",
                "[   12.345678] Kernel panic - not syncing: Attempted to kill init!",
            })
    void aComplaintOfTheKernelFailsWhateverTheTestsSay(String line) throws IOException {
        KernelRun run = run("finished 0", line + "\n", PASSED);
        assertFalse(run.isGood());
        assertTrue(report(run).contains("complains about itself"));
    }

    @Test
    void slownessIsNoComplaint() throws IOException {
        String slow =
                "[1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!\n"
                        + "[1.5] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0\n"
                        + "[2.0] hrtimer: interrupt took 107524684 ns\n";
        assertTrue(run("finished 0", slow, PASSED).isGood());
    }

    @ParameterizedTest
    @ValueSource(strings = {"late", "died", "finished 2"})
    void aMachineThatDidNotFinishIsNotGood(String end) throws IOException {
        KernelRun run = run(end, "[0.1] last words\n");
        assertFalse(run.isGood());
        assertTrue(report(run).contains("last words"));
        assertTrue(report(run).contains(end + ", without a report"));
    }

    @Test
    void noTestIsNotGood() throws IOException {
        assertFalse(run("finished 0", "").isGood());
        assertFalse(run("finished 0", "", ASSUMED).isGood());
        assertFalse(Report.print(List.of(), new PrintStream(new ByteArrayOutputStream())));
    }

    @Test
    void reasonsAreCountedForEachKernel() throws IOException {
        String report = report(run("finished 0", "", PASSED, ASSUMED, ASSUMED));
        assertTrue(report.contains("  needs root\n    6.12: 2\n"), report);
    }

    @Test
    void theMachinesOfAKernelAreOneColumn() throws IOException {
        run("finished 0", "", ASSUMED);
        Path other = Files.createDirectories(folder.resolve("6.12/2/results"));
        Files.writeString(other.resolve("../end"), "finished 0\n");
        Files.writeString(other.resolve("../seconds"), "7\n");
        Files.writeString(other.resolve("TEST-x.xml"), "<testsuite>" + PASSED + "</testsuite>");
        KernelRun both = KernelRun.read(folder.resolve("6.12"));
        assertTrue(both.isGood());
        String report = report(both);
        assertTrue(report.contains("1/0/1 1.3 s"), report);
        assertTrue(report.contains("finished 0, 12 s; finished 0, 7 s"), report);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<testsuite><testcase name=\"a\" time=\"x\"/></testsuite>",
                "<testsuite><testcase time=\"1\">",
                "\u0000",
            })
    void whatIsNoReportIsRefusedByName(String text) throws IOException {
        Path file = folder.resolve("TEST-x.xml");
        Files.writeString(file, text);
        var e = assertThrows(IOException.class, () -> JunitXml.read(file));
        assertTrue(e.getMessage().contains("TEST-x.xml"), e.getMessage());
    }

    private KernelRun run(String end, String console, String... cases) throws IOException {
        Path machine = folder.resolve("6.12/1");
        Path results = Files.createDirectories(machine.resolve("results/loader"));
        Files.writeString(machine.resolve("end"), end + "\n");
        Files.writeString(machine.resolve("seconds"), "12\n");
        Files.writeString(machine.resolve("console.log"), console);
        if (cases.length > 0) {
            Files.writeString(
                    results.resolve("TEST-junit-jupiter.xml"),
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"x\">"
                            + String.join("\n", cases)
                            + "</testsuite>");
        }
        return KernelRun.read(folder.resolve("6.12"));
    }

    private static String report(KernelRun run) {
        var bytes = new ByteArrayOutputStream();
        Report.print(List.of(run), new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
