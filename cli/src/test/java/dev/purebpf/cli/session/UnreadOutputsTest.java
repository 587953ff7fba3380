package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.UnreadPipe;
import dev.purebpf.cli.syscalls.Waiting;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.List;

/** Who presses Ctrl-C does not wait for a reader that never comes. */
class UnreadOutputsTest {
    private static final byte[] MORE_THAN_A_PIPE_HOLDS = new byte[1 << 21];

    @TempDir private Path directory;

    private boolean ending;
    private long now = Long.MAX_VALUE - 1;

    @Test
    void aWriteThatDoesNotGetOnIsGivenUpAtTheEndOnly() throws Exception {
        try (UnreadPipe pipe = UnreadPipe.in(directory)) {
            CommandOutput output = CommandOutput.to(new FileOutputStream(pipe.path().toFile()));
            var outputs = new UnreadOutputs(List.of(output), () -> ending, () -> now);
            Thread writer =
                    Thread.ofPlatform()
                            .start(
                                    () ->
                                            output.write(
                                                    MORE_THAN_A_PIPE_HOLDS,
                                                    0,
                                                    MORE_THAN_A_PIPE_HOLDS.length));
            Waiting.until(() -> output.progress() == 1);
            look(outputs, UnreadOutputs.PATIENCE);
            look(outputs, UnreadOutputs.PATIENCE);
            ending = true;
            look(outputs, UnreadOutputs.PATIENCE);
            look(outputs, UnreadOutputs.PATIENCE - 1);
            assertTrue(writer.isAlive() && output.isOpen());
            assertFalse(output.isGivenUp());
            look(outputs, 1);
            writer.join();
            assertTrue(output.isGivenUp());
            assertFalse(output.isOpen());
            assertNull(output.failure());
        }
    }

    @Test
    void outputsThatAreReadAreNot() throws Exception {
        Path file = directory.resolve("file");
        CommandOutput output = CommandOutput.to(new FileOutputStream(file.toFile()));
        var outputs = new UnreadOutputs(List.of(output), () -> true, () -> now);
        for (int i = 0; i < 3; i++) {
            output.write(new byte[10], 0, 10);
            look(outputs, 2 * UnreadOutputs.PATIENCE);
        }
        output.close();
        assertFalse(output.isGivenUp());
        assertEquals(30, file.toFile().length());
    }

    private void look(UnreadOutputs outputs, long later) {
        now += later;
        outputs.look();
    }
}
