package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.SeparateDebug;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The table of known versions, against programs that are built with them. */
class KnownLayoutsTest {
    @TempDir static Path directory;

    /** The releases of {@code build/go-grpc}; a line of the message is a line of the table. */
    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "bookworm", "trixie", "trixie-backports", "sid"})
    void theTableSaysWhatDebuggingInformationDoes(String release) throws Exception {
        String version = GrpcPrograms.version(release);
        Path file = GrpcPrograms.build(directory, release);
        try (GrpcProgram program = GrpcProgram.open(file, GrpcPrograms.machine())) {
            assertEquals(
                    line(version, program.layout()),
                    KnownLayouts.of(version).map(known -> line(version, known)).orElse("nothing"));
        }
    }

    private static String line(String version, KnownLayouts.Known known) {
        String first = known.takesContext() ? "context" : "frame";
        return version + " " + first + " " + known.offsets();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void aStrippedProgramIsReadLikeOneThatIsNot(String release) throws Exception {
        Path whole = GrpcPrograms.build(directory, release);
        Path stripped = GrpcPrograms.build(directory, release, "-ldflags=-s -w");
        try (GrpcProgram one = GrpcProgram.open(whole, GrpcPrograms.machine());
                GrpcProgram other = GrpcProgram.open(stripped, GrpcPrograms.machine())) {
            assertEquals(one.places(), other.places());
            assertEquals(one.layout(), other.layout());
            // Where a status has its code the version of gRPC does not tell.
            Set<TransportFunction> all = EnumSet.allOf(TransportFunction.class);
            assertEquals(all, one.probed().keySet());
            all.remove(TransportFunction.CLIENT_END);
            assertEquals(all, other.probed().keySet());
        }
    }

    /** As Debian's packages are, with another for what they were stripped of. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void debuggingInformationInAFileOfItsOwnIsReadAlike(String release) throws Exception {
        Path whole = GrpcPrograms.build(directory, release);
        Path split = GrpcPrograms.build(directory, release);
        SeparateDebug.split(split);
        try (GrpcProgram one = GrpcProgram.open(whole, GrpcPrograms.machine());
                GrpcProgram other = GrpcProgram.open(split, GrpcPrograms.machine())) {
            assertEquals(one.places(), other.places());
            assertEquals(one.layout(), other.layout());
            assertEquals(one.clientEnd(), other.clientEnd());
            assertEquals(one.probed(), other.probed());
        }
    }

    @Test
    void eachLineIsReadAsItIsWritten() throws IOException {
        try (InputStream table = KnownLayouts.class.getResourceAsStream("layouts")) {
            List<String> read = new ArrayList<>();
            KnownLayouts.all().forEach((version, known) -> read.add(line(version, known)));
            assertEquals(
                    new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList(),
                    read);
        }
    }
}
