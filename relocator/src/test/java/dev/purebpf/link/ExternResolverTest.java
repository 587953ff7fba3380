package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;
import dev.purebpf.link.TargetKernel.Source;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What externs become, each by its rule. */
class ExternResolverTest {
    private static final LinkOptions ALL = LinkOptions.defaults();

    /** What the tests below change a kernel in. */
    private static TargetKernel kernel(BtfBuilder types) {
        return TargetKernel.of(types.build("kernel", ByteOrder.LITTLE_ENDIAN))
                .withConfig(
                        KernelConfig.of(
                                """
                                CONFIG_BPF=y
                                CONFIG_BPF_SYSCALL=y
                                CONFIG_NET=y
                                CONFIG_HZ=250
                                CONFIG_DEFAULT_HOSTNAME="a long name"
                                """))
                .withSymbols(
                        KernelSymbols.parse(
                                "kallsyms",
                                "ffffffff81000000 T _text\n".getBytes(StandardCharsets.US_ASCII)))
                .withVersion(new KernelVersion(0x060c01));
    }

    private static ObjectFile object(String name) {
        return ObjectFile.parse(Fixtures.elf(name));
    }

    @Test
    void settingsAreTheValueOfAMap() {
        ObjectFile object = object("kconfig");
        MapDefinition map = object.map(".kconfig").orElseThrow();
        assertEquals(MapDefinition.Origin.KERNEL_CONFIG, map.origin());
        assertEquals("kconfig.kconfig", map.kernelName());
        assertTrue(map.isFrozen());
        assertEquals(MapDefinition.READ_ONLY_FOR_PROGRAMS | MapDefinition.MAPPABLE, map.flags());
        assertEquals(map, object.maps().getLast());

        for (ObjectFile either : List.of(object, bigEndian("kconfig"))) {
            LinkedObject linked =
                    Linker.link(either, kernel(BtfBuilder.create()).withGivenConfig(given()), ALL)
                            .orThrow();
            Map<String, ExternValue> values = linked.externs();
            assertEquals(new ExternValue.Number(0x060c01), values.get("LINUX_KERNEL_VERSION"));
            assertEquals(new ExternValue.Number(0), values.get("LINUX_HAS_BPF_COOKIE"));
            assertEquals(new ExternValue.Number(0), values.get("LINUX_OF_THE_FUTURE"));
            assertEquals(new ExternValue.Number(1), values.get("CONFIG_BPF"));
            assertEquals(new ExternValue.Number('y'), values.get("CONFIG_BPF_SYSCALL"));
            assertEquals(new ExternValue.Number(1), values.get("CONFIG_NET"));
            assertEquals(new ExternValue.Number(2), values.get("CONFIG_GIVEN_MODULE"));
            assertEquals(new ExternValue.Number(100), values.get("CONFIG_HZ"));
            assertEquals(new ExternValue.Missing(), values.get("CONFIG_NO_SUCH_OPTION"));
            assertEquals(new ExternValue.Text("a long"), values.get("CONFIG_DEFAULT_HOSTNAME"));
            boolean little = either.byteOrder() == ByteOrder.LITTLE_ENDIAN;
            for (ExternDefinition extern : either.externs()) {
                var setting = (ExternDefinition.Setting) extern;
                if (setting.name().equals("CONFIG_HZ")) {
                    int at = setting.offset() + (little ? 0 : setting.size() - 1);
                    assertEquals(100, linked.settings()[at]);
                }
            }
            assertEquals(map.valueSize(), linked.settings().length);
        }
    }

    private static KernelConfig given() {
        return KernelConfig.of("CONFIG_HZ=100\nCONFIG_GIVEN_MODULE=m\n");
    }

    private static ObjectFile bigEndian(String name) {
        return ObjectFile.parse(Fixtures.bigEndianElf(name));
    }

    @Test
    void anObjectTellsWhatHasToBeKnown() {
        TargetKernel unknown = TargetKernel.unknown();
        assertEquals(Set.of(), unknown.lacks(object("minimal")));
        assertEquals(
                Set.of(Source.CONFIG, Source.VERSION, Source.COOKIES, Source.SYSTEM_CALL_WRAPPERS),
                unknown.lacks(object("kconfig")));
        assertEquals(Set.of(Source.TYPES, Source.SYMBOLS), unknown.lacks(object("ksyms")));
        assertEquals(Set.of(Source.TYPES), unknown.lacks(object("kfuncs")));
        assertEquals(Set.of(), kernel(BtfBuilder.create()).lacks(object("kconfig")));
        assertEquals(
                Set.of(Source.VERSION, Source.SYMBOLS, Source.TYPES),
                unknown.withGivenConfig(KernelConfig.of("CONFIG_NO_SUCH_OPTION=n"))
                        .lacks(object("weak")));
    }

    @Test
    void theKernelsTypesTellWhetherThereAreCookiesAndWrappers() {
        var types = BtfBuilder.create();
        types.add(
                new BtfType.Enum(
                        "bpf_func_id",
                        4,
                        false,
                        List.of(new BtfType.Enumerator("BPF_FUNC_get_attach_cookie", 174))));
        types.add(new BtfType.FunctionPrototype(0, List.of()));
        types.add(new BtfType.Function("__x64_sys_bpf", 2, Linkage.STATIC));
        TargetKernel kernel = TargetKernel.of(types.build("kernel", ByteOrder.LITTLE_ENDIAN));
        assertTrue(kernel.hasCookies().orElseThrow());
        assertTrue(kernel.hasSystemCallWrappers().orElseThrow());
        assertTrue(TargetKernel.unknown().hasCookies().isEmpty());
        assertTrue(TargetKernel.unknown().hasSystemCallWrappers().isEmpty());
    }

    /** A kernel with the variable of fixture {@code ksyms}, of a type of choice. */
    private static BtfBuilder withQueues(BtfBuilder types, boolean struct) {
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int queue =
                types.add(
                        new BtfType.Struct(
                                "rq",
                                64,
                                List.of(new BtfType.Member("cpu", number, 32, 0)),
                                false));
        types.add(new BtfType.Variable("runqueues", struct ? queue : number, Linkage.GLOBAL));
        return types;
    }

    private static List<Instruction> wide(LinkedObject linked, String program) {
        return linked.orThrow().program(program).orElseThrow().instructions().stream()
                .filter(Instruction::isWide)
                .toList();
    }

    @Test
    void variablesWithoutTypeAreTheirAddresses() {
        LinkedObject linked =
                Linker.link(object("ksyms"), kernel(withQueues(BtfBuilder.create(), true)), ALL);
        assertTrue(
                wide(linked, "addresses").stream()
                        .anyMatch(i -> i.source() == 0 && i.immediate() == 0xffffffff81000000L));
        assertEquals(new ExternValue.Address(0xffffffff81000000L), linked.externs().get("_text"));
        assertEquals(new ExternValue.Missing(), linked.externs().get("no_such_symbol"));
    }

    @Test
    void variablesWithTypeAreTheirIds() {
        TargetKernel kernel = kernel(withQueues(BtfBuilder.create(), true));
        LinkedObject linked = Linker.link(object("ksyms"), kernel, ALL);
        assertEquals(new ExternValue.KernelType("", 3), linked.externs().get("runqueues"));
        assertTrue(
                wide(linked, "variables").stream()
                        .anyMatch(
                                i ->
                                        i.source() == Opcode.PSEUDO_BTF_ID
                                                && i.immediate() == 3
                                                && i.reference()
                                                        .equals(
                                                                new Reference.KernelType(
                                                                        "runqueues", ""))));
    }

    @Test
    void aVariableOfAModuleComesWithTheDescriptorOfItsTypes() {
        TargetKernel kernel = kernel(BtfBuilder.create());
        Btf base = kernel.types().orElseThrow();
        Btf module =
                withQueues(BtfBuilder.split(base), true)
                        .build("scheduler", ByteOrder.LITTLE_ENDIAN);
        ObjectFile object = object("ksyms");
        LinkedObject linked =
                Linker.link(
                        object,
                        kernel.withModules(List.of(new KernelModule("scheduler", module))),
                        ALL);
        assertEquals(new ExternValue.KernelType("scheduler", 3), linked.externs().get("runqueues"));
        byte[] code =
                linked.orThrow()
                        .program("variables")
                        .orElseThrow()
                        .encode(
                                _ -> 7,
                                name -> name.equals("scheduler") ? 77 : 99,
                                _ -> 0,
                                ByteOrder.LITTLE_ENDIAN);
        int found = 0;
        for (int i = 0; i < code.length; i += 8) {
            if (code[i] == Opcode.LOAD_CONSTANT && code[i + 1] >>> 4 == Opcode.PSEUDO_BTF_ID) {
                assertEquals(3, code[i + 4]);
                assertEquals(77, code[i + 12]);
                found++;
            }
        }
        assertTrue(found > 0);
        assertEquals(List.of(), linked.functionModules());
    }

    @Test
    void aVariableOfAnotherTypeSpoilsTheObject() {
        LinkedObject linked =
                Linker.link(object("ksyms"), kernel(withQueues(BtfBuilder.create(), false)), ALL);
        assertTrue(linked.unresolvedExterns().get("runqueues").contains("struct rq"));
        for (LinkedProgram program : linked.programs()) {
            assertTrue(program.failure().orElseThrow().getMessage().contains("runqueues"));
        }
    }

    @Test
    void anAddressThatIsNotCertainSpoilsTheObject() {
        KernelSymbols symbols =
                KernelSymbols.parse(
                        "kallsyms", "1 T _text\n2 T _text\n".getBytes(StandardCharsets.US_ASCII));
        LinkedObject linked =
                Linker.link(
                        object("ksyms"),
                        kernel(withQueues(BtfBuilder.create(), true)).withSymbols(symbols),
                        ALL);
        assertEquals(Set.of("_text"), linked.unresolvedExterns().keySet());
    }

    /** Adds a function without parameters, or with one. */
    private static BtfBuilder function(BtfBuilder types, String name, boolean parameter) {
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        List<BtfType.Parameter> parameters =
                parameter ? List.of(new BtfType.Parameter("number", number)) : List.of();
        int result = name.startsWith("changed") ? number : 0;
        int prototype = types.add(new BtfType.FunctionPrototype(result, parameters));
        types.add(new BtfType.Function(name, prototype, Linkage.STATIC));
        return types;
    }

    @Test
    void functionsOfModulesGetTheIndexOfTheirModule() {
        var own = function(BtfBuilder.create(), "bpf_rcu_read_unlock", false);
        TargetKernel kernel = kernel(own);
        Btf base = kernel.types().orElseThrow();
        Btf first =
                function(BtfBuilder.split(base), "unrelated", false)
                        .build("first", ByteOrder.LITTLE_ENDIAN);
        Btf second =
                function(BtfBuilder.split(base), "bpf_rcu_read_lock", false)
                        .build("second", ByteOrder.LITTLE_ENDIAN);
        TargetKernel target =
                kernel.withModules(
                        List.of(
                                new KernelModule("first", first),
                                new KernelModule("second", second)));
        LinkedObject linked =
                Linker.link(object("kfuncs"), target, ALL.withPrograms(Set.of("balanced")));
        assertEquals(List.of("second"), linked.functionModules());
        List<Instruction> calls =
                linked.orThrow().programs().getFirst().instructions().stream()
                        .filter(i -> i.isCall() && i.source() == Opcode.PSEUDO_KFUNC_CALL)
                        .toList();
        assertEquals(2, calls.size());
        assertEquals(1, calls.get(0).offset());
        assertEquals(second.find("bpf_rcu_read_lock", BtfKind.FUNCTION), calls.get(0).immediate());
        assertEquals(0, calls.get(1).offset());
        assertEquals(base.find("bpf_rcu_read_unlock", BtfKind.FUNCTION), calls.get(1).immediate());
    }

    @Test
    void aWeakFunctionOfAnotherPrototypeIsMissing() {
        TargetKernel kernel =
                kernel(function(BtfBuilder.create(), "changed_kfunc", true))
                        .withGivenConfig(KernelConfig.of("CONFIG_NO_SUCH_OPTION=n"));
        LinkedObject linked = Linker.link(object("weak"), kernel, ALL);
        assertEquals(
                new ExternValue.KernelType("", 3), linked.externs().get("changed_kfunc___one"));
        assertEquals(new ExternValue.Missing(), linked.externs().get("changed_kfunc___two"));
        List<Long> calls =
                linked.orThrow().program("on_exit").orElseThrow().instructions().stream()
                        .filter(Instruction::isCall)
                        .map(Instruction::immediate)
                        .toList();
        // The one that is missing is the fourth extern.
        assertEquals(List.of(2_002_000_003L, 3L), calls);
    }

    @Test
    void aNeededFunctionOfAnotherPrototypeSpoilsTheObject() {
        TargetKernel kernel = kernel(function(BtfBuilder.create(), "bpf_rcu_read_lock", true));
        LinkedObject linked =
                Linker.link(object("kfuncs"), kernel, ALL.withPrograms(Set.of("balanced")));
        assertEquals(Set.of("bpf_rcu_read_lock"), linked.unresolvedExterns().keySet());
    }

    @Test
    void theKernelIsGivenTypesWithoutExterns() {
        Btf btf = object("kfuncs").btf().orElseThrow();
        var section = (BtfType.DataSection) btf.type(btf.find(".ksyms", BtfKind.DATA_SECTION));
        assertEquals(4L * section.entries().size(), section.size());
        for (int i = 0; i < section.entries().size(); i++) {
            BtfType.SectionEntry entry = section.entries().get(i);
            assertEquals(4L * i, entry.offset());
            assertEquals(4, entry.size());
            assertEquals("dummy_ksym", btf.type(entry.type()).name());
        }
        int id = btf.find("no_such_kfunc", BtfKind.FUNCTION);
        var function = (BtfType.Function) btf.type(id);
        assertEquals(Linkage.GLOBAL, function.linkage());
        var prototype = (BtfType.FunctionPrototype) btf.type(function.prototype());
        assertTrue(prototype.parameters().stream().noneMatch(p -> p.name().isEmpty()));

        btf = object("kconfig").btf().orElseThrow();
        section = (BtfType.DataSection) btf.type(btf.find(".kconfig", BtfKind.DATA_SECTION));
        for (BtfType.SectionEntry entry : section.entries()) {
            assertEquals(Linkage.GLOBAL, ((BtfType.Variable) btf.type(entry.type())).linkage());
        }
        assertEquals(object("kconfig").map(".kconfig").orElseThrow().valueSize(), section.size());
    }
}
