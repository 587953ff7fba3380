package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.EnumSet;
import java.util.Set;

class KernelFeaturesTest {
    @Test
    void aFeatureIsProbedOnce() {
        try (var kernel = new FakeKernel(null)) {
            assertTrue(kernel.features().has(Feature.RING_BUFFER));
            assertTrue(kernel.features().has(Feature.RING_BUFFER));
            assertEquals(1, kernel.calls().size());
        }
    }

    @Test
    void whatMayNotBeTriedIsAskedAgain() {
        try (var kernel = new FakeKernel(null).failing(1, Errno.EPERM)) {
            assertFalse(kernel.features().has(Feature.RING_BUFFER));
            assertTrue(kernel.features().has(Feature.RING_BUFFER));
        }
    }

    @ParameterizedTest
    @EnumSource
    void probesLeaveNothingOpenWhicheverCallFails(Feature feature) {
        for (int n = 1; n <= 4; n++) {
            try (var kernel = new FakeKernel(null).failing(n, Errno.EINVAL)) {
                boolean has = kernel.features().has(feature);
                if (n <= kernel.calls().size()) {
                    assertFalse(has, feature + " with call " + n + " failing");
                }
            }
        }
    }

    @Test
    void whatIsMissingIsToldWithTheVersionThatBroughtIt() {
        KernelFeatures features = KernelFeatures.of(EnumSet.of(Feature.BTF));
        features.require(Feature.BTF);
        var e =
                assertThrows(
                        UnsupportedFeatureException.class,
                        () -> features.require(Feature.RING_BUFFER));
        assertEquals(
                "this kernel does not support BPF ring buffers: it came with Linux 5.8",
                e.getMessage());
    }

    @Test
    void whoMayNotTryIsNotToldThatTheKernelIsOld() {
        try (var kernel = new FakeKernel(null).failing(1, Errno.EPERM)) {
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> kernel.features().require(Feature.RING_BUFFER));
            assertEquals(Errno.EPERM.number(), e.errno());
            assertTrue(
                    e.getMessage().startsWith("trying BPF ring buffers failed: EPERM"),
                    e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("kernel")
    @ExtendWith(LeakCheck.class)
    void thisKernelAnswersAsItsVersionSays(Feature feature) throws Exception {
        Kernel kernel = LiveKernel.require();
        KernelRelease release = KernelRelease.of(kernel);
        boolean expected = release.isSince(feature.since()) && isBuiltIn(kernel, feature);
        assertEquals(
                expected,
                new KernelFeatures(kernel).has(feature),
                feature + " on " + release.text());
    }

    /** Some things are a matter of the kernel's configuration, too, as its symbols show. */
    private static boolean isBuiltIn(Kernel kernel, Feature feature) throws Exception {
        String symbol =
                switch (feature) {
                    case KPROBE_MULTI, KPROBE_SESSION -> "register_fprobe_ips";
                    case NETKIT_LINK -> "netkit_link_attach";
                    default -> null;
                };
        return symbol == null || Kallsyms.load(kernel).addressesIn("", symbol).length > 0;
    }

    @Test
    void givenFeaturesAreNotProbed() {
        try (var kernel = new FakeKernel(Set.of(Feature.COOKIE))) {
            assertTrue(kernel.features().has(Feature.COOKIE));
            assertFalse(kernel.features().has(Feature.BTF));
            assertEquals(0, kernel.calls().size());
        }
    }
}
