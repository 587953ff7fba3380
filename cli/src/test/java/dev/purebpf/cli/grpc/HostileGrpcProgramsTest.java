package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.DamagedFile;
import dev.purebpf.cli.DamagedFiles;
import dev.purebpf.cli.OneLine;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.io.IOException;
import java.util.List;

/** Programs with gRPC that are damaged are read, or refused in a sentence. */
class HostileGrpcProgramsTest {
    private static DamagedFiles files;

    @BeforeContainer
    static void compile() throws Exception {
        files = new DamagedFiles();
        for (String release : List.of("bookworm", "trixie")) {
            for (String flags : List.of("-compressdwarf=false", "-s -w")) {
                files.add(
                        folder -> GrpcPrograms.build(folder, release, "-ldflags=" + flags),
                        ".go.buildinfo",
                        ".gopclntab",
                        ".debug_info",
                        ".debug_abbrev",
                        ".debug_aranges",
                        ".debug_ranges",
                        ".debug_rnglists",
                        ".debug_loc",
                        ".debug_addr",
                        ".shstrtab",
                        ".note");
            }
        }
    }

    @AfterContainer
    static void delete() throws IOException {
        files.close();
    }

    /** What a process runs among all of the machine: it must not end the tracing of the others. */
    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void aProgramIsReadOrRefusedInASentence(@ForAll long seed) throws Exception {
        DamagedFile file = files.choose(seed);
        file.look(
                seed,
                () -> {
                    try (ProgramSearch search = new ProgramSearch()) {
                        search.look(file.path())
                                .ifPresent(
                                        found ->
                                                found.program()
                                                        .probed()
                                                        .keySet()
                                                        .forEach(found.program()::fileOffset));
                    } catch (CommandFailure e) {
                        assertEquals(1, OneLine.each(e.getMessage()).lines().count());
                    }
                });
    }
}
