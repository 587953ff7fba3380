package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.MapType;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs that jump by tables. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class JumpTableMapsTest {
    private static final byte[] PACKET = new byte[64];

    @Test
    void aProgramJumpsWhereItsTableSays() {
        Kernel kernel = LiveKernel.require();
        assumeTrue(
                kernel.features().support(MapType.INSN_ARRAY) == Support.YES,
                "needs maps of instructions (6.19)");
        try (LoadedObject bpf = Fixtures.open("jumps").load()) {
            assertEquals(11, bpf.program("jump").run(PACKET, new byte[0]).returnValue());
            bpf.variable("choice").set(1);
            assertEquals(22, bpf.program("jump").run(PACKET, new byte[0]).returnValue());
        }
    }
}
