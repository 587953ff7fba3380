package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Programs for a function of another BPF program, which answers how long its packet is, and one.
 */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class ReplacementTest {
    private static final Kernel KERNEL = Kernel.host();
    private static final int LENGTH = 64;

    @Test
    void aFunctionIsReplacedUntilTheLinkIsClosed() {
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "other_answer")) {
            assertEquals(LENGTH + 1, run(bpf));
            try (Link link = LiveProbes.attach(other.program("other_answer"))) {
                assertEquals("freplace answer of program base", link.target());
                assertEquals(2 * LENGTH, run(bpf));
            }
            assertEquals(LENGTH + 1, run(bpf));
        }
    }

    @Test
    void theSameProgramReplacesAFunctionOfAnotherOne() {
        try (LoadedObject bpf = load();
                LoadedObject second = load();
                LoadedObject other = load(bpf.program("base"), "other_answer")) {
            Program program = other.program("other_answer");
            LiveProbes.attach(program).close();
            Replacement there = Replacement.of(second.program("base"), "answer");
            try (Link link = there.attach(program)) {
                assertEquals("freplace answer of program base", link.target());
                assertEquals(2 * LENGTH, run(second));
                assertEquals(LENGTH + 1, run(bpf));
            }
            assertEquals(LENGTH + 1, run(second));
        }
    }

    @Test
    void aFunctionIsReplacedOnce() {
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "other_answer");
                LoadedObject third = load(bpf.program("base"), "other_answer");
                Link link = LiveProbes.attach(other.program("other_answer"))) {
            assertTrue(link.isAttached());
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> Probe.attach(third.program("other_answer")));
            assertEquals(Errno.EBUSY.number(), e.errno());
            assertEquals(2 * LENGTH, run(bpf));
        }
    }

    @Test
    void aProgramIsAttachedAgainByNamingTheFunction() {
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "other_answer")) {
            Program program = other.program("other_answer");
            LiveProbes.attach(program).close();
            var e = assertThrows(KernelException.class, () -> Probe.attach(program));
            assertTrue(e.getMessage().contains("Replacement.of(program, function)"), e.toString());
            try (Link link = Replacement.of(bpf.program("base"), "answer").attach(program)) {
                assertTrue(link.isAttached());
                assertEquals(2 * LENGTH, run(bpf));
            }
            assertEquals(LENGTH + 1, run(bpf));
        }
    }

    @Test
    void aPinnedReplacementOutlivesItsCloseUntilThePinIsRemoved() throws IOException {
        Path pin = LiveProbes.newPin();
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "other_answer")) {
            Link link = LiveProbes.attach(other.program("other_answer"));
            link.pin(pin);
            try {
                link.close();
                assertEquals(2 * LENGTH, run(bpf));
            } finally {
                Files.delete(pin);
            }
            LiveProbes.await(() -> run(bpf) == LENGTH + 1);
        }
    }

    @Test
    void callsOfAFunctionAreSeen() {
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "before_answer", "after_answer");
                Link before = LiveProbes.attach(other.program("before_answer"));
                Link after = LiveProbes.attach(other.program("after_answer"))) {
            assertEquals("fentry answer of program base", before.target());
            assertEquals("fexit answer of program base", after.target());
            assertEquals(LENGTH + 1, run(bpf));
            assertEquals(LENGTH, other.variable("argument").getLong());
            assertEquals(LENGTH + 1, other.variable("result").getLong());
        }
    }

    @Test
    void aWrongTargetIsNamed() {
        BpfObject alone = open();
        alone.program("other_answer").autoload(true);
        var none = assertThrows(MalformedObjectException.class, alone::load);
        assertTrue(none.getMessage().contains("load that one first"), none.getMessage());
        try (LoadedObject bpf = load()) {
            Program base = bpf.program("base");
            BpfObject object = open();
            object.program("other_answer").autoload(true).target(base, "anser");
            var e = assertThrows(KernelException.class, object::load);
            assertEquals(Errno.ENOENT.number(), e.errno());
            assertTrue(
                    e.getMessage().contains("finding function anser of BPF program base"),
                    e.getMessage());
            var kind =
                    assertThrows(
                            IllegalArgumentException.class, () -> Replacement.of().attach(base));
            assertTrue(kind.getMessage().contains("only freplace programs"), kind.getMessage());
        }
    }

    @Test
    void aWrongFunctionOfAnotherProgramIsNamed() {
        try (LoadedObject bpf = load();
                LoadedObject other = load(bpf.program("base"), "other_answer")) {
            Program program = other.program("other_answer");
            LiveProbes.attach(program).close();
            var missing =
                    assertThrows(
                            KernelException.class,
                            () -> Replacement.of(bpf.program("base"), "anser").attach(program));
            assertEquals(Errno.ENOENT.number(), missing.errno());
            assertTrue(
                    missing.getMessage().contains("finding function anser of BPF program base"),
                    missing.getMessage());
        }
    }

    private static int run(LoadedObject bpf) {
        return bpf.program("base").run(new byte[LENGTH], new byte[0]).returnValue();
    }

    /** {@return the program with the function} */
    private static LoadedObject load() {
        BpfObject object = open();
        object.program("base").autoload(true);
        return object.load();
    }

    /** {@return programs for the function of another one} */
    private static LoadedObject load(Program target, String... programs) {
        BpfObject object = open();
        for (String program : programs) {
            object.program(program).autoload(true).target(target, "answer");
        }
        try {
            return object.load(LoadOptions.defaults().withKernel(KERNEL));
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }

    private static BpfObject open() {
        try (InputStream in =
                ReplacementTest.class.getResourceAsStream("/fixtures/replaced.bpf.o")) {
            return BpfObject.open("replaced.bpf.o", in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
