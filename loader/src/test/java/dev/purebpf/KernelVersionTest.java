package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertEquals(major << 16 | minor << 8 | patch, KernelVersion.parse(release));
    }

    @ParameterizedTest
    @CsvSource({"''", "x", "6", "6.", "..", "99999999999.1", "1.99999999999", "-1.2"})
    void otherTextHasNoCode(String release) {
        assertEquals(0, KernelVersion.parse(release));
    }

    @Test
    void distributionsHideTheVersionInPlacesOfTheirOwn() {
        String ubuntu = "Ubuntu 5.4.0-12.15-generic 5.4.8";
        String debian = "Linux version 4.19.0-6-amd64 (x) #1 SMP Debian 4.19.67-2 (2019-08-28)";
        assertEquals(0x050408, KernelVersion.code(ubuntu, debian, "5.4.0-12-generic"));
        assertEquals(0x041343, KernelVersion.code("", debian, "4.19.0-6-amd64"));
        assertEquals(0x061200, KernelVersion.code("", "Linux version 6.18", "6.18.0"));
    }
}
