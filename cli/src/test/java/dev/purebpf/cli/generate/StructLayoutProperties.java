package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.link.DataVariable;
import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.ObjectFile;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Any struct that clang lays out: what it put into a variable is what the generated accessors and
 * codecs find there, and where they look is where it says that the field is.
 */
class StructLayoutProperties {
    @Property(tries = 3, shrinking = ShrinkingMode.OFF)
    void accessorsAndCodecsAgreeWithClang(@ForAll long seed) throws Exception {
        List<RandomStructs.Struct> structs = RandomStructs.of(seed);
        Path folder = Files.createTempDirectory("layout");
        try {
            check(structs, folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void check(List<RandomStructs.Struct> structs, Path folder) throws Exception {
        String source = RandomStructs.source(structs);
        Path object = folder.resolve("layout.bpf.o");
        clang(Files.writeString(folder.resolve("layout.c"), source), "-c", "-o", object.toString());
        ObjectFile file;
        try (ElfFile elf = ElfFile.open(object)) {
            file = ObjectFile.parse(elf);
        }
        String text = ObjectSource.of(file, "layout.bpf.o", "p", "Layout", List.of());
        Path generated = Files.writeString(folder.resolve("Layout.java"), text);
        assertEquals("", Javac.complaints(List.of(generated), folder));
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            StringBuilder asserts = new StringBuilder(source);
            for (RandomStructs.Struct struct : structs) {
                Class<?> type = classOf(loader, struct);
                var memory = variable(file, "v" + struct.name());
                assertHolds(loader, struct, memory, 0);
                assertRoundTrip((Codec<?>) type.getField("CODEC").get(null), memory);
                asserts.append(offsets(struct, (CType.Struct) type.getField("TYPE").get(null)));
            }
            clang(Files.writeString(folder.resolve("asserts.c"), asserts), "-fsyntax-only");
        }
    }

    private static void clang(Path source, String... options)
            throws IOException, InterruptedException {
        String clang =
                Stream.concat(
                                Stream.ofNullable(System.getenv("CLANG")),
                                Stream.concat(
                                        Stream.of("clang"),
                                        IntStream.rangeClosed(14, 22).mapToObj(n -> "clang-" + n)))
                        .filter(CompiledProgram::isInstalled)
                        .findFirst()
                        .orElse(null);
        assumeTrue(clang != null, "needs clang, which compiles for BPF");
        List<String> words =
                Stream.concat(
                                Stream.of(
                                        clang,
                                        "-target",
                                        "bpfel",
                                        "-g",
                                        "-O2",
                                        "-w",
                                        source.toString()),
                                Stream.of(options))
                        .toList();
        try (PureBpf.Running running = PureBpf.startProcess(words)) {
            PureBpf.Run run = running.end();
            assertEquals(0, run.exitCode(), run.err());
        }
    }

    /** {@return the bytes that clang gave a variable to begin with} */
    private static MemorySegment variable(ObjectFile file, String name) {
        for (MapDefinition map : file.maps()) {
            for (DataVariable variable : map.variables()) {
                if (variable.name().equals(name)) {
                    byte[] data = map.data();
                    return MemorySegment.ofArray(data).asSlice(variable.offset(), variable.size());
                }
            }
        }
        throw new AssertionError("no variable " + name);
    }

    private static Class<?> classOf(ClassLoader loader, RandomStructs.Struct struct)
            throws ClassNotFoundException {
        return loader.loadClass("p.Layout$" + struct.name().toUpperCase(Locale.ROOT));
    }

    private static void assertHolds(
            ClassLoader loader, RandomStructs.Struct struct, MemorySegment memory, long offset)
            throws ReflectiveOperationException {
        Class<?> type = classOf(loader, struct);
        for (RandomStructs.Field field : struct.fields()) {
            String where = struct.declaration() + field.name();
            switch (field.value()) {
                case RandomStructs.Struct inner -> {
                    Method at = type.getMethod(field.name() + "At", long.class);
                    assertHolds(loader, inner, memory, (long) at.invoke(null, offset));
                }
                case List<?> values -> {
                    for (int i = 0; i < values.size(); i++) {
                        Object found = element(type, field.name(), memory, offset, i);
                        assertEquals(bits(values.get(i), found), number(found), where);
                    }
                }
                case String letters -> {
                    for (int i = 0; i < letters.length(); i++) {
                        Object found = element(type, field.name(), memory, offset, i);
                        assertEquals(letters.charAt(i), number(found), where);
                    }
                }
                case Boolean truth -> assertEquals(truth, get(type, field, memory, offset), where);
                default -> {
                    Object found = get(type, field, memory, offset);
                    assertEquals(bits(field.value(), found), number(found), where);
                }
            }
        }
    }

    private static Object get(
            Class<?> type, RandomStructs.Field field, MemorySegment memory, long offset)
            throws ReflectiveOperationException {
        return type.getMethod(field.name(), MemorySegment.class, long.class)
                .invoke(null, memory, offset);
    }

    private static Object element(
            Class<?> type, String name, MemorySegment memory, long offset, long index)
            throws ReflectiveOperationException {
        return type.getMethod(name, MemorySegment.class, long.class, long.class)
                .invoke(null, memory, offset, index);
    }

    private static long number(Object found) {
        return ((Number) found).longValue();
    }

    /** {@return the number as Java has it, whose types are all signed} */
    private static long bits(Object value, Object found) {
        long number = (long) value;
        return switch (found) {
            case Byte _ -> (byte) number;
            case Short _ -> (short) number;
            case Integer _ -> (int) number;
            default -> number;
        };
    }

    private static <T> void assertRoundTrip(Codec<T> codec, MemorySegment memory) {
        byte[] again = new byte[codec.size()];
        codec.encode(codec.decode(memory, 0), MemorySegment.ofArray(again), 0);
        assertArrayEquals(memory.toArray(ValueLayout.JAVA_BYTE), again, codec.toString());
    }

    private static String offsets(RandomStructs.Struct struct, CType.Struct type) {
        String name = "struct " + struct.name();
        StringBuilder asserts = new StringBuilder();
        asserts.append("_Static_assert(sizeof(" + name + ") == " + type.size() + ", \"size\");\n");
        for (CType.Field field : type.fields()) {
            if (!(field.type() instanceof CType.Bitfield)) {
                asserts.append("_Static_assert(__builtin_offsetof(").append(name).append(", ");
                asserts.append(field.name()).append(") == ").append(field.offset());
                asserts.append(", \"").append(field.name()).append("\");\n");
            }
        }
        return asserts.toString();
    }
}
