package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.MapType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.foreign.MemorySegment;

/** Arenas: memory that programs and this process share. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class ArenaTest {
    private static final byte[] PACKET = new byte[64];

    private Kernel kernel;

    @BeforeEach
    void requireArenas() {
        kernel = LiveKernel.require();
        assumeTrue(kernel.features().support(MapType.ARENA) == Support.YES, "needs arenas (6.9)");
    }

    @Test
    void variablesBeginAsTheObjectSaysAndAreShared() {
        try (LoadedObject bpf = Fixtures.open("arena").load()) {
            assertEquals(5, bpf.variable("counter").getLong());
            assertEquals(9, bpf.variable("last").getLong());
            bpf.program("add").run(PACKET, new byte[0]);
            assertEquals(8, bpf.variable("counter").getLong());
            assertEquals(10, bpf.variable("last").getLong());
            bpf.variable("counter").set(100L);
            bpf.program("add").run(PACKET, new byte[0]);
            assertEquals(103, bpf.variable("counter").getLong());
        }
    }

    @Test
    void theyLieAtTheEndWhereProgramsCanReferToIt() {
        boolean atTheEnd = kernel.features().has(Feature.WIDE_ARENA_OFFSETS);
        try (LoadedObject bpf = mappedAt(1L << 44)) {
            MemorySegment counter = bpf.variable("counter").memory().orElseThrow();
            // Of 100 pages the variables take two.
            long start = atTheEnd ? 98L * kernel.pageSize() : 0;
            assertEquals((1L << 44) + start, counter.address());
        }
    }

    private static LoadedObject mappedAt(long address) {
        BpfObject object = Fixtures.open("arena");
        object.map("arena").mapExtra(address);
        return object.load();
    }

    @Test
    void whatIsMappedAlreadyIsNotReplaced() {
        try (LoadedObject _ = mappedAt(1L << 44)) {
            var e = assertThrows(KernelException.class, () -> mappedAt(1L << 44).close());
            assertEquals(Errno.EEXIST.number(), e.errno());
        }
    }

    @Test
    void anArenaMadeTooSmallForItsVariablesIsRefused() {
        BpfObject object = Fixtures.open("arena");
        object.map("arena").maxEntries(1);
        var e = assertThrows(IllegalArgumentException.class, () -> object.load().close());
        assertTrue(e.getMessage().contains("no room"), e.getMessage());
    }
}
