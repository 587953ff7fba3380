package dev.purebpf.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.c.Answer;
import dev.purebpf.c.CBtf;
import dev.purebpf.c.CGenerator;
import dev.purebpf.c.CProgram;
import dev.purebpf.c.CType;
import dev.purebpf.c.CUnit;
import dev.purebpf.c.Choices;
import dev.purebpf.c.CoreOracle;
import dev.purebpf.c.CoreOracle.Side;
import dev.purebpf.c.Fitting;
import dev.purebpf.c.OtherKernel;
import dev.purebpf.c.Question;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.insn.Instruction;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Relocations as compilers make them: generated types and programs that ask about them, in C; for a
 * generated other kernel each program comes out as the oracle says, and as libbpf has it.
 *
 * <p>More of them: {@code -Dpurebpf.generated.units=500}. Another libbpf than the machine's: {@code
 * -Dpurebpf.libbpf.root=FOLDER}, such as {@code relocator/compare-libbpf} keeps them.
 */
class CompiledQuestionsTest {
    private static final int UNITS = Integer.getInteger("purebpf.generated.units", 8);
    private static final String LIBBPF_ROOT = System.getProperty("purebpf.libbpf.root", "");
    private static final int QUESTIONS = 24;

    @TempDir static Path folder;

    /** What was generated and compiled. */
    private record Case(CUnit unit, CUnit other, Path object, Path kernel, Side side) {}

    @ParameterizedTest
    @ValueSource(strings = {"clang-14", "clang-16", "clang-19", "clang-22"})
    void programsComeOutAsTheOracleSays(String compiler) throws Exception {
        int fitted = 0;
        for (Case each : cases(compiler, "bpfel")) {
            fitted += compareWithOracle(each, ByteOrder.LITTLE_ENDIAN);
        }
        assertTrue(fitted > UNITS * QUESTIONS / 4, fitted + " programs were fitted, too few");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clang-14", "clang-19"})
    void programsForBigEndianMachinesComeOutAsTheOracleSays(String compiler) throws Exception {
        int fitted = 0;
        for (Case each : cases(compiler, "bpfeb")) {
            fitted += compareWithOracle(each, ByteOrder.BIG_ENDIAN);
        }
        assertTrue(fitted > UNITS * QUESTIONS / 4, fitted + " programs were fitted, too few");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clang-14", "clang-16", "clang-19", "clang-22"})
    void programsComeOutAsLibbpfHasThem(String compiler) throws Exception {
        Path judge = folder.resolve("judge");
        if (!Files.exists(judge)) {
            runOrSkip(
                    "libbpf-dev and a C compiler are needed to compare",
                    "src/test/c/compile-libbpf-judge",
                    judge.toString(),
                    LIBBPF_ROOT);
        }
        int equal = 0;
        for (Case each : cases(compiler, "bpfel")) {
            equal += compareWithLibbpf(judge, each);
        }
        assertTrue(equal > UNITS * QUESTIONS / 4, equal + " programs were fitted, too few");
    }

    private static List<Case> cases(String compiler, String target) throws Exception {
        var cases = new ArrayList<Case>();
        int version = Integer.parseInt(compiler.substring(compiler.indexOf('-') + 1));
        var random = new Random(version);
        while (cases.size() < UNITS) {
            CUnit unit = CGenerator.unit(new Choices(bytes(random)));
            var choices = new Choices(bytes(random));
            CUnit other = OtherKernel.of(unit, choices, true);
            var questions = new Choices(bytes(random));
            if (version < 15 && unit.declarations().stream().anyMatch(t -> hasWideEnum(unit, t))) {
                continue;
            }
            String name = target + version + '-' + cases.size();
            Path source = folder.resolve(name + ".c");
            Files.writeString(source, CProgram.of(unit, questions, QUESTIONS, version >= 15));
            Path object = folder.resolve(name + ".bpf.o");
            if (!compile(compiler, target, source, object)) {
                continue;
            }
            ByteOrder order =
                    target.equals("bpfel") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            BtfBuilder builder = BtfBuilder.create();
            var side = new Side(other, CBtf.write(other, builder, random.nextLong(), false));
            Btf btf = builder.build("kernel", order);
            Path kernel = Files.write(folder.resolve(name + ".btf"), btf.bytes());
            cases.add(new Case(unit, other, object, kernel, side));
        }
        return cases;
    }

    /** {@return false for a bitfield of a packed struct that no aligned load reaches} */
    private static boolean compile(String compiler, String target, Path source, Path object)
            throws Exception {
        try {
            runOrSkip(
                    compiler + " is needed",
                    compiler,
                    "-w",
                    "-g",
                    "-O2",
                    "-fno-crash-diagnostics",
                    "-target",
                    target,
                    "-c",
                    "-o",
                    object.toString(),
                    source.toString());
            return true;
        } catch (AssertionError e) {
            if (e.getMessage().contains("Unsupported field expression")) {
                return false;
            }
            throw e;
        }
    }

    /** clang 14 knows neither enumerators of 64 bits nor writes down that one is signed. */
    private static boolean hasWideEnum(CUnit unit, CType type) {
        return switch (type) {
            case CType.Enum enumeration -> enumeration.bytes() == 8 || enumeration.signed();
            case CType.Composite composite ->
                    composite.fields().stream().anyMatch(f -> hasWideEnum(unit, f.type()));
            case CType.Array array -> hasWideEnum(unit, array.element());
            case CType.Qualified qualified -> hasWideEnum(unit, qualified.type());
            case CType.Typedef typedef -> hasWideEnum(unit, typedef.type());
            default -> false;
        };
    }

    private static byte[] bytes(Random random) {
        var bytes = new byte[400];
        random.nextBytes(bytes);
        return bytes;
    }

    /** {@return how many programs can be fitted} */
    private static int compareWithOracle(Case each, ByteOrder order) throws IOException {
        try (ElfFile elf = ElfFile.open(each.object())) {
            ObjectFile object = ObjectFile.parse(elf);
            Btf local = object.btf().orElseThrow();
            List<Integer> ids = each.unit().declarations().stream().map(t -> id(local, t)).toList();
            var oracle =
                    new CoreOracle(
                            new Side(each.unit(), ids),
                            each.side(),
                            List.of(),
                            order == ByteOrder.LITTLE_ENDIAN);
            Btf kernel = Btf.open(each.kernel());
            List<LinkedProgram> linked =
                    Linker.link(object, TargetKernel.of(kernel), LinkOptions.defaults()).programs();
            int fitted = 0;
            for (int i = 0; i < linked.size(); i++) {
                ProgramDefinition program = object.programs().get(i);
                List<Instruction> expected = expected(oracle, ids, program);
                LinkedProgram ours = linked.get(i);
                assertEquals(
                        expected,
                        ours.failure().isPresent() ? List.of() : plain(ours.instructions()),
                        () -> program.name() + " of " + each + ": " + ours.failure());
                if (expected.isEmpty()) {
                    // As in libbpf, where the whole object fails, what comes after does not matter.
                    return fitted;
                }
                fitted++;
            }
            return fitted;
        }
    }

    /** {@return the instructions of a program; none when it cannot be fitted} */
    private static List<Instruction> expected(
            CoreOracle oracle, List<Integer> ids, ProgramDefinition program) {
        var code = new ArrayList<Instruction>();
        for (Instruction instruction : program.instructions()) {
            List<Instruction> fitted = List.of(instruction);
            for (CoreRelocation relocation : instruction.relocations()) {
                Answer answer = oracle.ask(question(ids, relocation));
                fitted = Fitting.fit(plain(fitted).getFirst(), answer);
                if (fitted.isEmpty()) {
                    return List.of();
                }
            }
            code.addAll(fitted);
        }
        return plain(code);
    }

    private static Question question(List<Integer> ids, CoreRelocation relocation) {
        CoreRelocationKind kind = relocation.kind();
        List<Integer> access =
                Arrays.stream(relocation.access().split(":")).map(Integer::valueOf).toList();
        return new Question(kind, ids.indexOf(relocation.type()), access);
    }

    private static int id(Btf btf, CType declaration) {
        BtfKind kind =
                switch (declaration) {
                    case CType.Composite c -> c.union() ? BtfKind.UNION : BtfKind.STRUCT;
                    case CType.Enum e -> e.bytes() == 8 ? BtfKind.ENUM64 : BtfKind.ENUM;
                    default -> BtfKind.TYPEDEF;
                };
        return btf.find(CUnit.name(declaration), kind);
    }

    private static List<Instruction> plain(List<Instruction> code) {
        return code.stream()
                .map(
                        i ->
                                Instruction.of(
                                        i.opcode(),
                                        i.destination(),
                                        i.source(),
                                        i.offset(),
                                        i.immediate()))
                .toList();
    }

    private static int compareWithLibbpf(Path judge, Case each) throws Exception {
        String printed =
                run(List.of(judge.toString(), each.kernel().toString(), each.object().toString()));
        Relocated libbpf = Relocated.parse(printed.lines().toList()).getFirst();
        try (ElfFile elf = ElfFile.open(each.object())) {
            TargetKernel kernel = TargetKernel.of(Btf.open(each.kernel()));
            ObjectFile object = ObjectFile.parse(elf);
            // Of an object that libbpf gives up, each program is judged alone: then no relocation
            // of another has dropped candidates before.
            boolean alone = libbpf.programs().stream().anyMatch(p -> p.failure() != null);
            Relocated together = OurRelocation.of(elf, kernel);
            int equal = 0;
            for (int i = 0; i < together.programs().size(); i++) {
                Relocated.Program their = libbpf.programs().get(i);
                Relocated.Program our =
                        alone
                                ? OurRelocation.of(object, kernel, Set.of(their.name()))
                                        .programs()
                                        .getFirst()
                                : together.programs().get(i);
                if (isNewerThanDebiansLibbpf(each.unit(), object.programs().get(i), object)) {
                    continue;
                }
                String name = our.name();
                assertEquals(
                        their.failure() == null,
                        our.failure() == null,
                        () -> name + " of " + each + ": " + their.failure() + our.failure());
                assertEquals(their.code(), our.code(), () -> name + " of " + each);
                equal += our.failure() == null ? 1 : 0;
            }
            return equal;
        }
    }

    /** As in the test of generated objects: libbpf 1.1 reads the signs and widths of few types. */
    private static boolean isNewerThanDebiansLibbpf(
            CUnit unit, ProgramDefinition program, ObjectFile object) {
        if (!LIBBPF_ROOT.isEmpty()) {
            return false;
        }
        Btf btf = object.btf().orElseThrow();
        List<Integer> ids = unit.declarations().stream().map(t -> id(btf, t)).toList();
        return program.instructions().stream()
                .flatMap(instruction -> instruction.relocations().stream())
                .filter(relocation -> relocation.kind().isField())
                .anyMatch(
                        relocation -> {
                            CType type = question(ids, relocation).type(unit);
                            return relocation.kind() == CoreRelocationKind.FIELD_SIGNED
                                    ? !(type instanceof CType.Int)
                                    : type instanceof CType.Array;
                        });
    }

    private static void runOrSkip(String need, String... command) throws Exception {
        try {
            run(List.of(command));
        } catch (IOException e) {
            abort(need + ": " + e.getMessage());
        }
    }

    private static String run(List<String> command) throws Exception {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.PIPE).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ":\n" + errors);
        return output;
    }
}
