package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.UnsupportedFeatureException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
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

    @ParameterizedTest
    @EnumSource
    @Tag("kernel")
    @ExtendWith(LeakCheck.class)
    void thisKernelAnswersAsItsVersionSays(Feature feature) throws Exception {
        Kernel kernel = LiveKernel.require();
        String release = new String(kernel.readFile("/proc/sys/kernel/osrelease")).strip();
        boolean expected = compare(release, feature.since()) >= 0;
        assertEquals(expected, new KernelFeatures(kernel).has(feature), feature + " on " + release);
    }

    private static int compare(String release, String since) {
        return Arrays.compare(version(release), version(since));
    }

    private static int[] version(String text) {
        String[] parts = text.split("[^0-9]+", 3);
        return new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
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
