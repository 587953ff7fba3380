package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.link.KernelModule;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.symbol.KernelName;
import dev.purebpf.symbol.UsdtArgument;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
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
        int prototype = prototype(returned, "p", parameters);
        types.add(new BtfType.Function("probed", prototype, Linkage.STATIC));
        return types.build("test", ByteOrder.nativeOrder());
    }

    /** A prototype whose parameters have names that begin so, or no names. */
    private int prototype(int returned, String prefix, int... parameters) {
        List<BtfType.Parameter> list = new ArrayList<>();
        for (int type : parameters) {
            String name = prefix.isEmpty() ? "" : prefix + list.size();
            list.add(new BtfType.Parameter(name, type));
        }
        return types.add(new BtfType.FunctionPrototype(returned, list));
    }

    private static BtfType.FunctionPrototype probed(Btf btf) {
        return new KernelTypes(btf).function("probed").orElseThrow().prototype();
    }

    private static List<BtfType.Parameter> parameters(KernelTypes kernel, String tracepoint) {
        return kernel.tracepoint(tracepoint).orElseThrow().parameters();
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
        assertTrue(new KernelTypes(btf).function("probed").isPresent());
        assertEquals(
                "signed int p0@8:4, const char * p1@16:8, void * p2@24:8, signed int p3@32:4",
                shown(FunctionFields.parameters(btf, probed(btf))));
        assertEquals("unsigned long returned@8:8", shown(FunctionFields.result(btf, probed(btf))));
    }

    @Test
    void whatFollowsAWideParameterIsNotGuessed() {
        Btf btf = function(0, number, pair, number);
        assertEquals("signed int p0@8:4", shown(FunctionFields.parameters(btf, probed(btf))));
        assertEquals("", shown(FunctionFields.result(btf, probed(btf))));
    }

    @Test
    void sixParametersAreInRegisters() {
        Btf btf = function(0, size, size, size, size, size, size, size, size);
        assertEquals(6, FunctionFields.parameters(btf, probed(btf)).size());
    }

    @Test
    void whereAnArgumentListBeginsParametersEnd() {
        Btf btf = function(0, size, 0);
        assertEquals("unsigned long p0@8:8", shown(FunctionFields.parameters(btf, probed(btf))));
    }

    @Test
    void argumentsBehindAWideOneAreFound() {
        Btf btf = function(size, number, pair, text);
        String arguments = "signed int p0@8:4, const char * p2@32:8";
        assertEquals(arguments, shown(FunctionFields.arguments(btf, probed(btf).parameters())));
        assertEquals(
                arguments + ", unsigned long returned@40:8",
                shown(FunctionFields.argumentsAndResult(btf, probed(btf))));
    }

    @Test
    void ofMoreArgumentsThanARecordHasRoomForTheFirstAreShown() {
        int[] many = new int[14];
        Arrays.fill(many, size);
        Btf btf = function(number, many);
        List<Field> fields = FunctionFields.argumentsAndResult(btf, probed(btf));
        assertEquals(12, fields.size());
        assertEquals("p11", fields.getLast().name());
    }

    @Test
    void aTracepointHasTheNamesOfTheFunctionThatCallsIt() {
        int data = types.add(new BtfType.Pointer(0));
        int typed = prototype(0, "", data, number, buffer);
        int pointer = types.add(new BtfType.Pointer(typed));
        types.add(new BtfType.Typedef("btf_trace_greeted", pointer));
        types.add(new BtfType.Typedef("btf_trace_nameless", pointer));
        int named = prototype(number, "p", data, number, buffer);
        types.add(new BtfType.Function("__traceiter_greeted", named, Linkage.STATIC));
        Btf btf = types.build("test", ByteOrder.nativeOrder());
        KernelTypes kernel = new KernelTypes(btf);
        assertEquals(
                "signed int p1@8:4, void * p2@16:8",
                shown(FunctionFields.arguments(btf, parameters(kernel, "greeted"))));
        assertEquals(
                "signed int arg0@8:4, void * arg1@16:8",
                shown(FunctionFields.arguments(btf, parameters(kernel, "nameless"))));
        assertTrue(kernel.tracepoint("other").isEmpty());
    }

    @Test
    void manyFunctionsAreFoundAsOneIs() {
        Btf btf = function(size, number, text);
        KernelTypes kernel = new KernelTypes(btf);
        kernel.expect("pro");
        assertEquals(new KernelTypes(btf).function("probed"), kernel.function("probed"));
        assertTrue(kernel.function("other").isEmpty());
        assertEquals(
                "(int p0, const char *p1) -> unsigned long",
                kernel.declaration(new KernelName("probed", ""), true, true));
        assertEquals("", kernel.declaration(new KernelName("other", ""), true, true));
    }

    @Test
    void whatTheKernelHasNotItsModulesMayHave() {
        Btf own = function(size, number, text);
        BtfBuilder more = BtfBuilder.split(own);
        int there = more.add(new BtfType.FunctionPrototype(number, List.of()));
        more.add(new BtfType.Function("probed", there, Linkage.STATIC));
        more.add(new BtfType.Function("only_there", there, Linkage.STATIC));
        int data = more.add(new BtfType.Pointer(0));
        int typed =
                more.add(
                        new BtfType.FunctionPrototype(
                                0,
                                List.of(
                                        new BtfType.Parameter("", data),
                                        new BtfType.Parameter("", text))));
        more.add(new BtfType.Typedef("btf_trace_there", more.add(new BtfType.Pointer(typed))));
        Btf module = more.build("module", ByteOrder.nativeOrder());
        KernelTypes kernel = new KernelTypes(own, new KernelModule("extra", module));

        assertEquals("", kernel.function("probed").orElseThrow().name().module());
        KernelName other = new KernelName("probed", "extra");
        assertEquals("(void) -> int", kernel.declaration(other, true, true));
        assertEquals("extra", kernel.function("only_there").orElseThrow().name().module());
        assertTrue(kernel.function(new KernelName("only_there", "")).isEmpty());
        assertTrue(kernel.function(new KernelName("only_there", "no_such")).isEmpty());
        KernelTypes.TypedTracepoint tracepoint = kernel.tracepoint("there").orElseThrow();
        assertEquals(new KernelName("there", "extra"), tracepoint.name());
        assertEquals(
                "const char * arg0@8:8",
                shown(FunctionFields.arguments(tracepoint.btf(), tracepoint.parameters())));
    }

    @Test
    void aModulesProbeIsListedWithTheModule() {
        assertEquals(
                "kprobe:f(int) [m]",
                new ProbeSource.Listing("kprobe:f", "m", () -> "(int)").line(true));
        assertEquals(
                "kprobe:f [m]",
                new ProbeSource.Listing("kprobe:f", "m", () -> "(int)").line(false));
        assertEquals("kprobe:f", new ProbeSource.Listing("kprobe:f", () -> "(int)").line(false));
    }

    @Test
    void valuesOfAMarkAreNumbersOrAddresses() {
        List<UsdtArgument> few = UsdtArgument.parse("-4@%edi", Architecture.X86_64);
        List<UsdtArgument> all = UsdtArgument.parse("-4@%eax 2@%cx 8@%rsi", Architecture.X86_64);
        assertEquals(
                "signed long arg0@8:8, unsigned arg1@16:8, void * arg2@24:8",
                shown(FunctionFields.marked(List.of(few, all))));
        assertEquals("", shown(FunctionFields.marked(List.of(List.of()))));
    }

    @Test
    void aFunctionWithoutTypesIsNotKnown() {
        Btf btf = function(0, size);
        assertFalse(new KernelTypes(btf).function("other").isPresent());
    }

    @Test
    void withoutTypesRegistersAreAddresses() {
        assertEquals(
                "void * arg0@8:8, void * arg1@16:8", shown(FunctionFields.untypedParameters(2)));
        assertEquals("void * returned@8:8", shown(FunctionFields.untypedResult()));
    }
}
