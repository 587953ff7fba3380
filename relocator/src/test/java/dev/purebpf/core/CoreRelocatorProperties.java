package dev.purebpf.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.c.Answer;
import dev.purebpf.c.CBtf;
import dev.purebpf.c.CGenerator;
import dev.purebpf.c.CType;
import dev.purebpf.c.CUnit;
import dev.purebpf.c.Choices;
import dev.purebpf.c.CoreOracle;
import dev.purebpf.c.Fitting;
import dev.purebpf.c.OtherKernel;
import dev.purebpf.c.Question;
import dev.purebpf.c.TypeRules;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Any C types, a kernel that has them in another form, any questions and instructions: what comes
 * out is what C and libbpf's rules say. A long run: {@code -Dpurebpf.tries=200000}.
 */
class CoreRelocatorProperties {
    private static final int QUESTIONS = 12;

    @Provide
    Arbitrary<byte[]> objects() {
        return decisions(150);
    }

    @Provide
    Arbitrary<byte[]> kernels() {
        return decisions(250);
    }

    @Provide
    Arbitrary<byte[]> questions() {
        return decisions(200);
    }

    private static Arbitrary<byte[]> decisions(int most) {
        return Arbitraries.bytes()
                .withDistribution(RandomDistribution.uniform())
                .array(byte[].class)
                .ofMaxSize(most)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    @Property
    void everyAnswerIsTheOracles(
            @ForAll("objects") byte[] object,
            @ForAll("kernels") byte[] kernel,
            @ForAll("questions") byte[] asked) {
        World world = World.of(object, kernel);
        CoreOracle oracle = world.oracle();
        CoreRelocator relocator = world.relocator();
        var choices = new Choices(asked);
        for (int i = 0; i < QUESTIONS; i++) {
            Question question = Question.about(world.local().unit(), choices);
            Answer expected = oracle.ask(question);
            CoreRelocation relocation = world.relocation(question);
            if (expected instanceof Answer.Refused) {
                assertThrows(
                        RelocationException.class,
                        () -> relocator.resolve("program", 3, () -> "", relocation),
                        () -> question + " in " + world);
                // As in libbpf, where the whole object fails, what comes after does not matter.
                return;
            }
            assertEquals(
                    expected,
                    answer(relocator.resolve("program", 3, () -> "", relocation)),
                    () -> question + " in " + world);
        }
    }

    private static Answer answer(Resolution resolution) {
        return resolution.poisoned()
                ? new Answer.Poisoned()
                : new Answer.Value(
                        resolution.original(),
                        resolution.value(),
                        resolution.validated(),
                        resolution.originalSize(),
                        resolution.size(),
                        resolution.resizable());
    }

    @Property
    void everyInstructionIsTheOracles(
            @ForAll("objects") byte[] object,
            @ForAll("kernels") byte[] kernel,
            @ForAll("questions") byte[] asked) {
        World world = World.of(object, kernel);
        var choices = new Choices(asked);
        for (int i = 0; i < QUESTIONS; i++) {
            Question question = Question.about(world.local().unit(), choices);
            Answer answer = world.oracle().ask(question);
            Instruction plain = Fitting.instruction(answer, choices);
            assertEquals(
                    Fitting.fit(plain, answer),
                    fit(world.relocator(), world.bearing(plain, question)),
                    () -> plain + " for " + question + " in " + world);
        }
    }

    /** {@return the fitted instructions without what they carry; none when refused} */
    private static List<Instruction> fit(CoreRelocator relocator, Instruction instruction) {
        try {
            return relocator.relocate("program", 3, () -> "", instruction).instructions().stream()
                    .map(CoreRelocatorProperties::plain)
                    .toList();
        } catch (RelocationException _) {
            return List.of();
        }
    }

    private static Instruction plain(Instruction instruction) {
        return Instruction.of(
                instruction.opcode(),
                instruction.destination(),
                instruction.source(),
                instruction.offset(),
                instruction.immediate());
    }

    @Property
    void theObjectsOwnTypesChangeNothing(
            @ForAll("objects") byte[] object, @ForAll("questions") byte[] asked) {
        CUnit unit = CGenerator.plainUnit(new Choices(object));
        World world = World.of(unit, unit, List.of(), true, 0, false);
        var choices = new Choices(asked);
        for (int i = 0; i < QUESTIONS; i++) {
            Question question = Question.about(unit, choices);
            Answer answer = world.oracle().ask(question);
            Instruction plain = Fitting.instruction(answer, choices);
            if (answer instanceof Answer.Value value) {
                assertEquals(value.original(), value.value(), () -> question + " in " + world);
                List<Instruction> fitted = fit(world.relocator(), world.bearing(plain, question));
                assertEquals(
                        fitted.isEmpty() ? List.of() : List.of(withValue(plain, value)),
                        fitted,
                        () -> plain + " for " + question + " in " + world);
            }
        }
    }

    /** What compilers write already, and bitfields' offsets in any form, become the same. */
    private static Instruction withValue(Instruction plain, Answer.Value value) {
        return switch (plain.opcode() & 7) {
            case 1, 2, 3 ->
                    plain.with(
                            plain.opcode(),
                            plain.destination(),
                            plain.source(),
                            (int) value.original(),
                            plain.immediate());
            case 0 -> plain.withImmediate(value.original());
            default -> plain.withImmediate((int) value.original());
        };
    }

    @Property
    void orderAndRepetitionOfTheKernelsTypesDoNotMatter(
            @ForAll("objects") byte[] object,
            @ForAll("kernels") byte[] kernel,
            @ForAll("questions") byte[] asked,
            @ForAll long order,
            @ForAll boolean repeat) {
        CUnit unit = CGenerator.unit(new Choices(object));
        // Of several types with one name the first is referred to: no order is meant to change it.
        CUnit other = OtherKernel.of(unit, new Choices(kernel), false);
        World one = World.of(unit, other, List.of(), true, 0, false);
        World two = World.of(unit, other, List.of(), true, order, repeat);
        var choices = new Choices(asked);
        for (int i = 0; i < QUESTIONS; i++) {
            Question question = Question.about(unit, choices);
            // Not a load: among several types that agree in all but sizes, the first tells the
            // size, as in libbpf.
            Instruction plain = Instruction.of(0xb7, 1, 0, 0, original(one, question));
            if (question.kind() != CoreRelocationKind.TYPE_ID_TARGET) {
                assertEquals(
                        fit(one.relocator(), one.bearing(plain, question)),
                        fit(two.relocator(), two.bearing(plain, question)),
                        () -> plain + " for " + question + " in " + one);
            }
        }
    }

    private static long original(World world, Question question) {
        return world.oracle().ask(question) instanceof Answer.Value value ? value.original() : 0;
    }

    /** What was fitted to a kernel is as if it had been compiled for it. */
    @Property
    void fittingWhatIsFittedChangesNothing(
            @ForAll("objects") byte[] object,
            @ForAll("kernels") byte[] kernel,
            @ForAll("questions") byte[] asked) {
        World world = World.of(object, kernel);
        var choices = new Choices(asked);
        for (int i = 0; i < QUESTIONS; i++) {
            Question question = Question.about(world.local().unit(), choices);
            Instruction plain = Fitting.instruction(world.oracle().ask(question), choices);
            CoreRelocator relocator = world.relocator();
            List<Instruction> once = fit(relocator, world.bearing(plain, question));
            assertEquals(once, fit(relocator, world.bearing(plain, question)));
            if (once.size() == 1 && !once.getFirst().isCall()) {
                Resolution resolution =
                        relocator.resolve("program", 3, () -> "", world.relocation(question));
                resolution
                        .target()
                        .filter(spec -> spec.types().btf() == world.vmlinux())
                        .ifPresent(spec -> assertFits(world, spec, resolution, once.getFirst()));
            }
        }
    }

    private static void assertFits(
            World world, AccessSpec found, Resolution resolution, Instruction fitted) {
        var again = new CoreRelocator(world.vmlinux(), world.vmlinux(), List::of);
        CoreRelocationKind kind = resolution.relocation().kind();
        String access = kind.isType() ? "0" : found.indexes();
        var relocation = new CoreRelocation("code", 24, found.rootType(), access, kind);
        List<Instruction> twice = fit(again, World.bearing(fitted, relocation));
        // Twins of the type make it ambiguous, and what is compared by outline need not be whole.
        if (!twice.isEmpty()) {
            assertEquals(List.of(fitted), twice, () -> resolution + " in " + world);
        }
    }

    @Property
    void typesAreComparedAsTheirDefinitionSays(
            @ForAll("objects") byte[] object, @ForAll("kernels") byte[] kernel) {
        CUnit unit = CGenerator.unit(new Choices(object));
        CUnit other = OtherKernel.of(unit, new Choices(kernel), false);
        List<CType> these = parts(unit);
        List<CType> those = parts(other);
        var left = BtfBuilder.create();
        List<Integer> leftIds = CBtf.write(unit, these, left, 0, false);
        var right = BtfBuilder.create();
        List<Integer> rightIds = CBtf.write(other, those, right, 7, true);
        var rules = new TypeRules(unit, other);
        var comparison =
                new TypeComparison(
                        new Types(left.build("object", ByteOrder.LITTLE_ENDIAN)),
                        new Types(right.build("kernel", ByteOrder.LITTLE_ENDIAN)));
        for (int i = 0; i < these.size(); i++) {
            for (int j = 0; j < those.size(); j++) {
                CType a = these.get(i);
                CType b = those.get(j);
                int first = leftIds.get(i);
                int second = rightIds.get(j);
                Supplier<String> pair = () -> a + " and " + b;
                assertEquals(rules.readableAs(a, b), readable(comparison, first, second), pair);
                assertEquals(rules.matches(a, b), matches(comparison, first, second), pair);
                if (sameKind(a, b)) {
                    assertEquals(
                            rules.sameOutline(a, b), compatible(comparison, first, second), pair);
                }
            }
        }
    }

    /** {@return a unit's declarations and what they directly consist of} */
    private static List<CType> parts(CUnit unit) {
        var parts = new ArrayList<CType>();
        for (CType declaration : unit.declarations()) {
            parts.add(declaration);
            switch (declaration) {
                case CType.Composite composite ->
                        composite.fields().forEach(field -> parts.add(field.type()));
                case CType.Typedef typedef -> parts.add(typedef.type());
                default -> {}
            }
        }
        return parts.stream().distinct().limit(8).collect(Collectors.toList());
    }

    private static boolean sameKind(CType first, CType second) {
        return first instanceof CType.Qualified || second instanceof CType.Qualified
                ? false
                : first.getClass().equals(second.getClass());
    }

    private static boolean readable(TypeComparison comparison, int first, int second) {
        try {
            return comparison.fieldsCompatible(first, second);
        } catch (CoreProblem e) {
            throw new AssertionError(e);
        }
    }

    private static boolean matches(TypeComparison comparison, int first, int second) {
        try {
            return comparison.matches(first, second);
        } catch (CoreProblem e) {
            throw new AssertionError(e);
        }
    }

    private static boolean compatible(TypeComparison comparison, int first, int second) {
        try {
            return comparison.compatible(first, second);
        } catch (CoreProblem e) {
            throw new AssertionError(e);
        }
    }
}
