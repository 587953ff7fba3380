package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.Parameter;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.List;

/** Types as a C programmer would write them. */
class CDeclarationTest {
    private final BtfBuilder types = BtfBuilder.create();
    private final int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
    private final int letter = types.add(new BtfType.Int("char", 1, BtfType.Int.SIGNED, 0, 8));

    private String declared(int type, String name) {
        return CDeclaration.of(btf(), type, name);
    }

    private Btf btf() {
        return types.build("test", ByteOrder.nativeOrder());
    }

    @Test
    void starsStandAtTheNameAndQualifiersBeforeTheType() {
        int constant = types.add(new BtfType.Const(letter));
        int text = types.add(new BtfType.Pointer(constant));
        assertEquals("const char *name", declared(text, "name"));
        assertEquals("const char *", declared(text, ""));
        assertEquals(
                "const char *const name", declared(types.add(new BtfType.Const(text)), "name"));
        int twice = types.add(new BtfType.Pointer(text));
        assertEquals("const char **names", declared(twice, "names"));
        assertEquals("void *data", declared(types.add(new BtfType.Pointer(0)), "data"));
    }

    @Test
    void whatIsNamedIsNotTakenApart() {
        int struct = types.add(new BtfType.Struct("file", 8, List.of(), false));
        assertEquals("struct file *file", declared(types.add(new BtfType.Pointer(struct)), "file"));
        int alias = types.add(new BtfType.Typedef("pid_t", number));
        assertEquals("pid_t pid", declared(alias, "pid"));
        int nameless = types.add(new BtfType.Union("", 8, List.of(), false));
        assertEquals("union {...} u", declared(nameless, "u"));
    }

    @Test
    void pointersToArraysAndFunctionsAreInParentheses() {
        int array = types.add(new BtfType.Array(number, number, 3));
        assertEquals("int numbers[3]", declared(array, "numbers"));
        int pointer = types.add(new BtfType.Pointer(array));
        assertEquals("int (*numbers)[3]", declared(pointer, "numbers"));
        int function =
                types.add(
                        new BtfType.FunctionPrototype(
                                number, List.of(new Parameter("a", number), new Parameter("", 0))));
        assertEquals(
                "int (*call)(int a, ...)",
                declared(types.add(new BtfType.Pointer(function)), "call"));
        int nothing = types.add(new BtfType.FunctionPrototype(0, List.of()));
        assertEquals(
                "void (*call)(void)", declared(types.add(new BtfType.Pointer(nothing)), "call"));
    }

    @Test
    void whatContainsItselfEnds() {
        int id = types.add(new BtfType.Pointer(4));
        assertEquals(id, types.add(new BtfType.Pointer(3)) - 1);
        assertEquals("...", declared(id, "p"));
    }
}
