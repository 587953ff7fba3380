package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.purebpf.VerifierLog.SourceLines;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

/** Logs as kernels of several ages write them. */
class VerifierLogTest {
    /** Of a program without types of its own: the log alone tells. */
    private static final SourceLines NO_LINES = new SourceLines(new byte[0], null);

    @Test
    void logsBefore5_2EndWithTheReason() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        ; return *number;
                        5: (79) r0 = *(u64 *)(r0 +0)
                        R0 invalid mem access 'map_value_or_null'
                        """);
        assertEquals("R0 invalid mem access 'map_value_or_null'", log.reason());
        assertEquals("return *number;", log.sourceLine(NO_LINES));
        assertEquals(5, log.instruction());
    }

    @Test
    void statisticsAfterTheReasonDoNotCount() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        Unrecognized arg#0 type PTR
                        ; int unchecked(void *context)
                        0: (b7) r6 = 0
                        ; return *number;
                        7: (79) r0 = *(u64 *)(r0 +0)
                         R0=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R6=inv0 R10=fp0
                        R0 invalid mem access 'map_value_or_null'
                        processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
                        """);
        assertEquals("R0 invalid mem access 'map_value_or_null'", log.reason());
        assertEquals(7, log.instruction());
    }

    @Test
    void logsSince7_3ExplainThemselvesAfterTheReason() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        ; return value->numbers[1]; /* no check */ @ refused.bpf.c:36
                        7: (61) r0 = *(u32 *)(r0 +4)
                        R0 invalid mem access 'map_value_or_null'

                        Verification failed: Register Type Safety: Invalid dereference

                        Reason:
                          R0 may be NULL here (a nullable map value pointer).

                        At:
                          null_dereference @ refused.bpf.c:36:2
                          Instruction context:
                              6 | (85) call bpf_map_lookup_elem#1
                          >>> 7 | (61) r0 = *(u32 *)(r0 +4)

                        Suggestion:
                          Add a NULL check before the access.

                        processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
                        """);
        assertEquals("R0 invalid mem access 'map_value_or_null'", log.reason());
        assertEquals(
                "return value->numbers[1]; /* no check */ @ refused.bpf.c:36",
                log.sourceLine(NO_LINES));
        assertEquals(7, log.instruction());
    }

    @Test
    void logsSince6_9NameTheFile() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        0: R1=ctx() R10=fp0
                        ; return *number; /* may be null */ @ rejected.bpf.c:28
                        9: (79) r0 = *(u64 *)(r0 +0)
                        R0 invalid mem access 'map_value_or_null'
                        processed 10 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
                        """);
        assertEquals(
                "return *number; /* may be null */ @ rejected.bpf.c:28", log.sourceLine(NO_LINES));
    }

    @Test
    void aReasonOfSeveralLinesIsKeptTogether() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        14: (61) r0 = *(u32 *)(r0 +0)
                        invalid access to map value, value_size=16 off=16 size=4
                        R0 max value is outside of the allowed memory range
                        processed 15 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1
                        """);
        assertEquals(
                "invalid access to map value, value_size=16 off=16 size=4;"
                        + " R0 max value is outside of the allowed memory range",
                log.reason());
    }

    @Test
    void statesAfterTheReasonDoNotCount() {
        VerifierLog log =
                VerifierLog.read(
                        """
                        0: R1=ctx() R10=fp0
                        ; for (;;) @ x.bpf.c:64
                        0: (05) goto pc-1
                        infinite loop detected at insn 0
                        cur state: R1=ctx() R10=fp0
                        old state: R1=ctx() R10=fp0
                        processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
                        """);
        assertEquals("infinite loop detected at insn 0", log.reason());
        assertEquals(0, log.instruction());
    }

    @Test
    void aReasonWithoutAnyInstructionHasNoLine() {
        VerifierLog log =
                VerifierLog.read("unreachable insn 3\nprocessed 0 insns (limit 1000000)\n");
        assertEquals("unreachable insn 3", log.reason());
        assertEquals(3, log.instruction());
        assertNull(log.sourceLine(NO_LINES));
    }

    @Test
    void aLogOfNothingButStatisticsHasNoReason() {
        assertEquals("", VerifierLog.read("").reason());
        assertEquals("", VerifierLog.read("processed 2 insns (limit 1000000) x 0\n").reason());
    }

    @Property
    void anyTextIsRead(@ForAll String text) {
        VerifierLog log = VerifierLog.read(text);
        log.reason();
        log.instruction();
    }
}
