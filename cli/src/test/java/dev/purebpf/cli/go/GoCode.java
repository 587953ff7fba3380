package dev.purebpf.cli.go;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.symbol.GoFunctions;
import dev.purebpf.symbol.GoFunctions.Function;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The code of a function as its file has it; in a process, probes write over its instructions.
 *
 * @param address where it is in each process: the program is not position-independent
 * @param bytes the code
 */
record GoCode(long address, byte[] bytes) {
    static GoCode of(Path program, String name) throws IOException {
        try (ElfFile file = ElfFile.open(program)) {
            Function function = GoFunctions.of(file).orElseThrow().find(name).orElseThrow();
            return new GoCode(
                    function.address(),
                    file.memory(function.address(), function.size()).bytes(0, function.size()));
        }
    }

    /** {@return whether a process has the code without any probe in it} */
    boolean isUntouched(long pid) {
        byte[] there = new byte[bytes.length];
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
            memory.seek(address);
            memory.readFully(there);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.equals(bytes, there);
    }
}
