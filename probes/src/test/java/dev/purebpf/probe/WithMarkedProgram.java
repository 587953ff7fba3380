package dev.purebpf.probe;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** Tests of all kinds of probes, for which one {@link MarkedProgram} runs. */
@ExtendWith(LeavesNothing.class)
abstract class WithMarkedProgram {
    @TempDir static Path folder;
    static CalledProgram called;
    static MarkedProgram marked;

    @BeforeAll
    static void startsProgram() throws Exception {
        LiveProbes.begin();
        Path program = CalledProgram.compileSource(folder, "marked");
        called = CalledProgram.start(program);
        marked = MarkedProgram.of(program, called);
    }

    @AfterAll
    static void endsProgram() throws IOException {
        if (called != null) {
            called.close();
            called = null;
        }
    }
}
