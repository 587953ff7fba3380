package dev.purebpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.Oracle;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Types become C, and what a compiler makes of that are the same types again. */
class CHeaderTest {
    private static final List<String> CLANG = List.of("clang", "clang-19", "clang-16", "clang-14");
    private static final Path KERNEL = Path.of("/sys/kernel/btf/vmlinux");

    private static final Pattern BODY =
            Pattern.compile("^((?:struct|union|enum) \\w+) \\{$", Pattern.MULTILINE);

    /** On one line, or behind the body of what has no name of its own. */
    private static final Pattern TYPEDEF =
            Pattern.compile(
                    "^(?:typedef .*?|\\} (?:__attribute__\\(\\(\\S*\\)\\) )?)"
                            + "(?!__attribute__)(\\w+)(?:[\\[)(].*)?;$",
                    Pattern.MULTILINE);

    @TempDir Path folder;

    @Test
    void typesOfObjectsSurvive() throws IOException {
        for (String name : Fixtures.NAMES) {
            Btf btf = Btf.open(Fixtures.write(name, folder));
            assertSame(TypeShape.all(btf), TypeShape.all(compile(CHeader.of(btf), _ -> true)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void typesOfAnyProgramSurvive(long seed) throws IOException {
        String source = new RandomTypes(seed).source();
        Btf btf = compile(source, _ -> true);
        Map<String, Integer> shapes = TypeShape.all(btf);
        assertTrue(shapes.size() > RandomTypes.STRUCTS, source);
        assertSame(shapes, TypeShape.all(compile(CHeader.of(btf), _ -> true)));
    }

    private static void assertSame(Map<String, Integer> expected, Map<String, Integer> found) {
        Map<String, Integer> missing = new TreeMap<>(expected);
        missing.entrySet().removeAll(found.entrySet());
        Map<String, Integer> wrong = new TreeMap<>(found);
        wrong.entrySet().removeAll(expected.entrySet());
        assertEquals(missing, wrong);
    }

    /** Not all at once: for its own BTF clang needs a minute then. */
    @Test
    void typesOfTheKernelSurvive() throws IOException {
        Btf kernel = kernel();
        Map<String, Integer> expected = TypeShape.all(kernel);
        Map<String, Integer> found =
                TypeShape.all(compile(CHeader.of(kernel), type -> type.hashCode() % 16 == 0));
        assertTrue(found.size() > 1000, () -> found.size() + " types");
        found.keySet().forEach(shape -> assertTrue(expected.containsKey(shape), shape));
    }

    @Test
    void sizesAndOffsetsOfTheKernelAreTheCompilers() throws IOException {
        Btf kernel = kernel();
        String header = CHeader.of(kernel);
        Set<String> bodies = Set.copyOf(bodies(header));
        StringBuilder source = new StringBuilder("#include \"types.h\"\n");
        int structs = 0;
        for (int id = 1; id < kernel.typeCount(); id++) {
            if (kernel.type(id) instanceof BtfType.Composite composite
                    && !composite.name().isEmpty()
                    && bodies.contains(tag(composite))
                    && !bodies.contains(tag(composite) + "___2")) {
                String type = tag(composite);
                structs++;
                require(source, "sizeof(" + type + ") == " + composite.size());
                for (BtfType.Member member : composite.members()) {
                    if (member.bitSize() == 0 && !member.name().isEmpty()) {
                        String place = "__builtin_offsetof(" + type + ", " + member.name() + ")";
                        require(source, place + " == " + member.bitOffset() / 8);
                    }
                }
            }
        }
        assertTrue(structs > 1000, () -> kernel.typeCount() + " types");
        Files.writeString(folder.resolve("types.h"), header);
        Path file = Files.writeString(folder.resolve("places.c"), source);
        Oracle.ask(CLANG, "-target", "bpf", "-fsyntax-only", file.toString());
    }

    private static List<String> bodies(String types) {
        return BODY.matcher(types).results().map(body -> body.group(1)).toList();
    }

    private static void require(StringBuilder source, String condition) {
        source.append("_Static_assert(").append(condition).append(", \"\");\n");
    }

    private static String tag(BtfType.Composite composite) {
        return (composite.kind() == BtfKind.UNION ? "union " : "struct ") + composite.name();
    }

    private static Btf kernel() throws IOException {
        assumeTrue(Files.isReadable(KERNEL), "this kernel has no BTF");
        return Btf.open(KERNEL);
    }

    @Test
    void whatNeedsEachOtherIsDeclaredFirst() throws IOException {
        assertEquals(
                """
                struct node;

                typedef int (*visitor)(struct node *, void *, ...);

                struct node {
                	struct node *next;
                	const char *const name;
                	visitor visit;
                	int (*table[4])(void);
                	enum {
                		ONE = 1,
                		TWO = 2,
                	} kind;
                	unsigned int low : 3;
                	char : 5;
                	unsigned int high : 24;
                };

                """,
                body(
                        """
                        struct node;
                        typedef int (*visitor)(struct node *, void *, ...);
                        struct node {
                            struct node *next;
                            const char *const name;
                            visitor visit;
                            int (*table[4])(void);
                            enum { ONE = 1, TWO } kind;
                            unsigned int low : 3, : 5, high : 24;
                        };
                        struct node kept;
                        """));
    }

    @Test
    void whatHasTheSameNameIsToldApart() {
        BtfBuilder builder = BtfBuilder.create();
        int number = builder.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int small = builder.add(new BtfType.Int("u8", 1, 0, 0, 8));
        var one = List.of(new BtfType.Member("a", number, 0, 0));
        var other = List.of(new BtfType.Member("b", small, 0, 0));
        builder.add(new BtfType.Struct("s", 4, one, false));
        builder.add(new BtfType.Struct("s", 1, other, false));
        builder.add(new BtfType.Typedef("s", number));
        builder.add(new BtfType.Enum("e", 4, false, List.of(new BtfType.Enumerator("s", 7))));
        assertEquals(
                """
                struct s {
                	int a;
                };

                typedef unsigned char u8;

                struct s___2 {
                	u8 b;
                };

                typedef int s;

                enum e {
                	s___2 = 7,
                };

                """,
                body(builder.build("test", ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void whatContainsItselfIsRefused() {
        BtfBuilder builder = BtfBuilder.create();
        builder.add(new BtfType.Struct("s", 4, List.of(new BtfType.Member("s", 1, 0, 0)), false));
        Btf btf = builder.build("test", ByteOrder.LITTLE_ENDIAN);
        var e = assertThrows(MalformedObjectException.class, () -> CHeader.of(btf));
        assertTrue(e.getMessage().contains("contains itself"), e.getMessage());
    }

    /** Each takes two of the next, or has two of it: some 2 to the power of 28 in all. */
    @Test
    void whatWouldNotEndIsRefused() {
        for (boolean isFunction : List.of(true, false)) {
            BtfBuilder builder = BtfBuilder.create();
            int next = builder.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
            for (int i = 0; i < 28; i++) {
                if (isFunction) {
                    var parameter =
                            new BtfType.Parameter("", builder.add(new BtfType.Pointer(next)));
                    next =
                            builder.add(
                                    new BtfType.FunctionPrototype(
                                            0, List.of(parameter, parameter)));
                } else {
                    var member = new BtfType.Member("", next, 0, 0);
                    next = builder.add(new BtfType.Union("", 4, List.of(member, member), false));
                }
            }
            builder.add(new BtfType.Typedef("all", next));
            Btf btf = builder.build("test", ByteOrder.LITTLE_ENDIAN);
            var e = assertThrows(MalformedObjectException.class, () -> CHeader.of(btf));
            assertTrue(e.getMessage().contains("more often than makes sense"), e.getMessage());
        }
    }

    @Property
    void anyTypesAreWrittenOrRefused(@ForAll("types") List<BtfType> types) {
        BtfBuilder builder = BtfBuilder.create();
        types.forEach(builder::add);
        try {
            CHeader.of(builder.build("test", ByteOrder.LITTLE_ENDIAN));
        } catch (MalformedObjectException e) {
            assertTrue(e.getMessage().contains("type"), e.getMessage());
        }
    }

    @Provide
    static Arbitrary<List<BtfType>> types() {
        return GeneratedTypes.lists(1);
    }

    /** {@return what stands in a header between what all headers have} */
    private String body(String source) throws IOException {
        return body(compile(source, _ -> false));
    }

    private static String body(Btf btf) {
        String header = CHeader.of(btf);
        return header.substring(
                header.indexOf("#endif\n\n") + 8, header.indexOf("#ifndef BPF_NO_KFUNC"));
    }

    /**
     * {@return the types that clang makes of some}
     *
     * @param types C
     * @param kept which of its types are used, if no variable does
     */
    private Btf compile(String types, Predicate<String> kept) throws IOException {
        Files.writeString(folder.resolve("types.h"), types);
        List<String> names = new ArrayList<>(bodies(types));
        TYPEDEF.matcher(types)
                .results()
                .map(typedef -> typedef.group(1) + " *")
                .forEach(names::add);
        StringBuilder source = new StringBuilder("#include \"types.h\"\nunion {\n");
        names.stream()
                .filter(kept)
                .forEach(
                        name ->
                                source.append(name)
                                        .append(" of_")
                                        .append(source.length())
                                        .append(";\n"));
        source.append("} kept_types;\n");
        Path file = Files.writeString(folder.resolve("types.c"), source);
        Path object = folder.resolve("types.o");
        Oracle.ask(
                CLANG,
                "-target",
                "bpf",
                "-g",
                "-Wall",
                "-Werror",
                // Of types without any struct.
                "-Wno-pragma-clang-attribute",
                "-c",
                "-o",
                object.toString(),
                file.toString());
        return Btf.open(object);
    }
}
