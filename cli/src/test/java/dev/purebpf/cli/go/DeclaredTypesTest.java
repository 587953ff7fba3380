package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.WrongUsage;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class DeclaredTypesTest {

    @Test
    void parametersAreDeclaredAsInGo() {
        List<Parameter> parameters =
                DeclaredTypes.parse("a, b int, s []string, m map[string][]int, f func(int) error");
        assertEquals(List.of("a", "b", "s", "m", "f"), names(parameters));
        assertEquals(
                List.of("int", "int", "[]string", "map[string][]int", "func(int) error"),
                parameters.stream().map(parameter -> parameter.type().name()).toList());
    }

    @Test
    void resultsNeedNoNames() {
        assertEquals(
                List.of("int", "error"),
                DeclaredTypes.parse("int, error").stream()
                        .map(result -> result.type().name())
                        .toList());
        assertEquals(List.of(), DeclaredTypes.parse(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int | 8 | 8",
                "rune | 4 | 4",
                "complex64 | 8 | 4",
                "string | 16 | 8",
                "[]byte | 24 | 8",
                "error | 16 | 8",
                "interface{} | 16 | 8",
                "interface{ Area() float64 } | 16 | 8",
                "*int | 8 | 8",
                "chan int | 8 | 8",
                "<-chan []int | 8 | 8",
                "[3]int16 | 6 | 2",
                "[0]int | 0 | 8",
                "struct{} | 0 | 1",
                "struct{a int8; b int64} | 16 | 8",
                "struct{a, b int8; c struct{d int16}} | 4 | 2",
                "[2]struct{a int32; b bool} | 16 | 4",
                "struct{a int64; b struct{}} | 16 | 8",
                "struct{a struct{}; b int64} | 8 | 8",
                "struct{a int8; b [0]int32} | 8 | 4",
                "struct{a, b struct{}} | 0 | 1",
                "unsafe.Pointer | 8 | 8",
            })
    void sizesAndAlignmentsAreThoseOfTheCompiler(String text, long size, int alignment) {
        GoType type = DeclaredTypes.parse("x " + text).getFirst().type();
        assertEquals(size, type.size());
        assertEquals(alignment, type.alignment());
        assertEquals(text, type.name());
    }

    @Test
    void fieldsAreWhereTheCompilerPutsThem() {
        GoType type = DeclaredTypes.parse("struct{a int8; b, c int32; d string}").getFirst().type();
        assertEquals(
                List.of(0L, 4L, 8L, 16L),
                assertInstanceOf(GoType.Struct.class, type).fields().stream()
                        .map(GoType.Field::offset)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "x int, y",
                "x main.T",
                "x [",
                "x [-1]int",
                "x [y]int",
                "x []",
                "x struct{a}",
                "x struct",
                "x map[string",
                "x int int",
                "int,,int",
                "[999999999999]int",
            })
    void whatIsNoTypeIsRefused(String text) {
        WrongUsage refusal = assertThrows(WrongUsage.class, () -> DeclaredTypes.parse(text));
        assertTrue(refusal.getMessage().contains("declared as in Go"), refusal.getMessage());
    }

    @Property
    void anyTextIsUnderstoodOrRefused(@ForAll("texts") String text) {
        try {
            DeclaredTypes.parse(text).forEach(parameter -> parameter.type().size());
        } catch (WrongUsage e) {
            assertTrue(e.getMessage().contains("declared as in Go"), e.getMessage());
        }
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "x",
                        " ",
                        ",",
                        ";",
                        "int",
                        "struct",
                        "{",
                        "}",
                        "[",
                        "]",
                        "*",
                        "map",
                        "chan ",
                        "func",
                        "(",
                        ")",
                        "interface",
                        "7",
                        "error",
                        "<-chan ")
                .list()
                .ofMaxSize(20)
                .map(parts -> String.join("", parts));
    }

    private static List<String> names(List<Parameter> parameters) {
        return parameters.stream().map(Parameter::name).toList();
    }
}
