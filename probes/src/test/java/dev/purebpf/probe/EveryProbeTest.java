package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What holds for all kinds of probes: what is said without permission, and what links can do. */
@Tag("kernel")
class EveryProbeTest extends WithMarkedProgram {
    /** All of it with one load, which is what takes long in an emulated machine. */
    @ParameterizedTest
    @EnumSource
    void eachIsRefusedAttachedAndPinned(ProbeKind kind) throws IOException {
        AtomicReference<Errno> refusal = new AtomicReference<>();
        try (ProbeKind.Loaded loaded =
                kind.load(LiveProbes.refusingProbes(refusal::get), called.pid())) {
            // Root in a container gets the one, and security modules may answer the other.
            for (Errno errno : List.of(Errno.EPERM, Errno.EACCES)) {
                refusal.set(errno);
                assertPermissionIsNamed(errno, loaded);
            }
            refusal.set(null);
            Link link = loaded.attach(marked);
            try {
                assertTrue(link.isAttached());
                assertSame(loaded.program(), link.program());
                assertEquals(loaded.program().name() + " at " + link.target(), link.toString());
                assertProgramIsReplacedOrKept(kind, link);
                if (kind.isLinkAlways() || Kernel.host().features().has(Feature.PERF_LINK)) {
                    assertKernelTellsTheSame(kind, link);
                }
                if (isPinnable(kind)) {
                    assertPinKeepsItAttached(link);
                } else {
                    assertThrows(
                            UnsupportedFeatureException.class,
                            () -> link.pin(Path.of("/sys/fs/bpf/purebpf-never")));
                    link.close();
                }
                assertFalse(link.isAttached());
                assertThrows(IllegalStateException.class, () -> link.update(loaded.program()));
            } finally {
                link.close();
                removeEntries();
            }
        }
    }

    private static void assertPermissionIsNamed(Errno errno, ProbeKind.Loaded loaded) {
        String message =
                assertThrows(BpfException.class, () -> loaded.attachOrFail(marked)).getMessage();
        assertTrue(message.startsWith("attaching to "), message);
        assertTrue(message.contains(" failed: " + errno.name()), message);
        assertTrue(message.contains(errno.text() + "; "), message);
        assertFalse(message.contains("\n"), message);
    }

    private static void assertProgramIsReplacedOrKept(ProbeKind kind, Link link) {
        if (kind == ProbeKind.ITERATOR || kind == ProbeKind.LSM_CGROUP) {
            link.update(link.program());
        } else {
            var e =
                    assertThrows(
                            UnsupportedFeatureException.class, () -> link.update(link.program()));
            assertTrue(e.getMessage().contains(link.target()), e.getMessage());
        }
    }

    private static void assertKernelTellsTheSame(ProbeKind kind, Link link) throws IOException {
        List<String> told = ToldPlace.names(link.program());
        for (String name : told) {
            // A system call's function: __x64_sys_close.
            String shown = name.replaceFirst("^__\\w+_sys_", "");
            assertTrue(link.target().contains(shown), name + " is not in " + link.target());
        }
        // What the last of these kinds of links tell came with 6.8.
        if (Kernel.host().features().has(Feature.TOKEN)) {
            assertEquals(kind.hasPlace(), !told.isEmpty(), kind + ": " + told);
        }
    }

    private static boolean isPinnable(ProbeKind kind) {
        return kind != ProbeKind.PERF_EVENT_ON_ALL_CPUS
                && (kind.isLinkAlways() || Kernel.host().features().has(Feature.PERF_LINK));
    }

    private static void assertPinKeepsItAttached(Link link) throws IOException {
        Program program = link.program();
        List<Integer> ids = LiveProbes.linksOf(program);
        assertEquals(1, ids.size());
        Path pin = LiveProbes.newPin();
        link.pin(pin);
        try {
            link.close();
            assertEquals(ids, LiveProbes.linksOf(program));
        } finally {
            Files.delete(pin);
        }
        LiveProbes.awaitNone(() -> LiveProbes.linksOf(program));
    }

    /** What a pinned link left, which the kernel still uses for a moment after the link is gone. */
    private static void removeEntries() {
        for (String file : List.of("kprobe_events", "uprobe_events")) {
            for (String entry : LiveProbes.entries(file)) {
                String event = entry.substring(entry.indexOf(':') + 1).split(" ")[0];
                LiveProbes.await(() -> isRemoved(file, event));
            }
        }
    }

    private static boolean isRemoved(String file, String event) {
        try {
            LiveProbes.append(file, "-:" + event);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
