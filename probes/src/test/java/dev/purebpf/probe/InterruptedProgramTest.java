package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * At a place in user space the kernel may leave a program for another task, which runs the same
 * program on the same processor. What the first has on its stack is there when it goes on, if the
 * program has a tail call.
 */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class InterruptedProgramTest {
    private static final int IMPOSSIBLE = 3;

    @TempDir Path folder;

    @Test
    void whoWaitsForMemoryKeepsTheStack() throws Exception {
        LiveProbes.require(Feature.UPROBE_MULTI);
        Path program = program();
        try (LoadedObject bpf = load("waits");
                Link link =
                        UprobeMulti.of(program.toString(), "look").attach(bpf.program("waits"))) {
            run(program, "memory");
            assertTrue(link.isAttached());
            assertEquals(2, bpf.variable("runs").getLong());
            assertEquals(1, bpf.variable("nested").getLong());
            assertEquals(0, bpf.variable("foreign").getLong());
        }
    }

    @Test
    void whoHasToWaitForTheProcessorKeepsTheStack() throws Exception {
        Path program = program();
        try (LoadedObject bpf = load("works");
                Link link = Uprobe.of(program.toString(), "look").attach(bpf.program("works"))) {
            run(program, "500");
            assertTrue(link.isAttached());
            assertTrue(bpf.variable("runs").getLong() > 0);
            assumeTrue(
                    bpf.variable("nested").getLong() > 0,
                    "this kernel lets a program run to its end");
            assertEquals(0, bpf.variable("foreign").getLong());
        }
    }

    private Path program() throws Exception {
        return CalledProgram.compileSource(folder, "interrupted", "-pthread");
    }

    private static LoadedObject load(String name) {
        BpfObject object = LiveProbes.open("stacks");
        object.program(name).autoload(true);
        return object.load(LoadOptions.defaults().withKernel(Kernel.host()));
    }

    private static void run(Path program, String how) throws Exception {
        Process process = new ProcessBuilder(program.toString(), how).inheritIO().start();
        int exitCode = process.waitFor();
        assumeTrue(exitCode != IMPOSSIBLE, "needs userfaultfd, and to set priorities");
        assertEquals(0, exitCode);
    }
}
