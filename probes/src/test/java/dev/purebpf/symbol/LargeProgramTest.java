package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.code.FunctionExits;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.go.GoSignature;
import dev.purebpf.symbol.GoFunctions.Function;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One function of a program of more than a hundred megabytes takes 64 MB of heap at most. */
class LargeProgramTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneFunctionIsFoundWithLittleMemory(boolean isCompressed) throws Exception {
        Path program = folder.resolve("large");
        LargeProgram.write(program, isCompressed);
        assertTrue(isCompressed || Files.size(program) > 100 << 20, () -> size(program));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(
                                System.getProperty("java.home") + "/bin/java",
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LargeProgramTest.class.getName(),
                                program.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertEquals(0, process.waitFor(), () -> said(output));
        System.out.println(size(program) + ": " + said(output));
    }

    private static String said(Path output) {
        try {
            return Files.readString(output).strip();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String size(Path program) {
        return program.toFile().length() / (1 << 20) + " MB";
    }

    /**
     * Looks for the last function in all tables.
     *
     * @param arguments the program
     * @throws IOException if it cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        long start = System.nanoTime();
        Path program = Path.of(arguments[0]);
        Function expected = LargeProgram.function(LargeProgram.FUNCTIONS - 1);
        try (ElfFile file = ElfFile.open(program);
                UserSymbols symbols = UserSymbols.open(program);
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            GoFunctions functions = GoFunctions.of(file).orElseThrow();
            Function function = functions.find(expected.name()).orElseThrow();
            assertEquals(expected, function);
            assertEquals(expected, functions.containing(expected.address() + 5).orElseThrow());
            long offset = file.fileOffset(function.address()).orElseThrow();
            assertEquals(new FunctionLookup.Found(offset), symbols.find(expected.name()));
            GoSignature signature =
                    GoSignature.of(dwarf.functionAt(function.address()).orElseThrow());
            assertEquals(expected.name() + "(request int) int", signature.toString());
            FunctionExits exits = FunctionExits.of(file, function.address(), function.size());
            assertEquals(List.of(LargeProgram.EXIT), exits.returns());
        }
        System.out.println(
                "found in "
                        + (System.nanoTime() - start) / 1_000_000
                        + " ms, "
                        + ProcessHandle.current()
                                .info()
                                .totalCpuDuration()
                                .orElse(Duration.ZERO)
                                .toMillis()
                        + " of them computing, with "
                        + Runtime.getRuntime().maxMemory() / (1 << 20)
                        + " MB of heap");
    }
}
