package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.c.CGenerator;
import dev.purebpf.c.CLayout;
import dev.purebpf.c.CSource;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CUnit;
import dev.purebpf.c.Choices;
import dev.purebpf.c.OtherKernel;
import dev.purebpf.elf.ElfFile;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;

/**
 * The oracle of CO-RE's properties lays types out as compilers do: {@code sizeof}, {@code offsetof}
 * and the bits of bitfields, from generated C; and as clang writes them into BTF.
 */
class CompilerLayoutTest {
    private static final int UNITS = 40;

    @TempDir Path folder;

    /** A field that C can name, from the top of a struct. */
    private record Place(String path, long bitOffset, Field field) {}

    private static List<CUnit> units() {
        var units = new ArrayList<CUnit>();
        var random = new Random(4);
        for (int i = 0; i < UNITS; i++) {
            var bytes = new byte[300];
            random.nextBytes(bytes);
            CUnit unit = CGenerator.unit(new Choices(bytes));
            units.add(unit);
            random.nextBytes(bytes);
            units.add(OtherKernel.of(unit, new Choices(bytes), false));
        }
        return units;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "clang"})
    void sizesAndOffsetsAreTheCompilers(String compiler) throws Exception {
        assumeTrue(
                System.getProperty("os.arch").equals("amd64"),
                "the layout is that of x86-64 and BPF");
        var code = new StringBuilder();
        var main = new StringBuilder("int main(void)\n{\n");
        var expected = new StringBuilder();
        int number = 0;
        for (CUnit unit : units()) {
            // A function has a scope of its own for tags, typedefs and enumerators.
            code.append("static void unit").append(number).append("(void)\n{\n");
            code.append(CSource.of(unit));
            var layout = new CLayout(unit);
            each(
                    unit,
                    (type, composite) -> {
                        code.append("printf(\"%zu\\n\", sizeof(").append(type).append("));\n");
                        expected.append(layout.size(composite)).append('\n');
                        for (Place place : places(unit, layout, composite)) {
                            print(type, place, layout, code, expected);
                        }
                    });
            code.append("}\n");
            main.append("unit").append(number++).append("();\n");
        }
        Path source = folder.resolve("layout.c");
        String prologue =
                CSource.PROLOGUE
                        + """
                        #include <stddef.h>
                        #include <stdio.h>
                        #include <string.h>
                        /* Where the one bits of an object are: the first, and how many. */
                        static void bits(const unsigned char *bytes, size_t size)
                        {
                            long first = -1, count = 0;
                            for (size_t i = 0; i < 8 * size; i++) {
                                if (bytes[i / 8] >> i % 8 & 1) {
                                    first = first < 0 ? (long)i : first;
                                    count++;
                                }
                            }
                            printf("%ld %ld\\n", first, count);
                        }
                        /* Layouts do not depend on it, and it forbids to set bitfields. */
                        #define const
                        """;
        Files.writeString(source, prologue + code + main + "return 0;\n}\n");
        Path program = folder.resolve("layout");
        run(compiler, "-w", "-O0", "-o", program.toString(), source.toString());
        assertEquals(expected.toString(), run(program.toString()));
    }

    private static void print(
            String type, Place place, CLayout layout, StringBuilder code, StringBuilder expected) {
        if (place.field().bits() > 0) {
            code.append("{ ").append(type).append(" x; memset((void *)&x, 0, sizeof(x)); x.");
            code.append(place.path()).append(" = -1; bits((void *)&x, sizeof(x)); }\n");
            expected.append(place.bitOffset()).append(' ').append(place.field().bits());
        } else {
            code.append("printf(\"%zu %zu\\n\", offsetof(").append(type).append(", ");
            code.append(place.path()).append("), sizeof(((").append(type).append(" *)0)->");
            code.append(place.path()).append("));\n");
            expected.append(place.bitOffset() / 8).append(' ');
            expected.append(layout.size(place.field().type()));
        }
        expected.append('\n');
    }

    private static void each(CUnit unit, BiConsumer<String, Composite> action) {
        for (var declaration : unit.declarations()) {
            if (declaration instanceof Composite composite) {
                action.accept(
                        (composite.union() ? "union " : "struct ") + composite.name(), composite);
            }
        }
    }

    private static List<Place> places(CUnit unit, CLayout layout, Composite composite) {
        var places = new ArrayList<Place>();
        collect(unit, layout, composite, "", 0, places);
        return places;
    }

    private static void collect(
            CUnit unit,
            CLayout layout,
            Composite composite,
            String path,
            long offset,
            List<Place> places) {
        for (int i = 0; i < composite.fields().size(); i++) {
            Field field = composite.fields().get(i);
            long at = offset + layout.bitOffset(composite, i);
            String name = field.name().isEmpty() ? "" : path + field.name();
            if (!name.isEmpty()) {
                places.add(new Place(name, at, field));
            }
            if (unit.bare(field.type()) instanceof Composite inner) {
                collect(unit, layout, inner, name.isEmpty() ? path : name + '.', at, places);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpfel", "bpfeb"})
    void theBtfOfClangHasTheSameLayout(String target) throws Exception {
        int compared = 0;
        for (CUnit unit : units().subList(0, 12)) {
            Path source = folder.resolve("types.c");
            var code = new StringBuilder(CSource.PROLOGUE).append(CSource.of(unit));
            each(
                    unit,
                    (type, t) -> code.append(type).append(" use_").append(t.name()).append(";\n"));
            Files.writeString(source, code);
            Path object = folder.resolve("types.o");
            run(
                    "clang",
                    "-w",
                    "-g",
                    "-target",
                    target,
                    "-c",
                    "-o",
                    object.toString(),
                    source.toString());
            try (ElfFile elf = ElfFile.open(object)) {
                // Where there is no struct there are no variables, and clang writes no BTF.
                Btf btf = Btf.ofElf(elf).orElse(null);
                var layout = new CLayout(unit);
                if (btf != null) {
                    each(unit, (type, composite) -> assertSame(btf, layout, composite));
                    compared++;
                }
            }
        }
        assertTrue(compared > 6, compared + " units had types");
    }

    private static void assertSame(Btf btf, CLayout layout, Composite composite) {
        int id = btf.find(composite.name(), composite.union() ? BtfKind.UNION : BtfKind.STRUCT);
        var read = (BtfType.Composite) btf.type(id);
        assertEquals(layout.size(composite), read.size(), composite::toString);
        assertEquals(composite.fields().size(), read.members().size(), composite::toString);
        for (int i = 0; i < read.members().size(); i++) {
            BtfType.Member member = read.members().get(i);
            Field field = composite.fields().get(i);
            assertEquals(field.name(), member.name());
            assertEquals(layout.bitOffset(composite, i), member.bitOffset(), composite::toString);
            assertEquals(field.bits(), member.bitSize(), composite::toString);
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ":\n" + output);
            return output;
        } catch (IOException e) {
            return abort(command[0] + " is needed to compare with: " + e.getMessage());
        }
    }
}
