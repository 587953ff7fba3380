package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.OpenLink;
import dev.purebpf.OpenMap;
import dev.purebpf.OpenProgram;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Links that others have left behind, on this machine's kernel. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class OpenLinkTest {
    private static final Kernel KERNEL = Kernel.host();

    private Path pin;

    @BeforeEach
    void whereALinkCanBePinned() throws IOException {
        pin = LiveProbes.newPin();
    }

    @AfterEach
    void removeThePin() throws IOException {
        if (pin != null) {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void theProgramOfAPinnedLinkIsReplacedByAnotherObject() throws IOException {
        try (LoadedObject bpf = load("tasks");
                Link link = Probe.attach(bpf.program("tasks"))) {
            link.pin(pin);
        }
        String self = " of " + KERNEL.processId() + "\n";
        assertTrue(Files.readString(pin).contains(self));
        try (LoadedObject bpf = load("mark");
                OpenLink link = OpenLink.pinned(pin)) {
            link.update(bpf.program("mark"));
            assertEquals(bpf.program("mark").info().id(), link.info().programId());
        }
        assertEquals(List.of("a task"), Files.readString(pin).lines().distinct().toList());
    }

    @Test
    void aPinnedLinkTellsItsProgramAndKeepsIt() throws IOException {
        int id;
        try (LoadedObject bpf = attachable();
                Link link =
                        RawTracepoint.of("sys_enter").attach(bpf.program("at_raw_tracepoint"))) {
            id = bpf.program("at_raw_tracepoint").info().id();
            link.pin(pin);
        }
        try (LoadedObject bpf = attachable();
                OpenLink link = OpenLink.pinned(pin);
                OpenProgram program = OpenProgram.ofId(KERNEL, link.info().programId())) {
            assertEquals(id, program.info().id());
            var kept =
                    assertThrows(
                            KernelException.class,
                            () -> link.update(bpf.program("at_raw_tracepoint")));
            assertEquals(Errno.EINVAL.number(), kept.errno());
            assertTrue(kept.getMessage().contains("attach anew"), kept.getMessage());
            var attached = assertThrows(UnsupportedFeatureException.class, link::detach);
            assertTrue(attached.getMessage().contains("remove the file"), attached.getMessage());
            assertEquals(id, link.info().programId());
            try (OpenLink same = OpenLink.ofId(KERNEL, link.info().id())) {
                assertEquals(link.info(), same.info());
            }
        }
        Files.delete(pin);
        // The kernel lets go of a program when no processor can be running it any more.
        Instant end = Instant.now().plusSeconds(30);
        while (isThere(id) && Instant.now().isBefore(end)) {
            Thread.onSpinWait();
        }
        assertFalse(isThere(id));
    }

    @Test
    void whatIsNoLinkIsRefused() {
        try (LoadedObject bpf = attachable();
                Link link =
                        RawTracepoint.of("sys_enter").attach(bpf.program("at_raw_tracepoint"))) {
            bpf.program("at_raw_tracepoint").pin(pin);
            var e = assertThrows(IllegalArgumentException.class, () -> OpenLink.pinned(pin));
            assertEquals("what is pinned at " + pin + " is no link, but a program", e.getMessage());
            assertTrue(link.isAttached());
        }
        var none = assertThrows(KernelException.class, () -> OpenLink.ofId(KERNEL, -1));
        assertEquals(Errno.ENOENT.number(), none.errno());
    }

    @Test
    void aLinkIsNoMap() {
        try (LoadedObject bpf = attachable();
                Link link =
                        RawTracepoint.of("sys_enter").attach(bpf.program("at_raw_tracepoint"))) {
            link.pin(pin);
            var e = assertThrows(IllegalArgumentException.class, () -> OpenMap.pinned(pin));
            assertEquals("what is pinned at " + pin + " is no map, but a link", e.getMessage());
        }
    }

    private static boolean isThere(int program) {
        try (OpenProgram _ = OpenProgram.ofId(KERNEL, program)) {
            return true;
        } catch (KernelException e) {
            assertEquals(Errno.ENOENT.number(), e.errno());
            return false;
        }
    }

    private static LoadedObject load(String iterator) {
        try {
            return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), iterator);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }

    private static LoadedObject attachable() {
        int pid = KERNEL.processId();
        return LiveProbes.load(KERNEL, "probes", "target_pid", pid, "at_raw_tracepoint");
    }
}
