package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the addresses of this very process, and of its kernel, lead through. */
class StackSymbolsTest {
    private static final int SELF = (int) ProcessHandle.current().pid();

    private static ProcessMaps.Mapping libc() throws IOException {
        return ProcessMaps.load(Kernel.host(), SELF).code("libc.so.6").orElseThrow();
    }

    @Test
    void aFunctionOfALibraryIsNamedWithItsFile() throws IOException {
        ProcessMaps.Mapping libc = libc();
        try (UserSymbols file = UserSymbols.open(Path.of(libc.path()));
                StackSymbols symbols = new StackSymbols(Kernel.host())) {
            long offset =
                    assertInstanceOf(FunctionLookup.Found.class, file.find("getpid")).offset();
            long address = libc.start() - libc.offset() + offset;
            assertEquals(
                    new StackFrame(address, "getpid", 0, libc.path(), offset),
                    symbols.ofProcess(SELF, address, false));
            assertEquals(
                    new StackFrame(address + 4, "getpid", 4, libc.path(), offset + 4),
                    symbols.ofProcess(SELF, address + 4, true));
            // What called as its last instruction is not what follows.
            StackFrame before = symbols.ofProcess(SELF, address, true);
            assertNotEquals("getpid", before.function());
            assertEquals(offset, before.fileOffset());
        }
    }

    @Test
    void whatIsOfNoFileIsOnlyAnAddress() throws IOException {
        try (StackSymbols symbols = new StackSymbols(Kernel.host())) {
            StackFrame unknown = new StackFrame(16, "", 0, "", 0);
            assertEquals(unknown, symbols.ofProcess(SELF, 16, false));
            assertEquals(unknown, symbols.ofProcess(1 << 30, 16, true), "no such process");
            ProcessMaps maps = ProcessMaps.load(Kernel.host(), SELF);
            for (ProcessMaps.Mapping mapping : maps.mappings()) {
                if (mapping.path().equals("[stack]")) {
                    StackFrame frame = symbols.ofProcess(SELF, mapping.end() - 8, false);
                    assertEquals("[stack]", frame.file());
                    assertEquals("", frame.function());
                }
            }
        }
    }

    /** What is mapped later is found, and after an exec everything is asked anew. */
    @Test
    void aProcessIsAskedAgainWhenAnAddressIsNew() throws IOException {
        Map<String, String> texts = new HashMap<>();
        texts.put("/proc/7/maps", "1000-2000 r-xp 00000000 00:00 0  [first]\n");
        Kernel kernel = withFiles(texts);
        try (StackSymbols symbols = new StackSymbols(kernel)) {
            assertEquals("[first]", symbols.ofProcess(7, 0x1800, false).file());
            texts.put("/proc/7/maps", "1000-3000 r-xp 00000000 00:00 0  [second]\n");
            assertEquals("[first]", symbols.ofProcess(7, 0x1800, false).file());
            assertEquals("[second]", symbols.ofProcess(7, 0x2800, false).file());
            symbols.renew(7);
            assertEquals("[second]", symbols.ofProcess(7, 0x1800, false).file());
            texts.remove("/proc/7/maps");
            assertEquals("[second]", symbols.ofProcess(7, 0x1810, false).file(), "has ended");
        }
    }

    /** What this process has in its memory is what most processes have. */
    @Test
    void ofAProcessThatHasEndedAFunctionIsNamedByTheBuildIdOfItsFile() throws IOException {
        Path libc = Path.of(libc().path());
        try (UserSymbols file = UserSymbols.open(libc);
                StackSymbols symbols = new StackSymbols(Kernel.host())) {
            long offset =
                    assertInstanceOf(FunctionLookup.Found.class, file.find("getpid")).offset();
            String id = BuildIdFiles.asTheKernelHasIt(file.buildId().orElseThrow());
            int ended = 1 << 30;
            assertEquals("", symbols.ofProcess(ended, 0x1000, false).file());
            StackFrame named = new StackFrame(0x1000, "getpid", 0, libc.toString(), offset);
            assertEquals(named, symbols.ofEndedProcess(ended, 0x1000, false, id, offset));
            assertEquals(named, symbols.ofProcess(ended, 0x1000, false), "is kept");
            assertEquals(
                    new StackFrame(0x1004, "getpid", 4, libc.toString(), offset + 4),
                    symbols.ofEndedProcess(ended, 0x1004, true, id, offset + 4));
            assertNotEquals(
                    "getpid",
                    symbols.ofEndedProcess(ended, 0x2000, true, id, offset).function(),
                    "calls as its last instruction");
            StackFrame unknown = StackFrame.unknown(0x1000);
            String other = "1" + id.substring(1).replace('0', '1');
            assertEquals(unknown, symbols.ofEndedProcess(ended, 0x1000, false, other, offset));
            assertEquals(unknown, symbols.ofProcess(ended, 0x1000, false));
        }
    }

    /** For an address before a file's memory the kernel tells that file, and where it would be. */
    @Test
    void whereAFileHasNoCodeThereIsNoFunctionOfIt() throws IOException {
        Path libc = Path.of(libc().path());
        try (UserSymbols file = UserSymbols.open(libc);
                StackSymbols symbols = new StackSymbols(Kernel.host())) {
            String id = BuildIdFiles.asTheKernelHasIt(file.buildId().orElseThrow());
            for (long offset : new long[] {0, 64, -4096, Long.MIN_VALUE, Files.size(libc)}) {
                for (boolean isCall : new boolean[] {false, true}) {
                    assertEquals(
                            StackFrame.unknown(0x1000),
                            symbols.ofEndedProcess(1 << 30, 0x1000, isCall, id, offset));
                }
            }
        }
    }

    private static Kernel withFiles(Map<String, String> texts) {
        return (Kernel)
                Proxy.newProxyInstance(
                        Kernel.class.getClassLoader(),
                        new Class<?>[] {Kernel.class},
                        (itself, method, arguments) -> {
                            if (method.getName().equals("origin")) {
                                return itself;
                            }
                            assertEquals("readFile", method.getName());
                            String text = texts.get(arguments[0]);
                            if (text == null) {
                                throw new FileNotFoundException((String) arguments[0]);
                            }
                            return text.getBytes(StandardCharsets.UTF_8);
                        });
    }

    @Test
    void functionsOfTheKernelAreNamed() throws IOException {
        long[] addresses = Kallsyms.load(Kernel.host()).addresses("vfs_read");
        assumeTrue(addresses.length == 1 && addresses[0] != 0, "needs to see addresses (root)");
        try (StackSymbols symbols = new StackSymbols(Kernel.host())) {
            for (int at : List.of(0, 1, 5)) {
                assertEquals(
                        new StackFrame(addresses[0] + at, "vfs_read", at, "", 0),
                        symbols.ofKernel(addresses[0] + at, at > 0));
            }
            assertEquals("", symbols.ofKernel(16, false).function());
        }
    }

    /** Of the kernel itself the list that somebody read before will do, of programs it will not. */
    @Test
    void programsThatCameAfterTheListWasReadAreNamed() throws IOException {
        String kernelItself = "ffffffff81000000 T _text\nffffffff82000000 B _end\n";
        Map<String, String> texts = new HashMap<>();
        texts.put("/proc/modules", "");
        texts.put("/proc/kallsyms", kernelItself + "ffffffffc0001000 t bpf_prog_1\t[bpf]\n");
        Kernel kernel = withFiles(texts);
        Kallsyms.load(kernel);
        try (StackSymbols symbols = new StackSymbols(kernel)) {
            symbols.prepare();
            texts.put("/proc/kallsyms", kernelItself + "ffffffffc0001000 t bpf_prog_2\t[bpf]\n");
            assertEquals("_text", symbols.ofKernel(0xffffffff81000010L, true).function());
            StackFrame program = symbols.ofKernel(0xffffffffc0001010L, true);
            assertEquals("bpf_prog_2", program.function());
            assertEquals("bpf", program.file());
            // It asks once: the next stack shall not wait for the list again.
            texts.remove("/proc/kallsyms");
            assertEquals("bpf_prog_2", symbols.ofKernel(0xffffffffc0001020L, true).function());
        }
    }

    @Test
    void theKernelItselfIsNamedAlsoIfTheListCannotBeReadAgain() throws IOException {
        Map<String, String> texts = new HashMap<>();
        texts.put("/proc/modules", "");
        texts.put("/proc/kallsyms", "ffffffff81000000 T _text\nffffffff82000000 B _end\n");
        Kernel kernel = withFiles(texts);
        Kallsyms.load(kernel);
        texts.remove("/proc/kallsyms");
        try (StackSymbols symbols = new StackSymbols(kernel)) {
            assertEquals("", symbols.ofKernel(0xffffffffc0001010L, true).function());
            assertEquals("_text", symbols.ofKernel(0xffffffff81000010L, true).function());
        }
    }

    @Property
    void aTableOfFramesIsAMap(@ForAll List<Long> addresses) {
        FrameTable table = new FrameTable();
        Map<Long, StackFrame> expected = new HashMap<>();
        for (long any : addresses) {
            long address = any >> 1;
            StackFrame frame = StackFrame.unknown(address);
            if (expected.putIfAbsent(address, frame) == null) {
                table.put(address, address % 2 == 0, frame);
            }
        }
        expected.forEach(
                (address, frame) -> {
                    assertEquals(frame, table.get(address, address % 2 == 0));
                    assertEquals(null, table.get(address, address % 2 != 0));
                });
    }

    @Test
    void aTableOfFramesDoesNotGrowForEver() {
        FrameTable table = new FrameTable();
        for (long address = 0; address < 100_000; address++) {
            table.put(address, true, StackFrame.unknown(address));
            assertTrue(table.get(address, true) != null);
        }
        assertEquals(null, table.get(0, true));
    }

    @Test
    void filesAreClosedWithIt() throws IOException {
        ProcessMaps.Mapping libc = libc();
        long before = mappings(libc.path());
        try (StackSymbols symbols = new StackSymbols(Kernel.host())) {
            symbols.ofProcess(SELF, libc.start(), false);
        }
        assertEquals(before, mappings(libc.path()));
    }

    private static long mappings(String path) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.endsWith(path)).count();
        }
    }
}
