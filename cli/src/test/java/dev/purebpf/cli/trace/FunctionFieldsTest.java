package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.probe.TracepointFormat.Field;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the kernel's types say of a function's registers. */
class FunctionFieldsTest {
    private final BtfBuilder types = BtfBuilder.create();
    private final int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
    private final int size = types.add(new BtfType.Int("unsigned long", 8, 0, 0, 64));
    private final int letter = types.add(new BtfType.Int("char", 1, BtfType.Int.SIGNED, 0, 8));
    private final int constantLetter = types.add(new BtfType.Const(letter));
    private final int text = types.add(new BtfType.Pointer(constantLetter));
    private final int buffer = types.add(new BtfType.Pointer(letter));
    private final int alias = types.add(new BtfType.Typedef("mode_type", number));
    private final int pair = types.add(new BtfType.Struct("pair", 16, List.of(), false));

    private Btf function(int returned, int... parameters) {
        List<BtfType.Parameter> list = new ArrayList<>();
        for (int type : parameters) {
            list.add(new BtfType.Parameter("p" + list.size(), type));
        }
        int prototype = types.add(new BtfType.FunctionPrototype(returned, list));
        types.add(new BtfType.Function("probed", prototype, Linkage.STATIC));
        return types.build("test", ByteOrder.nativeOrder());
    }

    private static String shown(List<Field> fields) {
        return fields.stream()
                .map(
                        f ->
                                (f.signed() ? "signed " : "")
                                        + f.type()
                                        + " "
                                        + f.name()
                                        + "@"
                                        + f.offset()
                                        + ":"
                                        + f.size())
                .collect(Collectors.joining(", "));
    }

    @Test
    void eachParameterIsInARegisterOfEightBytes() {
        Btf btf = function(size, number, text, buffer, alias);
        assertTrue(FunctionFields.isKnown(btf, "probed"));
        assertEquals(
                "signed int p0@8:4, const char * p1@16:8, void * p2@24:8, signed int p3@32:4",
                shown(FunctionFields.parameters(btf, "probed")));
        assertEquals("unsigned long returned@8:8", shown(FunctionFields.result(btf, "probed")));
    }

    @Test
    void whatFollowsAWideParameterIsNotGuessed() {
        Btf btf = function(0, number, pair, number);
        assertEquals("signed int p0@8:4", shown(FunctionFields.parameters(btf, "probed")));
        assertEquals("", shown(FunctionFields.result(btf, "probed")));
    }

    @Test
    void sixParametersAreInRegisters() {
        Btf btf = function(0, size, size, size, size, size, size, size, size);
        assertEquals(6, FunctionFields.parameters(btf, "probed").size());
    }

    @Test
    void whereAnArgumentListBeginsParametersEnd() {
        Btf btf = function(0, size, 0);
        assertEquals("unsigned long p0@8:8", shown(FunctionFields.parameters(btf, "probed")));
    }

    @Test
    void aFunctionWithoutTypesIsNotKnown() {
        Btf btf = function(0, size);
        assertFalse(FunctionFields.isKnown(btf, "other"));
        assertEquals(List.of(), FunctionFields.parameters(btf, "other"));
        assertEquals(List.of(), FunctionFields.result(btf, "other"));
    }

    @Test
    void withoutTypesRegistersAreAddresses() {
        assertEquals(
                "void * arg0@8:8, void * arg1@16:8", shown(FunctionFields.untypedParameters(2)));
        assertEquals("void * returned@8:8", shown(FunctionFields.untypedResult()));
    }
}
