package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Optional;

/** The version that old kernels check, out of what distributions write. */
class KernelVersionTest {
    @ParameterizedTest
    @CsvSource({
        "6.12.1-cloud-amd64, 6, 12, 1",
        "5.10, 5, 10, 0",
        "4.19.300, 4, 19, 255",
        "6.18.0+, 6, 18, 0",
    })
    void releasesBecomeCodes(String release, int major, int minor, int patch) {
        KernelVersion version = KernelVersion.ofRelease(release).orElseThrow();
        assertEquals(major << 16 | minor << 8 | patch, version.code());
        assertEquals(major + "." + minor + "." + patch, version.toString());
    }

    @ParameterizedTest
    @CsvSource({"''", "x", "6", "6.", "..", "99999999999.1", "1.99999999999", "-1.2", "0.0.0"})
    void otherTextHasNoCode(String release) {
        assertEquals(Optional.empty(), KernelVersion.ofRelease(release));
    }

    @Test
    void distributionsHideTheVersionInPlacesOfTheirOwn() {
        String ubuntu = "Ubuntu 5.4.0-12.15-generic 5.4.8";
        String debian = "#1 SMP Debian 4.19.67-2 (2019-08-28)";
        assertEquals(code(0x050408), KernelVersion.of(ubuntu, debian, "5.4.0-12-generic"));
        assertEquals(code(0x041343), KernelVersion.of("", debian, "4.19.0-6-amd64"));
        assertEquals(code(0x061200), KernelVersion.of("", "#1 SMP PREEMPT", "6.18.0"));
        assertEquals(code(0x061200), KernelVersion.of("x", "Debian testing", "6.18.0"));
    }

    private static Optional<KernelVersion> code(int code) {
        return Optional.of(new KernelVersion(code));
    }
}
