package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.List;

/** Declaration tags {@code exception_callback:NAME}, by libbpf's rules. */
class ExceptionCallbackTest {
    private static final byte[] EXIT =
            InstructionWriter.write(
                    List.of(Instruction.of(Opcode.EXIT, 0, 0, 0, 0)), ByteOrder.LITTLE_ENDIAN);

    private final BtfBuilder types = BtfBuilder.create();
    private final int number = types.add(new BtfType.Int("int", 4, 0, 0, 32));
    private final int prototype = types.add(new BtfType.FunctionPrototype(number, List.of()));
    private final int program = function("program", Linkage.GLOBAL);

    private int function(String name, Linkage linkage) {
        return types.add(new BtfType.Function(name, prototype, linkage));
    }

    private void tag(int type, String text) {
        types.add(new BtfType.DeclTag("exception_callback:" + text, type, -1, false));
    }

    /** A program, and a subprogram "callback" that nothing calls. */
    private LinkedProgram link() {
        var object = new ObjectBuilder();
        int text = object.code(".text", EXIT);
        object.function("callback", text, 0, 8);
        int code = object.code("tc", EXIT);
        object.function("program", code, 0, 8);
        object.types(types);
        ObjectFile file = ObjectFile.parse(ElfFile.of("callbacks.bpf.o", object.build()));
        return Linker.link(file, TargetKernel.unknown(), LinkOptions.defaults())
                .program("program")
                .orElseThrow();
    }

    private List<String> functions() {
        return link().functions().stream().map(part -> part.definition().name()).toList();
    }

    private String refusal() {
        return link().failure().map(RelocationException::getMessage).orElse("not refused");
    }

    @Test
    void theSubprogramIsAppended() {
        function("callback", Linkage.GLOBAL);
        tag(program, "callback");
        assertEquals(List.of("program", "callback"), functions());
    }

    @Test
    void ofSeveralNoneIsAppendedAndTheVerifierRefuses() {
        function("callback", Linkage.GLOBAL);
        tag(program, "callback");
        tag(program, "other");
        assertEquals(List.of("program"), functions());
    }

    @Test
    void aStaticOneIsRefused() {
        function("callback", Linkage.STATIC);
        tag(program, "callback");
        assertTrue(refusal().contains("static or hidden"), refusal());
    }

    @Test
    void oneThatIsNoSubprogramIsRefused() {
        function("callback", Linkage.GLOBAL);
        tag(program, "program");
        assertTrue(refusal().contains("no subprogram"), refusal());
    }

    @Test
    void aTagOnAStaticFunctionIsRefused() {
        tag(function("callback", Linkage.STATIC), "callback");
        assertTrue(refusal().contains("something else than a global function"), refusal());
    }

    @Test
    void aTagOnSomethingElseIsRefused() {
        tag(number, "callback");
        assertTrue(refusal().contains("something else than a global function"), refusal());
    }

    @Test
    void tagsOfParametersDoNotCount() {
        types.add(new BtfType.DeclTag("exception_callback:nothing", program, 0, false));
        assertEquals(List.of("program"), functions());
    }
}
