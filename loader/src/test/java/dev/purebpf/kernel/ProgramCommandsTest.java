package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.KernelException;

import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

class ProgramCommandsTest {
    private static final byte[] TRIVIAL = new Slots().move(0, 0).exit();

    private static ProgramAttributes program() {
        return new ProgramAttributes("on-a-very-long-name", 5, TRIVIAL)
                .license("GPL")
                .expectedAttachType(7)
                .kernelVersion(0x50a00)
                .flags(16);
    }

    @Test
    void attributesLieWhereTheKernelReadsThem() {
        try (var kernel = new FakeKernel()) {
            LoadResult result = ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE);
            assertTrue(result.loaded());
            result.fd().close();
            FakeKernel.Call call = kernel.calls(BpfCommand.PROG_LOAD).getFirst();
            assertEquals(116, call.attributes().length);
            assertEquals(5, call.getInt(0));
            assertEquals(2, call.getInt(4));
            assertEquals(0x50a00, call.getInt(40));
            assertEquals(16, call.getInt(44));
            assertEquals("on_a_very_long_", new String(call.attributes(), 48, 15));
            assertEquals(0, call.attributes()[63]);
            assertEquals(7, call.getInt(68));
        }
    }

    @Test
    void instructionsAndLicenseAreThereDuringTheCall() {
        try (var kernel = new FakeKernel()) {
            kernel.answering(
                    BpfCommand.PROG_LOAD,
                    call -> {
                        byte[] code =
                                FakeKernel.memory(call.getLong(8), TRIVIAL.length)
                                        .toArray(ValueLayout.JAVA_BYTE);
                        assertArrayEquals(TRIVIAL, code);
                        assertEquals("GPL", call.getString(16));
                        return 77;
                    });
            ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).fd().close();
        }
    }

    @Test
    void anOldKernelGetsNeitherNameNorAttachType() {
        try (var kernel = new FakeKernel(EnumSet.of(Feature.MEMCG_ACCOUNTING))) {
            ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).fd().close();
            FakeKernel.Call call = kernel.calls(BpfCommand.PROG_LOAD).getFirst();
            assertEquals(0, call.getLong(48));
            assertEquals(0, call.getInt(68));
        }
    }

    @Test
    void theMemoryLimitIsRaisedOnlyWhereItCounts() {
        try (var kernel = new FakeKernel(Set.of())) {
            ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).fd().close();
            List<FakeKernel.Call> limits = kernel.calls("prlimit");
            assertEquals(2, limits.size());
            assertEquals(List.of(8L, -1L), limits.get(1).arguments());
        }
        try (var kernel = new FakeKernel()) {
            ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).fd().close();
            assertEquals(List.of(), kernel.calls("prlimit"));
        }
    }

    @Test
    void whoMayNotLiftTheMemoryLimitRaisesItAsFarAsAllowed() {
        try (var kernel = new FakeKernel(Set.of()).failing(2, Errno.EPERM)) {
            ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).fd().close();
            List<FakeKernel.Call> limits = kernel.calls("prlimit");
            assertEquals(3, limits.size());
            // The limits of the fake kernel.
            assertEquals(List.of(8L, 0x0101010101010101L), limits.get(2).arguments());
        }
    }

    @Test
    void recordsLargerThanTheKernelKnowsAreCutByZeroes() {
        byte[] functions = bytes(2 * 12);
        byte[] lines = bytes(3 * 20);
        int[] tries = {0};
        try (var kernel = new FakeKernel()) {
            kernel.answering(
                    BpfCommand.PROG_LOAD,
                    call -> {
                        tries[0]++;
                        assertEquals(12, call.getInt(76));
                        assertEquals(2, call.getInt(88));
                        assertEquals(20, call.getInt(92));
                        assertEquals(3, call.getInt(104));
                        byte[] function =
                                FakeKernel.memory(call.getLong(80), functions.length)
                                        .toArray(ValueLayout.JAVA_BYTE);
                        byte[] line =
                                FakeKernel.memory(call.getLong(96), lines.length)
                                        .toArray(ValueLayout.JAVA_BYTE);
                        if (function[8] != 0) {
                            return tooLarge(kernel, call, 76, 8);
                        } else if (line[16] != 0) {
                            return tooLarge(kernel, call, 92, 16);
                        }
                        assertEquals(0, function[12 + 8]);
                        assertEquals(8, function[7]);
                        assertEquals(13, function[12]);
                        assertEquals(0, line[2 * 20 + 19]);
                        assertEquals(41, line[2 * 20]);
                        return 77;
                    });
            LoadResult result =
                    ProgramCommands.load(
                            kernel,
                            program().btf(9, functions, 12, lines, 20),
                            LogOptions.ON_FAILURE);
            assertTrue(result.loaded());
            result.fd().close();
            assertEquals(3, tries[0]);
        }
    }

    /**
     * The kernel writes the size it knows into the attributes, which on this thread are the
     * scratch.
     */
    private static long tooLarge(FakeKernel kernel, FakeKernel.Call call, int offset, int known) {
        kernel.attributesOfTheCall().set(ValueLayout.JAVA_INT, offset, known);
        return -Errno.E2BIG.number();
    }

    @Test
    void tooManyInstructionsAreNotMistakenForTooLargeRecords() {
        try (var kernel = new FakeKernel()) {
            kernel.answering(BpfCommand.PROG_LOAD, _ -> -Errno.E2BIG.number());
            LoadResult result =
                    ProgramCommands.load(
                            kernel,
                            program().btf(9, bytes(8), 8, bytes(16), 16),
                            LogOptions.ON_FAILURE);
            assertFalse(result.loaded());
            assertEquals(Errno.E2BIG.number(), result.errno());
            assertEquals(2, kernel.calls(BpfCommand.PROG_LOAD).size());
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i + 1);
        }
        return bytes;
    }

    @Test
    void descriptorsForInstructionsAreSentOnlyIfThereAreAny() {
        try (var kernel = new FakeKernel()) {
            ProgramCommands.load(kernel, program().fdArray(0, 12), LogOptions.ON_FAILURE)
                    .fd()
                    .close();
            assertEquals(128, kernel.calls(BpfCommand.PROG_LOAD).getFirst().attributes().length);
        }
    }

    @Test
    void noFailureLeavesAnythingBehind() {
        for (int n = 1; n <= 3; n++) {
            try (var kernel = new FakeKernel().failing(n, Errno.EINVAL)) {
                kernel.answering(BpfCommand.PROG_LOAD, _ -> -Errno.EACCES.number());
                assertFalse(
                        ProgramCommands.load(kernel, program(), LogOptions.ON_FAILURE).loaded());
            }
        }
    }

    @Test
    void anInterruptedRunIsRepeatedButNotForEver() {
        try (var kernel = new FakeKernel()) {
            kernel.answering(BpfCommand.PROG_TEST_RUN, _ -> -Errno.EINTR.number());
            var e =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    ProgramCommands.testRun(
                                            kernel, 5, new byte[14], 0, new byte[0], 1));
            assertEquals("EINTR", e.errnoName());
            assertEquals(20, kernel.calls().size());
        }
    }
}
