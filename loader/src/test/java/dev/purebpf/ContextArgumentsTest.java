package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.link.ProgramType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Types of functions for kernels that do not read the tag {@code arg:ctx}. */
class ContextArgumentsTest {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final BtfBuilder builder = BtfBuilder.create();
    private final int number = builder.add(new BtfType.Int("int", 4, 1, 0, 32));
    private final int nothing = builder.add(new BtfType.Pointer(0));

    /** {@code int f(int first, TYPE context)}, the second argument tagged. */
    private int function(int type, Linkage linkage, int component) {
        List<BtfType.Parameter> parameters =
                List.of(
                        new BtfType.Parameter("first", number),
                        new BtfType.Parameter("context", type));
        int prototype = builder.add(new BtfType.FunctionPrototype(number, parameters));
        int function = builder.add(new BtfType.Function("f", prototype, linkage));
        builder.add(new BtfType.DeclTag("arg:ctx", function, component, false));
        return function;
    }

    private int tagged(int type) {
        return function(type, Linkage.GLOBAL, 1);
    }

    private int pointerTo(BtfType type) {
        return builder.add(new BtfType.Pointer(builder.add(type)));
    }

    private Btf btf() {
        return builder.build("built", ORDER);
    }

    /** {@return the id that a record of the function names for a program of a type} */
    private static int idFor(ContextArguments arguments, int function, ProgramType program) {
        ByteBuffer record = ByteBuffer.allocate(8).order(ORDER).putInt(0).putInt(function);
        arguments.apply(record.array(), program, ORDER);
        return record.getInt(4);
    }

    /** {@return the name of the struct that the second argument of the function points to} */
    private static String structOf(Btf btf, int function) {
        var type = (BtfType.Function) btf.type(function);
        assertEquals("f", type.name());
        assertEquals(Linkage.GLOBAL, type.linkage());
        var prototype = (BtfType.FunctionPrototype) btf.type(type.prototype());
        assertEquals("context", prototype.parameters().get(1).name());
        var pointer = (BtfType.Pointer) btf.type(prototype.parameters().get(1).type());
        return btf.type(pointer.type()) instanceof BtfType.Struct struct ? struct.name() : "";
    }

    @ParameterizedTest
    @CsvSource({
        "KPROBE, bpf_user_pt_regs_t",
        "PERF_EVENT, bpf_perf_event_data",
        "RAW_TRACEPOINT, bpf_raw_tracepoint_args",
        "SCHED_CLS, __sk_buff",
        "XDP, xdp_md"
    })
    void aPointerToNothingBecomesOneToTheContextOfTheProgram(ProgramType program, String struct) {
        int function = tagged(nothing);
        Btf before = btf();
        ContextArguments arguments = ContextArguments.of(before, Set.of(program));
        Btf after = arguments.btf();
        assertEquals(struct, structOf(after, idFor(arguments, function, program)));
        // All that was there stays what it was.
        for (int id = 1; id < before.typeCount(); id++) {
            assertEquals(before.type(id), after.type(id));
        }
    }

    @Test
    void aFunctionOfProgramsOfTwoTypesHasACopyForEach() {
        int function = tagged(nothing);
        var programs = EnumSet.of(ProgramType.KPROBE, ProgramType.XDP);
        ContextArguments arguments = ContextArguments.of(btf(), programs);
        int kprobe = idFor(arguments, function, ProgramType.KPROBE);
        int xdp = idFor(arguments, function, ProgramType.XDP);
        assertEquals("bpf_user_pt_regs_t", structOf(arguments.btf(), kprobe));
        assertEquals("xdp_md", structOf(arguments.btf(), xdp));
        assertNotEquals(function, kprobe);
        assertEquals(function, idFor(arguments, function, ProgramType.SCHED_CLS), "is not loaded");
    }

    @Test
    void registersHaveOneNameForTheKernelWhateverTheArchitectureCallsThem() {
        for (String name : List.of("pt_regs", "user_pt_regs", "user_regs_struct")) {
            int struct = builder.add(new BtfType.Struct(name, 0, List.of(), false));
            int function = tagged(pointerTo(new BtfType.Typedef("bpf_user_pt_regs_t", struct)));
            ContextArguments arguments = ContextArguments.of(btf(), Set.of(ProgramType.KPROBE));
            int copy = idFor(arguments, function, ProgramType.KPROBE);
            assertEquals("bpf_user_pt_regs_t", structOf(arguments.btf(), copy));
        }
    }

    @Test
    void rawTracepointsMayTakeTheirArgumentsAsAnArray() {
        int function = tagged(pointerTo(new BtfType.Int("unsigned long long", 8, 0, 0, 64)));
        var programs = EnumSet.of(ProgramType.RAW_TRACEPOINT, ProgramType.KPROBE);
        ContextArguments arguments = ContextArguments.of(btf(), programs);
        int copy = idFor(arguments, function, ProgramType.RAW_TRACEPOINT);
        assertEquals("bpf_raw_tracepoint_args", structOf(arguments.btf(), copy));
        assertEquals(function, idFor(arguments, function, ProgramType.KPROBE));
    }

    @Test
    void whatIsRightAlreadyOrCannotBeTheContextStays() {
        int right = tagged(pointerTo(new BtfType.Struct("xdp_md", 24, List.of(), false)));
        int other = tagged(pointerTo(new BtfType.Struct("other", 8, List.of(), false)));
        int value = tagged(number);
        int local = function(nothing, Linkage.STATIC, 1);
        int beyond = function(nothing, Linkage.GLOBAL, 2);
        int whole = function(nothing, Linkage.GLOBAL, -1);
        ContextArguments arguments = ContextArguments.of(btf(), Set.of(ProgramType.XDP));
        for (int function : new int[] {right, other, value, local, beyond, whole}) {
            assertEquals(function, idFor(arguments, function, ProgramType.XDP));
        }
        assertEquals(btf().typeCount(), arguments.btf().typeCount());
    }

    @Test
    void programsWhoseContextHasNoNameGetNoCopies() {
        int function = tagged(nothing);
        ContextArguments arguments = ContextArguments.of(btf(), Set.of(ProgramType.TRACEPOINT));
        assertEquals(function, idFor(arguments, function, ProgramType.TRACEPOINT));
    }

    @Test
    void typesWithoutTagsAreNotTouched() {
        Btf untagged = btf();
        Set<ProgramType> programs = Set.of(ProgramType.KPROBE);
        assertSame(untagged, ContextArguments.of(untagged, programs).btf());
    }
}
