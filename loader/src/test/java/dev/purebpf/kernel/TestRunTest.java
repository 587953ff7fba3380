package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/** A result can be compared and read. */
class TestRunTest {
    private static TestRun run(int last, int context) {
        return new TestRun(2, 30, new byte[] {1, (byte) last}, new byte[] {(byte) context});
    }

    @Test
    void resultsAreEqualThatSayTheSame() {
        assertEquals(run(5, 7), run(5, 7));
        assertEquals(run(5, 7).hashCode(), run(5, 7).hashCode());
        assertNotEquals(run(5, 7), run(6, 7));
        assertNotEquals(run(5, 7), run(5, 8));
    }

    @Test
    void bytesAreHexadecimal() {
        assertEquals(
                "TestRun[returnValue=2, nanoseconds=30, data=01ff, context=0a]",
                run(255, 10).toString());
    }
}
