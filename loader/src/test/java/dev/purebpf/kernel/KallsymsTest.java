package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.link.KernelSymbols;

import org.junit.jupiter.api.Test;

import java.io.IOException;

class KallsymsTest {
    private static final String SYMBOLS =
            "0000000000000000 A fixed_percpu_data\n"
                    + "ffffffff81000000 T _text\n"
                    + "ffffffffc0a00000 t dummy_xmit\t[dummy]\n";
    private static final String HIDDEN = SYMBOLS.replaceAll("(?m)^\\S+", "0000000000000000");
    private static final String ONE = "dummy 16384 0 - Live 0xffffffffc0a00000\n";

    @Test
    void theListIsReadOnceForAll() throws IOException {
        try (var kernel = kernel(SYMBOLS, ONE)) {
            KernelSymbols first = Kallsyms.load(kernel);
            assertArrayEquals(new long[] {0xffffffff81000000L}, first.addresses("_text"));
            assertSame(first, Kallsyms.load(kernel));
        }
    }

    @Test
    void itIsReadAgainWhenModulesHaveComeGoneOrMoved() throws IOException {
        try (var kernel = kernel(SYMBOLS, ONE)) {
            KernelSymbols last = Kallsyms.load(kernel);
            for (String other :
                    new String[] {
                        ONE + "nbd 20480 1 - Loading 0xffffffffc0b00000\n",
                        ONE + "nbd 20480 1 - Live 0xffffffffc0b00000\n",
                        "",
                        ONE.replace("a00000", "c00000")
                    }) {
                kernel.file("/proc/modules", other);
                KernelSymbols next = Kallsyms.load(kernel);
                assertNotSame(last, next, other);
                last = next;
            }
        }
    }

    @Test
    void howOftenAModuleIsInUseDoesNotMatter() throws IOException {
        try (var kernel = kernel(SYMBOLS, ONE)) {
            KernelSymbols first = Kallsyms.load(kernel);
            kernel.file("/proc/modules", ONE.replace("0 -", "12 bond0,nbd,"));
            assertSame(first, Kallsyms.load(kernel));
        }
    }

    @Test
    void hiddenAddressesAreAskedForAgain() throws IOException {
        try (var kernel = kernel(HIDDEN, ONE)) {
            assertTrue(Kallsyms.load(kernel).areHidden());
            kernel.file("/proc/kallsyms", SYMBOLS);
            assertArrayEquals(
                    new long[] {0xffffffff81000000L}, Kallsyms.load(kernel).addresses("_text"));
        }
    }

    @Test
    void ofAnotherKernelAndOfNowItIsReadInAnyCase() throws IOException {
        try (var kernel = kernel(SYMBOLS, ONE);
                var other = kernel(SYMBOLS, ONE)) {
            KernelSymbols first = Kallsyms.load(kernel);
            assertNotSame(first, Kallsyms.read(kernel));
            assertNotSame(first, Kallsyms.load(other));
        }
    }

    @Test
    void whoAsksWithATokenGetsTheSame() throws IOException {
        try (var kernel = kernel(SYMBOLS, ONE);
                OwnedFd token = OwnedFd.of(kernel, kernel.eventFd(), "a token")) {
            assertSame(Kallsyms.load(kernel), Kallsyms.load(DelegatedKernel.of(kernel, token)));
        }
    }

    @Test
    void aKernelNeedHaveNoModules() throws IOException {
        try (var kernel = new FakeKernel().file("/proc/kallsyms", SYMBOLS)) {
            assertSame(Kallsyms.load(kernel), Kallsyms.load(kernel));
        }
    }

    private static FakeKernel kernel(String symbols, String modules) {
        return new FakeKernel().file("/proc/kallsyms", symbols).file("/proc/modules", modules);
    }
}
