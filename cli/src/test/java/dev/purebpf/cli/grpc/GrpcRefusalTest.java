package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.OrdinaryUser;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What cannot be looked into is refused in one sentence that says why, and what to do. */
@ExtendWith(LeakCheck.class)
class GrpcRefusalTest {
    private static final String MODULE = "google.golang.org/grpc\tv1.64.0";

    /** {@code DW_FORM_implicit_const}, whose value stands with it. */
    private static final int IMPLICIT_CONST = 0x21;

    @TempDir static Path directory;
    private static Path program;
    private static Path hidden;

    @BeforeAll
    static void build() throws Exception {
        program = GrpcPrograms.build(directory, "trixie");
        hidden = GrpcPrograms.hideDebug(program, directory);
    }

    /** {@return a copy of a program in which something is called otherwise} */
    private static Path renamed(Path from, String text, String other) throws IOException {
        assertEquals(text.length(), other.length());
        String all = new String(Files.readAllBytes(from), StandardCharsets.ISO_8859_1);
        assertTrue(all.contains(text), text);
        Path copy = Files.createTempDirectory(directory, "renamed").resolve("traced");
        Files.write(copy, all.replace(text, other).getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(copy.toFile().setExecutable(true));
        return copy;
    }

    /** {@return what is said of a process that runs a program, without its beginning} */
    private static String refusal(Path file, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(file.toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).start();
        try {
            Run run = PureBpf.runHere("grpc", "-p", Long.toString(process.pid()));
            assertEquals(1, run.exitCode(), run.err());
            assertEquals(1, run.errLines().size(), run.err());
            assertTrue(process.isAlive());
            return run.err()
                    .strip()
                    .replace(Long.toString(process.pid()), "PID")
                    .replace(file.toRealPath().toString(), "FILE");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aGoProgramWithoutGrpc() throws Exception {
        String source =
                """
                package main

                import (
                	"io"
                	"os"
                )

                func main() { io.ReadAll(os.Stdin) }
                """;
        Path none = GrpcPrograms.buildSource(directory, "trixie", source);
        assertEquals(
                "purebpf: process PID runs FILE, which is a Go program without gRPC, or with one"
                        + " that was renamed",
                refusal(none));
    }

    @Test
    void aStrippedProgramOfAVersionThatIsNotKnown() throws Exception {
        Path other = renamed(hidden, MODULE, MODULE.replace("64", "65"));
        assertEquals(
                "purebpf: FILE has gRPC that cannot be read: it is stripped, and of its gRPC"
                    + " v1.65.0 is not known where things are, only of v1.27.1, v1.33.3, v1.64.0,"
                    + " v1.79.3, v1.81.1; build it without -ldflags=-w or -s, which strip its"
                    + " debugging information",
                refusal(other, "serve"));
    }

    @Test
    void aStrippedProgramThatDoesNotSayItsVersion() throws Exception {
        Path other = renamed(hidden, MODULE, MODULE.replace("grpc", "else"));
        assertEquals(
                "purebpf: FILE has gRPC that cannot be read: it is stripped, and does not say which"
                    + " version of gRPC it has; build it without -ldflags=-w or -s, which strip its"
                    + " debugging information",
                refusal(other, "serve"));
    }

    @Test
    void aProgramWhoseGrpcLacksAFunction() throws Exception {
        Path other = renamed(program, ".(*loopyWriter).writeHeader", ".(*loopyWriter).writeFields");
        assertEquals(
                "purebpf: FILE has gRPC that cannot be read: it has no function"
                    + " google.golang.org/grpc/internal/transport.(*loopyWriter).writeHeader: that"
                    + " was inlined, or is called something else in its version",
                refusal(other, "serve"));
    }

    @Test
    void aProgramWhoseDebuggingInformationIsDamaged() throws Exception {
        Path damaged = renamed(program, ".debug_abbrev", ".Debug_abbrev");
        Run run = PureBpf.runHere("grpc", "--", damaged.toString(), "both");
        assertEquals(1, run.exitCode());
        assertEquals(1, run.errLines().size(), run.err());
        String begin =
                "purebpf: "
                        + damaged
                        + " has gRPC that cannot be read: its debugging information is damaged: ";
        assertTrue(run.err().startsWith(begin), run.err());
    }

    @Test
    void aProgramWhoseFunctionsTakeNothingThatItsDebuggingInformationSays() throws Exception {
        Path damaged = GrpcPrograms.build(directory, "trixie", "-ldflags=-compressdwarf=false");
        byte[] bytes = Files.readAllBytes(damaged);
        try (ElfFile elf = ElfFile.open(damaged)) {
            Section section = elf.section(".debug_abbrev").orElseThrow();
            leaveOutParameters(bytes, (int) section.offset(), (int) section.size());
        }
        Files.write(damaged, bytes);
        Run run = PureBpf.runHere("grpc", "--", damaged.toString(), "both");
        assertEquals(1, run.exitCode());
        assertEquals(
                "purebpf: "
                        + damaged
                        + " has gRPC that cannot be read: its debugging information says nothing of"
                        + " what google.golang.org/grpc/internal/transport.(*http2Server)"
                        + ".operateHeaders is a method of\n",
                run.err());
    }

    /** Makes variables of all parameters, in a section of abbreviations. */
    private static void leaveOutParameters(byte[] bytes, int from, int size) {
        ByteBuffer in = ByteBuffer.wrap(bytes, from, size);
        while (in.hasRemaining()) {
            if (number(in) == 0) {
                continue; // Another unit's begin.
            }
            int tag = in.position();
            if (number(in) == DwarfTag.FORMAL_PARAMETER) {
                bytes[tag] = DwarfTag.VARIABLE;
            }
            in.get();
            long form;
            do {
                number(in);
                form = number(in);
                if (form == IMPLICIT_CONST) {
                    number(in);
                }
            } while (form != 0);
        }
    }

    private static long number(ByteBuffer in) {
        long value = 0;
        int part;
        int shift = 0;
        do {
            part = in.get();
            value |= (part & 0x7fL) << shift;
            shift += 7;
        } while (part < 0);
        return value;
    }

    @Test
    void aProcessThatHasEnded() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Run run = PureBpf.runHere("grpc", "-p", Long.toString(ended.pid()));
        assertEquals(1, run.exitCode());
        assertEquals("purebpf: there is no process " + ended.pid() + " to trace\n", run.err());
    }

    @Test
    void anOrdinaryUserIsToldWhoMay() throws Exception {
        Process server = new ProcessBuilder(program.toString(), "serve").start();
        try (OrdinaryUser user = OrdinaryUser.create()) {
            String pid = Long.toString(server.pid());
            assertRefused(
                    user.run("grpc", "-p", pid),
                    "process " + pid + " is not for this user to see: run this as root");
            assertRefused(
                    user.run("grpc", "--", "true"), "this process lacks CAP_BPF and CAP_PERFMON");
        } finally {
            server.destroyForcibly();
        }
    }

    private static void assertRefused(Run run, String why) {
        assertEquals(1, run.exitCode(), run.err());
        assertEquals(1, run.errLines().size(), run.err());
        assertTrue(run.err().contains(why), run.err());
    }

    /** Attaches in turn, and is refused at the last function, whose code makes no sense. */
    @Test
    void whatIsAttachedIsGivenBackWhenAFunctionCannotBe() throws Exception {
        PureBpf.requireKernel();
        Path broken = Files.createTempDirectory(directory, "broken").resolve("traced");
        Files.copy(program, broken);
        long offset;
        try (GrpcProgram known = GrpcProgram.open(program, GrpcPrograms.machine())) {
            offset = known.fileOffset(TransportFunction.SERVER_HEADERS);
        }
        try (RandomAccessFile file = new RandomAccessFile(broken.toFile(), "rw")) {
            file.seek(offset);
            // No instruction of x86-64, nor of aarch64.
            file.write(new byte[] {0x06, 0, 0, 0});
        }
        String said = refusal(broken, "serve");
        assertTrue(said.startsWith("purebpf: "), said);
        assertTrue(said.contains("FILE"), said);
    }

    /** Whatever is wrong with a file: it is read, or refused for what it is. */
    @Test
    void aDamagedProgramIsReadOrRefused() throws Exception {
        for (Path original : List.of(program, hidden)) {
            Path copy = Files.createTempDirectory(directory, "damaged").resolve("traced");
            Files.copy(original, copy);
            List<long[]> places = new ArrayList<>();
            try (ElfFile file = ElfFile.open(original)) {
                file.sections().stream()
                        .filter(section -> section.size() > 0)
                        .filter(section -> section.name().matches("\\.(go|debug).*"))
                        .forEach(
                                section ->
                                        places.add(new long[] {section.offset(), section.size()}));
            }
            places.add(new long[] {0, 64});
            places.add(new long[] {64, 1024});
            Random random = new Random(original.equals(program) ? 1 : 2);
            int read = 0;
            try (RandomAccessFile file = new RandomAccessFile(copy.toFile(), "rw")) {
                for (int i = 0; i < 60; i++) {
                    long[] place = places.get(i % places.size());
                    byte[] before = new byte[1 + random.nextInt(16)];
                    // What matters to all stands at the beginning.
                    long size = random.nextBoolean() ? Math.min(place[1], 256) : place[1];
                    long at = place[0] + (long) (random.nextDouble() * size);
                    file.seek(at);
                    file.readFully(before);
                    byte[] other = before.clone();
                    random.nextBytes(other);
                    file.seek(at);
                    file.write(other);
                    try (GrpcProgram known = GrpcProgram.open(copy, GrpcPrograms.machine())) {
                        known.probed().keySet().forEach(known::fileOffset);
                        read++;
                    } catch (NoGrpc | UnknownLayout | MalformedObjectException refused) {
                        assertTrue(!refused.getMessage().isEmpty());
                    }
                    file.seek(at);
                    file.write(before);
                }
            }
            assertTrue(read > 0);
        }
    }
}
