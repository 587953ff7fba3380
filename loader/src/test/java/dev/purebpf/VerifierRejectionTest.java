package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.VerifierException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.LiveKernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What this machine's verifier says about programs with each of the usual mistakes. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class VerifierRejectionTest {
    @BeforeEach
    void needsKernel() {
        LiveKernel.require();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null_dereference | return value->numbers[1]; /* no check */ | map_value_or_null",
                "out_of_bounds | return value->numbers[index]; /* any index */ | R",
                "unreleased_reference | | Unreleased reference",
                "infinite_loop | for (;;) | infinite loop detected",
                "unknown_helper | return no_such_helper(); /* what is it */ | invalid func",
                "helper_of_others | return adjust_head(context, 0); /* for XDP only */ |"
                        + " bpf_xdp_adjust_head",
                "missing_return | asm volatile(\"exit\"); | R0 !read_ok",
                "uninitialised_stack | return bpf_probe_read_kernel(buffer, -8, context); | R2",
                "beyond_context | return context[100]; /* twelve arguments at most */ | context",
            })
    void theLineOfCAndTheReasonComeFirst(String program, String line, String reason) {
        BpfObject object = Fixtures.open("refused");
        object.program(program).autoload(true);
        var e = assertThrows(VerifierException.class, () -> object.load().close());
        String message = e.getMessage();
        assertTrue(e.reason().contains(reason), message);
        assertTrue(line == null || e.sourceLine().contains(line), message);
        assertTrue(e.sourceLine().contains("refused.bpf.c:"), message);
        assertTrue(message.startsWith(e.sourceLine()), message);
        assertTrue(message.contains(program), message);
        // What the verifier said, without what we add to it.
        assertTrue(e.log().contains(e.reason().split("; | \\(acquired by")[0]), e.log());
    }

    @Test
    void aFieldThatNoKernelHasIsNamed() {
        BpfObject object = Fixtures.open("refused");
        object.program("absent_field").autoload(true);
        var e = assertThrows(VerifierException.class, () -> object.load().close());
        assertTrue(e.reason().contains("does not have the field or type"), e.reason());
        assertTrue(e.reason().contains("task_struct___absent"), e.reason());
        assertTrue(e.sourceLine().contains("refused.bpf.c:"), e.sourceLine());
    }

    @Test
    void aMapThatWasNotCreatedIsNamed() {
        BpfObject object = Fixtures.open("refused");
        object.program("unreleased_reference").autoload(true);
        object.map("events").autocreate(false);
        var e = assertThrows(VerifierException.class, () -> object.load().close());
        assertTrue(e.reason().contains("map events is used here but was not created"), e.reason());
    }
}
