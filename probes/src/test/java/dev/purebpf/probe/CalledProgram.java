package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Symbol;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;
import dev.purebpf.symbol.FunctionLookup;
import dev.purebpf.symbol.UserSymbols;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;

/** The program called.c, running: it calls its functions once for each byte that it is given. */
final class CalledProgram implements AutoCloseable {
    private final Process process;

    private CalledProgram(Process process) {
        this.process = process;
    }

    /** {@return the program, compiled into a folder} */
    static Path compile(Path folder, String... options) throws IOException, InterruptedException {
        return compileSource(folder, "called", options);
    }

    /** {@return another program that does the same for each byte, compiled into a folder} */
    static Path compileSource(Path folder, String name, String... options)
            throws IOException, InterruptedException {
        assumeTrue(BinaryPath.find(Kernel.host(), "cc").isPresent(), "needs a C compiler");
        Path source = folder.resolve(name + ".c");
        if (!Files.exists(source)) {
            try (InputStream in = CalledProgram.class.getResourceAsStream(name + ".c")) {
                assertNotNull(in);
                Files.copy(in, source);
            }
        }
        Path program = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("cc", "-O1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-o", program.toString(), source.toString()));
        Process compiler = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, compiler.waitFor());
        return program;
    }

    /** {@return where in the file a symbol is, be it a function or a variable} */
    static long offset(Path program, String name) throws IOException {
        try (ElfFile elf = ElfFile.open(program);
                UserSymbols symbols = UserSymbols.open(program)) {
            if (symbols.find(name) instanceof FunctionLookup.Found(long offset)) {
                return offset;
            }
            int index = elf.symbols().next(0, Symbol.OBJECT, name.getBytes());
            return elf.fileOffset(elf.symbols().get(index).value()).orElseThrow();
        }
    }

    /** {@return an entry for bytes that are put into a zip file as they are} */
    static ZipEntry stored(String name, byte[] bytes) {
        var sum = new CRC32();
        sum.update(bytes);
        var entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(sum.getValue());
        return entry;
    }

    static CalledProgram start(Path program) throws IOException {
        return start(program.toString());
    }

    /** {@return the program, started by a command that becomes it} */
    static CalledProgram start(String... command) throws IOException {
        return new CalledProgram(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    /**
     * Lets it call {@code triple(number)} and the rest.
     *
     * @return how many have its reference counter, as it says itself
     */
    int call(int number) throws IOException {
        process.getOutputStream().write(number);
        process.getOutputStream().flush();
        return process.getInputStream().read();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        assertEquals(0, process.onExit().join().exitValue());
    }
}
