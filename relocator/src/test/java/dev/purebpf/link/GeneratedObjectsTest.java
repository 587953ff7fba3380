package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.c.Answer;
import dev.purebpf.c.CBtf;
import dev.purebpf.c.CGenerator;
import dev.purebpf.c.CType;
import dev.purebpf.c.CUnit;
import dev.purebpf.c.Choices;
import dev.purebpf.c.CoreOracle;
import dev.purebpf.c.CoreOracle.Side;
import dev.purebpf.c.Fitting;
import dev.purebpf.c.OtherKernel;
import dev.purebpf.c.Question;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.BpfException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Generated objects for generated kernels, fitted by Debian's libbpf and by us. Each object has one
 * relocation, because libbpf gives up a whole object for one that fails.
 *
 * <p>More kernels: {@code -Dpurebpf.generated.kernels=1000}.
 */
class GeneratedObjectsTest {
    private static final int KERNELS = Integer.getInteger("purebpf.generated.kernels", 15);
    private static final int OBJECTS = 40;
    private static final String SECTION = "raw_tp/x";

    @TempDir static Path folder;
    private static Path libbpf;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        libbpf = InstalledLibbpf.compile(folder);
    }

    private record Case(Path path, Question question, Instruction instruction, CUnit unit) {}

    @Test
    void generatedObjectsComeOutAsLibbpfHasThem() throws Exception {
        int fitted = 0;
        for (int seed = 0; seed < KERNELS; seed++) {
            fitted += compare(new Random(seed));
        }
        assertTrue(fitted > KERNELS * OBJECTS / 4, fitted + " objects were fitted, too few");
    }

    /** {@return how many objects both could fit} */
    private static int compare(Random random) throws Exception {
        var choices = new Choices(bytes(random));
        CUnit unit = CGenerator.unit(choices);
        CUnit other = OtherKernel.of(unit, new Choices(bytes(random)), true);
        BtfBuilder builder = BtfBuilder.create();
        var kernel = new Side(other, CBtf.write(other, builder, random.nextLong(), false));
        Btf btf = builder.build("kernel", ByteOrder.LITTLE_ENDIAN);
        Path kernelFile = Files.write(folder.resolve("kernel.btf"), btf.bytes());

        var cases = new ArrayList<Case>();
        while (cases.size() < OBJECTS) {
            var decisions = new Choices(bytes(random));
            Question question = Question.about(unit, decisions);
            var types = BtfBuilder.create();
            var local = new Side(unit, CBtf.write(unit, types, 0, false));
            Answer answer = new CoreOracle(local, kernel, List.of(), true).ask(question);
            Instruction instruction = Fitting.instruction(answer, decisions);
            if (!isNewerThanDebiansLibbpf(question, instruction, unit)) {
                Path path = folder.resolve("object" + cases.size() + ".bpf.o");
                int type = local.ids().get(question.declaration());
                Files.write(path, object(types, type, question, instruction));
                cases.add(new Case(path, question, instruction, unit));
            }
        }
        return compare(kernelFile, btf, other, cases);
    }

    private static byte[] bytes(Random random) {
        var bytes = new byte[200];
        random.nextBytes(bytes);
        return bytes;
    }

    /**
     * libbpf 1.1 takes an array for one large number when it looks at the width of a load, every
     * enumeration for signed, and for the sign of a pointer or struct reads past its record. All
     * are mended in the version whose rules are ours.
     */
    private static boolean isNewerThanDebiansLibbpf(
            Question question, Instruction instruction, CUnit unit) {
        CType type;
        try {
            type = question.type(unit);
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            return false;
        }
        boolean moves = (instruction.opcode() & 7) >= 1 && (instruction.opcode() & 7) <= 3;
        return switch (question.kind()) {
            case FIELD_BYTE_OFFSET -> type instanceof CType.Array && moves;
            case FIELD_SIGNED -> !(type instanceof CType.Int);
            default -> false;
        };
    }

    private static byte[] object(
            BtfBuilder types, int type, Question question, Instruction instruction) {
        var object = new ObjectBuilder();
        var code =
                List.of(
                        instruction,
                        Instruction.of(0xb7, 0, 0, 0, 0),
                        Instruction.of(Opcode.EXIT, 0, 0, 0, 0));
        byte[] bytes = InstructionWriter.write(code, ByteOrder.LITTLE_ENDIAN);
        object.function("program", object.code(SECTION, bytes), 0, bytes.length);
        CoreRelocationKind kind = question.kind();
        int access = types.string(kind.isType() ? "0" : question.spec());
        int section = types.string(SECTION);
        object.types(types);
        object.coreRelocations(section, new int[][] {{0, type, access, kind.number()}});
        return object.build();
    }

    private static int compare(Path kernelFile, Btf kernel, CUnit other, List<Case> cases)
            throws Exception {
        var command = new ArrayList<>(List.of(libbpf.toString(), kernelFile.toString()));
        cases.forEach(each -> command.add(each.path().toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String[] parts = ("\n" + output(process)).split("\nobject ");
        process.waitFor();
        assertEquals(cases.size() + 1, parts.length);
        int fitted = 0;
        for (int i = 0; i < cases.size(); i++) {
            Case each = cases.get(i);
            String expected = code(parts[i + 1]);
            assertEquals(
                    expected,
                    relocate(each.path(), kernel),
                    () -> each.instruction() + " for " + each + " in " + other);
            fitted += expected.isEmpty() ? 0 : 1;
        }
        return fitted;
    }

    /** {@return what libbpf has made of an object, in hexadecimal; nothing when it failed} */
    private static String code(String part) {
        return part.lines()
                .filter(line -> line.matches("[0-9a-f]{16}( .*)?"))
                .map(line -> line.substring(0, 16))
                .reduce("", String::concat);
    }

    private static String relocate(Path path, Btf kernel) throws IOException {
        try (ElfFile elf = ElfFile.open(path)) {
            LinkedProgram program =
                    Linker.link(
                                    ObjectFile.parse(elf),
                                    TargetKernel.of(kernel),
                                    LinkOptions.defaults())
                            .orThrow()
                            .programs()
                            .getFirst();
            return HexFormat.of().formatHex(program.encode(m -> 0, ByteOrder.LITTLE_ENDIAN));
        } catch (BpfException _) {
            return "";
        }
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
