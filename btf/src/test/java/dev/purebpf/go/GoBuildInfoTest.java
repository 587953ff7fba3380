package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Hostile;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.Mutations;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

class GoBuildInfoTest {
    private static final String SOURCE = "package main\n\nfunc main() { println(1) }\n";

    @TempDir Path folder;

    @Test
    void versionAndModuleAreReadOfEveryKindOfProgram() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            for (String options : new String[] {"-v", "-ldflags=-s -w", "-buildmode=pie"}) {
                try (ElfFile elf = ElfFile.open(go.build(folder, "amd64", SOURCE, options))) {
                    GoBuildInfo info = GoBuildInfo.of(elf).orElseThrow();
                    String what = go.version() + " " + options;
                    String version = "go" + go.version();
                    assertTrue(
                            info.version().equals(version)
                                    || info.version().startsWith(version + "."),
                            () -> what + " says " + info.version());
                    assertEquals("example.org/traced", info.path(), what);
                    assertEquals("example.org/traced", info.modules().getFirst().path(), what);
                    if (go.minor() >= 18) {
                        assertEquals("amd64", info.settings().get("GOARCH"), what);
                    }
                }
            }
        }
    }

    @Test
    void damagedProgramsAreRefused() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            byte[] program = Files.readAllBytes(go.build(folder, "amd64", SOURCE));
            for (int seed = 0; seed < 100; seed++) {
                byte[] damaged = program.clone();
                try (ElfFile elf = ElfFile.of("whole", program.clone())) {
                    var section = elf.section(".go.buildinfo").orElseThrow();
                    byte[] part = Mutations.damage(section.bytes(), seed);
                    System.arraycopy(
                            part,
                            0,
                            damaged,
                            (int) section.offset(),
                            (int) Math.min(part.length, section.size()));
                }
                Hostile.survives(
                        damaged.length,
                        () -> {
                            try (ElfFile elf = ElfFile.of("damaged", damaged)) {
                                GoBuildInfo.of(elf);
                            }
                        });
            }
        }
    }
}
