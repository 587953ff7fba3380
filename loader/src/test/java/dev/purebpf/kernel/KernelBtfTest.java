package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class KernelBtfTest {
    private static final String LIVE = "/sys/kernel/btf/vmlinux";

    @Test
    void theRunningKernelKnowsItsTasks() throws IOException {
        assumeTrue(Files.isReadable(Path.of(LIVE)), "needs " + LIVE);
        Btf btf = KernelBtf.load(Kernel.host());
        assertTrue(btf.find("task_struct", BtfKind.STRUCT) > 0);
    }

    @Test
    void itsTypesCanBeHadWithoutNativeAccess() throws IOException {
        assumeTrue(Files.isReadable(Path.of(LIVE)), "needs " + LIVE);
        assertTrue(KernelBtf.running().find("task_struct", BtfKind.STRUCT) > 0);
    }

    @Test
    void theyAreReadOnceForAll() throws IOException {
        assumeTrue(Files.isReadable(Path.of(LIVE)), "needs " + LIVE);
        Btf btf = KernelBtf.running();
        assertSame(btf, KernelBtf.load(Kernel.host()));
        assertSame(btf, KernelBtf.running());
    }

    @Test
    void whoAsksWithATokenGetsTheSame() throws IOException {
        assumeTrue(Files.isReadable(Path.of(LIVE)), "needs " + LIVE);
        Kernel host = Kernel.host();
        // No command is given, so any descriptor is as good as a token's.
        try (OwnedFd token = OwnedFd.of(host, host.eventFd(), "opening an event descriptor")) {
            assertSame(KernelBtf.load(host), KernelBtf.load(DelegatedKernel.of(host, token)));
        }
    }

    @Test
    void aKernelWithoutTypesIsToldWhatToDo() {
        try (var kernel = new FakeKernel().file("/proc/sys/kernel/osrelease", "0.0-none\n")) {
            var e = assertThrows(UnsupportedFeatureException.class, () -> KernelBtf.load(kernel));
            assertEquals("5.4", e.since());
            assertTrue(e.getMessage().contains("CONFIG_DEBUG_INFO_BTF=y"), e.getMessage());
            assertTrue(e.getMessage().contains("0.0-none"), e.getMessage());
        }
    }

    @Test
    void damagedTypesAreToldByTheirFile() {
        try (var kernel = new FakeKernel().file(LIVE, "not BTF at all")) {
            var e = assertThrows(MalformedObjectException.class, () -> KernelBtf.load(kernel));
            assertEquals(LIVE, e.file());
        }
    }
}
