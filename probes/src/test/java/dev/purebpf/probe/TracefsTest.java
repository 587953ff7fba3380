package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.symbol.Glob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tracefs as a directory tree that the test has made. */
class TracefsTest {
    @TempDir Path directory;

    @Test
    void whereItIsNotMountedTheMessageSaysHowToMountIt() {
        Tracefs nowhere = new Tracefs(List.of(directory.resolve("a"), directory.resolve("b")));
        KernelException e = assertThrows(KernelException.class, () -> nowhere.root("looking"));
        assertTrue(e.getMessage().startsWith("looking failed: ENOENT"), e.getMessage());
        assertTrue(
                e.advice().endsWith("mount -t tracefs tracefs " + directory.resolve("a")),
                e.advice());
    }

    @Test
    void theOldPlaceServesWhereTheNewOneIsEmpty() throws IOException {
        Path old = directory.resolve("debug/tracing");
        Files.createDirectories(old.resolve("events"));
        Files.createDirectories(directory.resolve("tracing"));
        assertEquals(old, new Tracefs(List.of(directory.resolve("tracing"), old)).root("looking"));
    }

    @Test
    void theNumberOfATracepointIsReadFromItsFile() throws IOException {
        Path tracepoint = directory.resolve("events/sched/sched_switch");
        Files.createDirectories(tracepoint);
        Files.writeString(tracepoint.resolve("id"), "314\n");
        Tracefs tracefs = new Tracefs(List.of(directory));
        assertEquals(314, Tracepoint.of("sched", "sched_switch").id(tracefs));
        assertNull(tracefs.read("events/sched/other/id", "looking"));
        KernelException e =
                assertThrows(
                        KernelException.class,
                        () -> Tracepoint.of("sched", "sched_swtch").id(tracefs));
        assertTrue(e.advice().endsWith("did you mean sched/sched_switch?"), e.advice());
    }

    @Test
    void aPatternStandsForAllTracepointsThatCanBeAttachedTo() throws IOException {
        for (String path : List.of("sched/wake", "sched/switch", "net/wake", "ftrace/wake")) {
            Path tracepoint = Files.createDirectories(directory.resolve("events/" + path));
            Files.writeString(tracepoint.resolve("id"), "1\n");
        }
        Files.writeString(directory.resolve("events/sched/enable"), "0\n");
        Tracefs tracefs = new Tracefs(List.of(directory));
        assertEquals(
                List.of(Tracepoint.of("net", "wake"), Tracepoint.of("sched", "wake")),
                Tracepoint.matching(new Glob("*"), new Glob("wa*"), tracefs));
        assertEquals(
                List.of(Tracepoint.of("sched", "switch")),
                Tracepoint.matching(new Glob("sched"), new Glob("switch"), tracefs));
    }

    @Test
    void aNameThatWouldLeadElsewhereIsNone() {
        assertThrows(IllegalArgumentException.class, () -> Tracepoint.of("..", "x"));
        assertThrows(IllegalArgumentException.class, () -> Tracepoint.of("sched", "a/b"));
        assertThrows(IllegalArgumentException.class, () -> Tracepoint.of("", "x"));
    }
}
