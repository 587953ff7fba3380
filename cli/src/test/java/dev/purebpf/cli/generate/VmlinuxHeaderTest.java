package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.fixtures.Oracle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code purebpf generate vmlinux.h}, up to a program that is compiled with it and fits. */
class VmlinuxHeaderTest {
    private static final List<String> CLANG = List.of("clang", "clang-19", "clang-16", "clang-14");
    private static final Path KERNEL = Path.of("/sys/kernel/btf/vmlinux");

    @TempDir Path folder;

    private static PureBpf.Run header(String... options) {
        String[] words = new String[2 + options.length];
        words[0] = "generate";
        words[1] = "vmlinux.h";
        System.arraycopy(options, 0, words, 2, options.length);
        return PureBpf.runHere(words);
    }

    @Test
    void aProgramThatIncludesItFitsTheKernel() throws IOException {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        PureBpf.Run run = header();
        assertEquals("", run.err());
        assertEquals(0, run.exitCode());
        Files.writeString(folder.resolve("vmlinux.h"), run.out());
        Path source = folder.resolve("parent.bpf.c");
        Files.writeString(
                source,
                """
                #include "vmlinux.h"
                #include <bpf/bpf_helpers.h>
                #include <bpf/bpf_core_read.h>
                char LICENSE[] SEC("license") = "GPL";
                pid_t parent;
                SEC("raw_tp/sched_process_exit")
                int on_exit(void *context)
                {
                    struct task_struct *task = (void *)bpf_get_current_task();
                    parent = BPF_CORE_READ(task, real_parent, tgid);
                    return 0;
                }
                """);
        Path object = folder.resolve("parent.bpf.o");
        Oracle.ask(
                CLANG,
                "-target",
                "bpf",
                "-O2",
                "-g",
                "-Wall",
                "-Werror",
                "-c",
                "-o",
                object.toString(),
                source.toString());
        PureBpf.Run check = PureBpf.runHere("check", object.toString(), "--btf", KERNEL.toString());
        assertEquals(0, check.exitCode(), check.out() + check.err());
        // Of the program's own types there is a header as well.
        PureBpf.Run own = header("--btf", object.toString());
        assertEquals("", own.err());
        assertTrue(own.out().contains("struct task_struct {\n"), own.out());
    }

    @Test
    void theSameTypesGiveTheSameText() {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        assertArrayEquals(
                header().out().getBytes(), header("--btf", KERNEL.toString()).out().getBytes());
    }

    @Test
    void whatHasNoTypesIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("text.btf"), "no types");
        PureBpf.Run run = header("--btf", file.toString());
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("purebpf: no types of a kernel in " + file), run.err());
    }

    @Test
    void whatCannotBeCIsNotPrintedHalf() throws IOException {
        BtfBuilder builder = BtfBuilder.create();
        int number = builder.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        builder.add(
                new BtfType.Struct(
                        "good", 4, List.of(new BtfType.Member("m", number, 0, 0)), false));
        builder.add(
                new BtfType.Struct(
                        "bad", 4, List.of(new BtfType.Member("m", number + 2, 0, 0)), false));
        Path file = folder.resolve("bad.btf");
        Files.write(file, builder.toBytes(ByteOrder.LITTLE_ENDIAN));
        PureBpf.Run run = header("--btf", file.toString());
        assertEquals(1, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("purebpf: no C header of these types: "), run.err());
        assertTrue(run.err().contains("type 3: it contains itself"), run.err());
    }

    @Test
    void optionsOfTheOtherKindAreWrongUsage() {
        PureBpf.Run run = header("--package", "p");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().startsWith("purebpf generate: --package goes with java\n"), run.err());
        run = header("some.btf");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("the types are named by --btf FILE"), run.err());
        run = PureBpf.runHere("generate", "java", "x.bpf.o", "--btf", "y");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("--btf goes with vmlinux.h"), run.err());
    }
}
