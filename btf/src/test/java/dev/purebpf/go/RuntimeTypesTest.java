package dev.purebpf.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.Unit;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.go.RuntimeTypes.RuntimeType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Types as the running program has them are those that debuggers are told of. */
class RuntimeTypesTest {
    private static final String PROGRAM =
            """
            package main

            import ("errors"; "fmt")

            type pair struct { a int; b string }
            func (p *pair) String() string { return p.b }
            type code uint16

            func main() {
                fmt.Println(&pair{1, "x"}, pair{}, code(7), []code{1}, map[string]*pair{},
                    errors.New("no"), 1.5, "text", int8(1))
            }
            """;

    @TempDir Path folder;

    @Test
    void typesAreFoundByTheirAddresses() throws Exception {
        for (GoToolchain go : GoToolchain.all()) {
            Path program = go.build(folder, "amd64", PROGRAM);
            try (ElfFile elf = ElfFile.open(program);
                    Dwarf dwarf = Dwarf.of(elf).orElseThrow()) {
                RuntimeTypes types =
                        RuntimeTypes.of(elf, GoBuildInfo.of(elf).orElseThrow().version())
                                .orElseThrow();
                Map<String, RuntimeType> byName = new HashMap<>();
                for (Unit unit : dwarf.units()) {
                    DieCursor entries = unit.entries();
                    while (entries.next()) {
                        compare(elf, types, entries.die(), byName);
                    }
                }
                assertTrue(byName.size() > 100, go + ": " + byName.size());
                assertEquals(RuntimeTypes.POINTER, byName.get("*errors.errorString").kind());
                assertEquals(RuntimeTypes.STRING, byName.get("string").kind());
                assertEquals(new RuntimeType("main.pair", 25, 24), byName.get("main.pair"));
            }
        }
    }

    private static void compare(
            ElfFile elf, RuntimeTypes types, Die entry, Map<String, RuntimeType> byName) {
        OptionalLong said = entry.address(DwarfAttribute.GO_RUNTIME_TYPE);
        if (said.isEmpty()) {
            said = entry.number(DwarfAttribute.GO_RUNTIME_TYPE);
        }
        if (said.isEmpty() || said.getAsLong() == 0) {
            return;
        }
        long section =
                elf.section(".go.type").or(() -> elf.section(".rodata")).orElseThrow().address();
        long address = said.getAsLong() < section ? section + said.getAsLong() : said.getAsLong();
        Optional<RuntimeType> type = types.at(address);
        String name = entry.name().orElseThrow();
        assertTrue(type.isPresent(), name);
        // Debuggers get the whole path of a package, programs its last part; types
        // of functions are told apart by a number.
        if (!name.contains("/")
                && !name.contains("·")
                && !name.startsWith("noalg.")
                && !name.contains("struct {")
                && !name.contains("interface {")) {
            assertEquals(name, type.get().name());
            byName.put(name, type.get());
        }
        long kind = entry.number(DwarfAttribute.GO_KIND).orElse(0) & 0x1f;
        if (kind != 0) {
            assertEquals(kind, type.get().kind(), name);
        }
    }

    @Test
    void whatIsNoTypeIsNone() throws Exception {
        GoToolchain go = GoToolchain.all().getLast();
        try (ElfFile elf = ElfFile.open(go.build(folder, "amd64", PROGRAM))) {
            RuntimeTypes types = RuntimeTypes.of(elf, "go1.27").orElseThrow();
            assertEquals(Optional.empty(), types.at(0));
            assertEquals(Optional.empty(), types.at(-8));
        }
    }
}
