package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.link.KernelVersion;

import org.junit.jupiter.api.Test;

class RunningKernelTest {
    private static final String RELEASE = "/proc/sys/kernel/osrelease";

    /** A kernel's version stays, and is read once; another kernel has its own. */
    @Test
    void ofTheKernelAskedLastTheVersionIsKept() {
        try (var kernel = new FakeKernel().file(RELEASE, "6.1.7\n");
                var other = new FakeKernel().file(RELEASE, "6.12.3\n")) {
            assertVersion(0x060107, kernel);
            kernel.file(RELEASE, "unreadable");
            assertVersion(0x060107, kernel);
            assertVersion(0x060c03, other);
        }
    }

    private static void assertVersion(int code, FakeKernel kernel) {
        assertEquals(
                code, RunningKernel.version(kernel).map(KernelVersion::code).orElse(0).intValue());
    }
}
