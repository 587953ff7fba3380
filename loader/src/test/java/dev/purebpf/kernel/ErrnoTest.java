package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class ErrnoTest {
    @Test
    void numbersAndNamesAreThoseThatJnrKnows() {
        int compared = 0;
        for (jnr.constants.platform.Errno theirs : jnr.constants.platform.Errno.values()) {
            if (!theirs.defined() || theirs.name().startsWith("__")) {
                continue;
            }
            Errno ours = Errno.of(theirs.intValue()).orElse(null);
            assertEquals(theirs.intValue(), ours.number(), theirs.name());
            // Three numbers have two names each.
            switch (theirs.name()) {
                case "EWOULDBLOCK" -> assertEquals(Errno.EAGAIN, ours);
                case "EDEADLOCK" -> assertEquals(Errno.EDEADLK, ours);
                case "ENOTSUP" -> assertEquals(Errno.EOPNOTSUPP, ours);
                default -> assertEquals(theirs.name(), ours.name());
            }
            compared++;
        }
        assertTrue(compared > 70, compared + " compared");
    }

    @Test
    void theTextIsWhatStrerrorSays() {
        jnr.posix.POSIX posix = jnr.posix.POSIXFactory.getNativePOSIX();
        for (Errno errno : Errno.values()) {
            if (errno.number() < 512) {
                assertEquals(posix.strerror(errno.number()), errno.text(), errno.name());
            }
        }
    }

    @Test
    void everyNumberIsFound() {
        for (Errno errno : Errno.values()) {
            assertEquals(Optional.of(errno), Errno.of(errno.number()));
            assertTrue(errno.is(-errno.number()));
        }
    }

    @Test
    void aNumberWithoutNameIsToldByNumber() {
        assertEquals(Optional.empty(), Errno.of(0));
        assertEquals(Optional.empty(), Errno.of(-1));
        assertEquals(Optional.empty(), Errno.of(41));
        assertEquals(Optional.empty(), Errno.of(999));
        assertEquals("errno 999", Errno.nameOf(999));
        assertEquals("Unknown error 999", Errno.textOf(999));
    }

    @Test
    void aFailureHasNumberNameAndReason() {
        KernelException failure = Errno.ENOENT.failure("looking", "there is none");
        assertEquals("looking failed: ENOENT (errno 2): there is none", failure.getMessage());
        assertTrue(Errno.ENOENT.is(failure));
        assertFalse(Errno.EACCES.is(failure));
        assertEquals(
                "looking failed: ENOENT (errno 2): it was never made",
                failure.because("it was never made").getMessage());
    }
}
