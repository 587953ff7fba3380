package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Programs that others have loaded, on this machine's kernel. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class OpenProgramTest {
    /** The least that the kernel takes for a packet: the head of an Ethernet frame. */
    private static final byte[] PACKET = new byte[14];

    private Kernel kernel;
    private LoadedObject bpf;
    private Path pin;

    @BeforeEach
    void aProgram() throws IOException {
        kernel = LiveKernel.require();
        pin = Bpffs.unusedFolder();
        BpfObject object = Fixtures.open("replaced");
        object.program("base").autoload(true);
        bpf = object.load();
    }

    @AfterEach
    void removeThePin() throws IOException {
        Files.deleteIfExists(pin);
        if (bpf != null) {
            bpf.close();
        }
    }

    @Test
    void aPinnedProgramRunsAfterItsObjectIsClosed() {
        int id = bpf.program("base").info().id();
        bpf.program("base").pin(pin);
        bpf.close();
        OpenProgram base = OpenProgram.pinned(pin);
        try (base) {
            assertEquals(id, base.info().id());
            assertEquals("program base", base.toString());
            assertEquals(PACKET.length + 1, base.run(PACKET, new byte[0]).returnValue());
        }
        assertThrows(IllegalStateException.class, base::fd);
    }

    @Test
    void aProgramIsFoundByItsNumber() {
        int id = bpf.program("base").info().id();
        try (OpenProgram base = OpenProgram.ofId(kernel, id)) {
            assertEquals("base", base.info().name());
        }
        var e = assertThrows(KernelException.class, () -> OpenProgram.ofId(kernel, -1));
        assertEquals(Errno.ENOENT.number(), e.errno());
    }

    @Test
    void aPinnedProgramIsJumpedTo() throws IOException {
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        try (LoadedObject maps = object.load()) {
            maps.program("tail").pin(pin);
            ProgramArray programs = maps.map("programs").programArray();
            assertEquals(OptionalInt.empty(), programs.programId(2));
            try (OpenProgram tail = OpenProgram.pinned(pin)) {
                programs.put(2, tail);
                assertEquals(OptionalInt.of(tail.info().id()), programs.programId(2));
            }
            assertTrue(programs.delete(2));
            assertFalse(programs.delete(2));
            programs.put(0, maps.program("tail"));
            assertEquals(maps.program("tail").info().id(), programs.programId(0).orElseThrow());
            assertThrows(IllegalArgumentException.class, maps.map("array")::programArray);
        }
    }

    @Test
    void aProgramIsSaidToBeWhatItIs() {
        try (OpenProgram base = OpenProgram.ofId(kernel, bpf.program("base").info().id())) {
            Program same = base.program(bpf.program("base").section());
            assertEquals("base", same.name());
            assertEquals(bpf.program("base").type(), same.type());
            assertEquals(base.fd(), same.fd());
            var e = assertThrows(IllegalStateException.class, same::object);
            assertTrue(e.getMessage().contains("belongs to no object"), e.getMessage());
            var other =
                    assertThrows(IllegalArgumentException.class, () -> base.program("kprobe/f"));
            assertTrue(other.getMessage().endsWith(" are of type KPROBE"), other.getMessage());
            assertThrows(IllegalArgumentException.class, () -> base.program("no/such"));
        }
    }

    @Test
    void whatIsNoProgramIsRefused() {
        bpf.map(".bss").pin(pin);
        var e = assertThrows(IllegalArgumentException.class, () -> OpenProgram.pinned(pin));
        assertEquals("what is pinned at " + pin + " is no program, but a map", e.getMessage());
    }
}
