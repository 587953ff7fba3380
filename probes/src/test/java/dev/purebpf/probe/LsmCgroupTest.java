package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs that decide what this thread binds sockets to, as a process of a cgroup. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class LsmCgroupTest {
    private static final Kernel KERNEL = Kernel.host();

    @TempDir Path folder;

    @Test
    void theProcessesOfACgroupAreDecidedAbout() throws IOException {
        LiveProbes.require(Feature.LSM_CGROUP);
        LiveProbes.requireSecurityModule();
        try (LoadedObject bpf = load("decide_in_cgroup", "allow_in_cgroup", "on_sample")) {
            Path all = LiveProbes.cgroups();
            try (Link link = LsmCgroup.of(all).attach(bpf.program("decide_in_cgroup"))) {
                assertEquals("lsm_cgroup socket_bind of cgroup " + all, link.target());
                assertEquals(bind("first"), bpf.variable("bound").get(String.class));
                assertEquals(1, bpf.variable("hits").getLong());
                bpf.variable("refuses_binding").set(true);
                assertThrows(IOException.class, () -> bind("refused"));
                link.update(bpf.program("allow_in_cgroup"));
                bind("allowed");
                assertEquals(2, bpf.variable("hits").getLong());
                assertEquals("allow_in_cgroup", link.program().name());
                assertThrows(KernelException.class, () -> link.update(bpf.program("on_sample")));
                bind("still allowed");
            }
            bind("unasked");
            assertEquals(2, bpf.variable("hits").getLong());
        }
    }

    @Test
    void otherCgroupsAreNotAskedFor() throws IOException {
        LiveProbes.require(Feature.LSM_CGROUP);
        LiveProbes.requireSecurityModule();
        Path other = LiveProbes.cgroups().resolve("purebpf test " + ProcessHandle.current().pid());
        Files.createDirectory(other);
        try (LoadedObject bpf = load("decide_in_cgroup");
                Link link = LsmCgroup.of(other).attach(bpf.program("decide_in_cgroup"))) {
            bind("elsewhere");
            assertEquals(0, bpf.variable("hits").getLong());
            assertTrue(link.isAttached());
        } finally {
            Files.delete(other);
        }
    }

    @Test
    void detachingDetachesWhatIsPinned() throws IOException {
        LiveProbes.require(Feature.LSM_CGROUP);
        LiveProbes.requireSecurityModule();
        Path pin = LiveProbes.newPin();
        try (LoadedObject bpf = load("decide_in_cgroup")) {
            Program program = bpf.program("decide_in_cgroup");
            try (Link link = LsmCgroup.of(LiveProbes.cgroups()).attach(program)) {
                link.pin(pin);
                link.detach();
                assertFalse(link.isAttached());
                bind("unasked");
                assertEquals(0, bpf.variable("hits").getLong());
                assertEquals(1, LiveProbes.linksOf(program).size());
            } finally {
                Files.deleteIfExists(pin);
            }
        }
    }

    @Test
    void oneSentenceSaysWhatIsWrong() throws IOException {
        LiveProbes.require(Feature.LSM_CGROUP);
        try (LoadedObject bpf = load("decide_in_cgroup")) {
            Program program = bpf.program("decide_in_cgroup");
            LsmCgroup none = LsmCgroup.of(folder.resolve("none"));
            assertRefused(
                    "there is no cgroup " + none.cgroup(),
                    assertThrows(KernelException.class, () -> none.attach(program)));
            LsmCgroup folderOfFiles = LsmCgroup.of(folder);
            assertRefused(
                    folder + " is no cgroup of version 2",
                    assertThrows(KernelException.class, () -> folderOfFiles.attach(program)));
            assertRefused(
                    "names no cgroup: use LsmCgroup.of(folder)",
                    assertThrows(IllegalArgumentException.class, () -> Probe.attach(program)));
            assertRefused(
                    "only fentry, fexit",
                    assertThrows(
                            IllegalArgumentException.class, () -> Tracing.of().attach(program)));
        }
    }

    @Test
    void programsOfOtherKindsAndOlderKernelsAreRefused() {
        try (LoadedObject bpf = load("on_sample")) {
            LsmCgroup probe = LsmCgroup.of(Path.of("/"));
            assertRefused(
                    "a cgroup takes SEC(\"lsm_cgroup/HOOK\")",
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> probe.attach(bpf.program("on_sample"))));
        }
        if (!KERNEL.features().has(Feature.LSM_CGROUP)) {
            assertRefused(
                    "does not support BPF LSM programs of cgroups: it came with Linux 6.0",
                    assertThrows(
                            UnsupportedFeatureException.class, () -> load("decide_in_cgroup")));
        }
    }

    private static void assertRefused(String expected, Exception e) {
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    /** {@return the address of a socket that was bound} */
    private String bind(String name) throws IOException {
        Path address = folder.resolve(name);
        try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(address));
        }
        return address.toString();
    }

    private static LoadedObject load(String... programs) {
        try {
            return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), programs);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }
}
