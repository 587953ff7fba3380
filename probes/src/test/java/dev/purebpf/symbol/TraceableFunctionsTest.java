package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What is read from the kernel's lists of functions, of which the test writes its own. */
class TraceableFunctionsTest {
    private static final String NAMES = "available_filter_functions";
    private static final String ADDRESSES = "available_filter_functions_addrs";

    @TempDir Path folder;

    private List<TraceableFunction> find(String pattern) throws IOException {
        return TraceableFunctions.find(Kernel.host(), folder, new Glob(pattern));
    }

    @Test
    void namesAreInOrderAndThereOnce() throws IOException {
        Files.writeString(
                folder.resolve(NAMES),
                "vfs_write\nvfs_read\nreport [crc]\nvfs_read\n__ftrace_invalid_address___8\nvfs_x");
        assertEquals(
                List.of(own("vfs_read"), own("vfs_write"), own("vfs_x")),
                TraceableFunctions.names(Kernel.host(), folder, new Glob("vfs_*")));
        assertEquals(
                List.of(
                        new KernelName("report", "crc"),
                        own("vfs_read"),
                        own("vfs_write"),
                        own("vfs_x")),
                TraceableFunctions.names(Kernel.host(), folder, new Glob("*")));
    }

    private static KernelName own(String name) {
        return new KernelName(name, "");
    }

    @Test
    void functionsOfModulesSayWhichModule() throws IOException {
        Files.writeString(
                folder.resolve(NAMES), "probe [b]\nprobe\nprobe [a]\nprobe [b]\nprobed [x_1]");
        assertEquals(
                List.of(
                        own("probe"),
                        new KernelName("probe", "a"),
                        new KernelName("probe", "b"),
                        new KernelName("probed", "x_1")),
                TraceableFunctions.names(Kernel.host(), folder, new Glob("probe*")));
        Files.writeString(folder.resolve(ADDRESSES), "ffffffffc0000010 probe [a]\n");
        assertEquals(
                List.of(
                        new TraceableFunction(
                                new KernelName("probe", "a"), 0xffff_ffff_c000_0010L)),
                find("probe"));
    }

    @Test
    void ofAliasesTheFirstIsTaken() throws IOException {
        Files.writeString(
                folder.resolve(ADDRESSES),
                "ffffffff81000020 vfs_write\nffffffff81000010 vfs_read\tmodule\n"
                        + "ffffffff81000010 vfs_alias\nffffffff81000030 ksys\n");
        assertEquals(
                List.of(
                        new TraceableFunction(own("vfs_read"), 0xffff_ffff_8100_0010L),
                        new TraceableFunction(own("vfs_write"), 0xffff_ffff_8100_0020L)),
                find("vfs_*"));
        assertEquals(3, find("*").size());
        assertEquals(List.of(), find("no_such"));
    }

    @Test
    void aFunctionBeginsBeforeItCallsTheTracer() {
        long begin = 0xffff_ffff_8100_0010L;
        long[] symbols = {begin - 0x100, begin, begin + 0x20};
        assertEquals(begin, TraceableFunctions.begin(begin + 4, symbols));
        assertEquals(begin, TraceableFunctions.begin(begin, symbols));
        assertEquals(begin + 17, TraceableFunctions.begin(begin + 17, symbols));
        assertEquals(begin, TraceableFunctions.begin(begin, new long[0]));
    }

    @Property(tries = 20)
    void linesOfAnotherFormAreNoSurprise(
            @ForAll
                    @StringLength(max = 60)
                    @Chars({'a', 'f', 'g', '0', ' ', '\t', '\n', '\0', 'ä', '[', ']'})
                    String text)
            throws IOException {
        Path list = Files.createTempDirectory("functions");
        try {
            Files.writeString(list.resolve(ADDRESSES), text);
            Files.writeString(list.resolve(NAMES), text);
            Kernel kernel = Kernel.host();
            int lines = text.split("\n", -1).length;
            assertTrue(TraceableFunctions.find(kernel, list, new Glob("*")).size() <= lines);
            for (KernelName found : TraceableFunctions.names(kernel, list, new Glob("g*"))) {
                String name = found.name();
                assertTrue(name.startsWith("g") && text.contains(name), name);
                assertTrue(text.contains(found.module()), found.module());
            }
        } finally {
            Files.delete(list.resolve(ADDRESSES));
            Files.delete(list.resolve(NAMES));
            Files.delete(list);
        }
    }
}
