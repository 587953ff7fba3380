package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.util.Map;

class OwnedFdTest {
    @AutoClose private final FakeKernel kernel = new FakeKernel();

    @Test
    void closesOnce() {
        OwnedFd fd = OwnedFd.of(kernel, kernel.openFd("map"), "creating map a");
        assertTrue(fd.isOpen());
        fd.close();
        assertFalse(fd.isOpen());
        assertEquals(Map.of(), kernel.open());
        fd.close(); // The fake kernel would complain of a second one.
    }

    @Test
    void aNumberAfterTheCloseIsAnException() {
        OwnedFd fd = OwnedFd.of(kernel, kernel.openFd("map"), "creating map a");
        fd.close();
        var e = assertThrows(IllegalStateException.class, fd::number);
        assertEquals("the descriptor is closed (creating map a)", e.getMessage());
    }

    @Test
    void isNeverAStandardStream() {
        kernel.lowestFd(0);
        try (OwnedFd fd = OwnedFd.of(kernel, kernel.openFd("map"), "creating map a")) {
            assertEquals(3, fd.number());
            assertEquals(Map.of(3, "map"), kernel.open());
        }
    }

    @Test
    void closesTheLowDescriptorWhenItCannotBeMoved() {
        kernel.lowestFd(0).failing(1, Errno.EMFILE);
        int low = kernel.openFd("map");
        var e =
                assertThrows(
                        KernelException.class, () -> OwnedFd.of(kernel, low, "creating map a"));
        assertEquals("EMFILE", e.errnoName());
        assertEquals(Map.of(), kernel.open());
    }

    @Test
    void anErrorIsAnException() {
        var e =
                assertThrows(
                        KernelException.class,
                        () -> OwnedFd.of(kernel, -Errno.EMFILE.number(), "creating map a"));
        assertEquals(
                "creating map a failed: EMFILE (errno 24): Too many open files; this process has"
                        + " too many open files: raise its limit (ulimit -n)",
                e.getMessage());
    }

    @Test
    void aDuplicateIsClosedByItself() {
        try (OwnedFd fd = OwnedFd.of(kernel, kernel.openFd("map"), "creating map a")) {
            try (OwnedFd copy = fd.duplicate()) {
                assertEquals("map", kernel.open().get(copy.number()));
            }
            assertTrue(fd.isOpen());
        }
    }
}
