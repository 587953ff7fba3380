package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import dev.purebpf.code.FunctionExits;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.MadePrograms;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoBuildInfo;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.symbol.GoFunctions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The program exits.go, running. */
final class GoProgram implements AutoCloseable {
    /** Those that take a number and give it back, in the order in which numbers choose them. */
    static final List<String> FUNCTIONS =
            List.of("early", "deferred", "recovered", "grown", "collected", "escaped");

    private final Process process;
    private final BufferedReader output;

    private GoProgram(Process process) {
        this.process = process;
        output = process.inputReader();
    }

    /** {@return the program as it was made for a virtual machine, or compiled} */
    static Path compile(String version, Path folder, String... options)
            throws IOException, InterruptedException {
        try (InputStream in = GoProgram.class.getResourceAsStream("exits.go")) {
            assertNotNull(in);
            String source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Optional<Path> made = MadePrograms.inGo(source, version, options);
            if (made.isPresent()) {
                // Under a name without a space, which tracefs does not take.
                return Files.copy(
                        made.get(),
                        Files.createTempFile(folder, "traced", ""),
                        REPLACE_EXISTING,
                        COPY_ATTRIBUTES);
            }
            String architecture = Architecture.host() == Architecture.X86_64 ? "amd64" : "arm64";
            return GoToolchain.of(version).build(folder, architecture, source, options);
        }
    }

    static GoProgram start(Path program) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(program.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("GOGC", "2");
        return new GoProgram(builder.start());
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    /**
     * Has it call its functions with so many numbers, up to some time before they are asked for.
     */
    void begin(int from, int count) throws IOException {
        process.getOutputStream().write((from + " " + count + "\n").getBytes());
        process.getOutputStream().flush();
    }

    /** {@return what it says of each call} */
    List<Call> calls(int count) throws IOException {
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String line = output.readLine();
            assertNotNull(line, "the program has ended");
            String[] words = line.split(" ");
            int number = Integer.parseInt(words[0]);
            boolean isReturn = words.length == 3;
            if (isReturn) {
                assertEquals(number, Integer.parseInt(words[1]), line);
            }
            calls.add(new Call(number, isReturn, isReturn ? Long.parseLong(words[2]) : 0));
        }
        return calls;
    }

    /**
     * What became of a call.
     *
     * @param number its number
     * @param isReturn whether the function returned
     * @param result its second result
     */
    record Call(int number, boolean isReturn, long result) {}

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        assertEquals(0, process.onExit().join().exitValue());
    }

    /**
     * Where a function of it is entered and left.
     *
     * @param begin where its first instruction is in the file
     * @param exits where those that return are
     * @param call where its parameters and results are
     * @param abi in which registers, if they are in any
     */
    record Places(long begin, List<Long> exits, GoCall call, GoAbi abi) {}

    static List<Places> places(Path program) throws IOException {
        List<Places> places = new ArrayList<>();
        try (ElfFile file = ElfFile.open(program);
                Dwarf dwarf = Dwarf.of(file).orElseThrow()) {
            GoFunctions functions = GoFunctions.of(file).orElseThrow();
            String version = GoBuildInfo.of(file).orElseThrow().version();
            GoAbi abi = GoAbi.of(file.machine(), version).orElseThrow();
            for (String name : FUNCTIONS) {
                GoFunctions.Function function = functions.find("main." + name).orElseThrow();
                long begin = file.fileOffset(function.address()).orElseThrow();
                FunctionExits exits = FunctionExits.of(file, function.address(), function.size());
                assertTrue(!exits.returns().isEmpty(), name);
                GoSignature signature =
                        GoSignature.of(dwarf.functionAt(function.address()).orElseThrow());
                places.add(
                        new Places(
                                begin,
                                exits.returns().stream().map(at -> begin + at).toList(),
                                abi.assign(signature),
                                abi));
            }
        }
        return places;
    }
}
