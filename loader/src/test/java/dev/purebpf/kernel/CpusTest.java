package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpusTest {
    private static final String ONLINE = "/sys/devices/system/cpu/online";
    private static final String POSSIBLE = "/sys/devices/system/cpu/possible";

    @Test
    void idsNeedNotBeContiguous() {
        assertArrayEquals(new int[] {0, 1, 2, 3, 6, 8, 9}, Cpus.parse("0-3,6,8-9\n"));
        assertArrayEquals(new int[] {0}, Cpus.parse("0\n"));
    }

    @Test
    void possibleIsNotOnline() {
        try (var kernel = new FakeKernel().file(POSSIBLE, "0-7\n").file(ONLINE, "0,2-3\n")) {
            assertEquals(8, Cpus.possibleCount(kernel));
            assertArrayEquals(new int[] {0, 2, 3}, Cpus.online(kernel));
        }
    }

    @Test
    void aPerCpuValueHasRoomForTheHighestPossibleCpu() {
        try (var kernel = new FakeKernel().file(POSSIBLE, "0,2-5\n")) {
            assertEquals(6, Cpus.possibleCount(kernel));
            assertEquals(48, MapCommands.perCpuValueSize(5, 6));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "x",
                "3-1",
                "1,1",
                "2,1",
                "-1",
                "0-",
                "0-99999999",
                "0-65536",
                "4294967296"
            })
    void whatIsNoListIsRefused(String list) {
        try (var kernel = new FakeKernel().file(ONLINE, list)) {
            var e = assertThrows(IllegalStateException.class, () -> Cpus.online(kernel));
            assertTrue(e.getMessage().startsWith("cannot read " + ONLINE), e.getMessage());
        }
    }

    @Property(tries = 2000)
    void anythingIsParsedOrRefused(@ForAll String list) {
        try {
            Cpus.parse(list);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith("not a list of CPUs"));
        }
    }

    @Test
    void thisMachineHasAsManyAsJavaSees() {
        Kernel kernel = Kernel.host();
        assertTrue(Cpus.online(kernel).length >= Runtime.getRuntime().availableProcessors());
        assertTrue(Cpus.possibleCount(kernel) >= Cpus.online(kernel).length);
    }
}
