package dev.purebpf.core;

import static dev.purebpf.btf.CoreRelocationKind.ENUMERATOR_EXISTS;
import static dev.purebpf.btf.CoreRelocationKind.ENUMERATOR_VALUE;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_OFFSET;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_BYTE_SIZE;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_EXISTS;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_LEFT_SHIFT;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_RIGHT_SHIFT;
import static dev.purebpf.btf.CoreRelocationKind.FIELD_SIGNED;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_EXISTS;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_ID_LOCAL;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_ID_TARGET;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_MATCHES;
import static dev.purebpf.btf.CoreRelocationKind.TYPE_SIZE;
import static dev.purebpf.btf.CoreRelocationKind.UNKNOWN;
import static dev.purebpf.core.Scene.at;
import static dev.purebpf.core.Scene.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.Enumerator;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.btf.Linkage;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The rules of CO-RE, each by the smallest types that show it. */
class CoreRelocatorTest {
    private static final Instruction POISON = Instruction.of(Opcode.CALL, 0, 0, 0, 0xbad2310);

    private final Scene scene = new Scene();

    /**
     * {@code struct thing { u32 a; u32 b; }} in the object, with {@code b} elsewhere in the kernel.
     */
    private int movedField(long kernelOffset) {
        int u32 = scene.local.number(4, false);
        int other = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 40000, at(0, "a", other), at(kernelOffset, "b", other));
        return scene.local.struct("thing", 8, at(0, "a", u32), at(4, "b", u32));
    }

    @Test
    void aLoadGetsTheKernelsOffset() {
        int thing = movedField(24);
        assertEquals(load(0x61, 24), strip(fit(load(0x61, 4), FIELD_BYTE_OFFSET, thing, "0:1")));
    }

    @Test
    void storesOfRegistersAndConstantsGetTheKernelsOffset() {
        int thing = movedField(24);
        for (int store : new int[] {0x62, 0x63}) {
            assertEquals(
                    load(store, 24), strip(fit(load(store, 4), FIELD_BYTE_OFFSET, thing, "0:1")));
        }
    }

    @Test
    void arithmeticAndLongConstantsGetTheValue() {
        int thing = movedField(24);
        for (int code : new int[] {0x07, 0xb7, 0xb4, Opcode.LOAD_CONSTANT}) {
            assertEquals(
                    Instruction.of(code, 1, 0, 0, 24),
                    strip(fit(Instruction.of(code, 1, 0, 0, 4), FIELD_BYTE_OFFSET, thing, "0:1")));
        }
    }

    @Test
    void instructionsWithoutAPlaceForTheValueAreRefused() {
        int thing = movedField(24);
        assertRefused("no place", () -> fit(load(0x0f, 4), FIELD_BYTE_OFFSET, thing, "0:1"));
        assertRefused("no place", () -> fit(load(0x15, 4), FIELD_BYTE_OFFSET, thing, "0:1"));
        assertRefused("no place", () -> fit(load(0x20, 4), FIELD_BYTE_OFFSET, thing, "0:1"));
    }

    @Test
    void anOffsetBeyondTheReachOfALoadIsRefused() {
        int thing = movedField(32768);
        assertRefused("32767", () -> fit(load(0x61, 4), FIELD_BYTE_OFFSET, thing, "0:1"));
    }

    @Test
    void aValueThatTheCompilerCannotHaveWrittenIsRefused() {
        int thing = movedField(24);
        assertRefused("should be 4", () -> fit(load(0x61, 5), FIELD_BYTE_OFFSET, thing, "0:1"));
    }

    @Test
    void refusalsNameProgramInstructionSourceLineAndBothSides() {
        int thing = movedField(32768);
        var refusal =
                assertThrows(
                        RelocationException.class,
                        () -> fit(load(0x61, 4), FIELD_BYTE_OFFSET, thing, "0:1"));
        assertEquals("program", refusal.program());
        assertEquals(3, refusal.instruction());
        assertEquals("a.c:7: x = y", refusal.sourceLine());
        assertTrue(refusal.spec().contains("struct thing.b (0:1 @ offset 4)"), refusal.spec());
        assertTrue(refusal.spec().contains("struct thing.b (0:1 @ offset 32768)"), refusal.spec());
    }

    @Test
    void aMissingFieldPoisonsItsInstruction() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(0, "a", u32), at(4, "gone", u32));
        scene.kernel.struct("thing", 4, at(0, "a", scene.kernel.number(4, false)));
        assertEquals(POISON, strip(fit(load(0x61, 4), FIELD_BYTE_OFFSET, thing, "0:1")));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:1"));
        assertEquals(1, ask(FIELD_EXISTS, thing, "0:0"));
    }

    @Test
    void poisoningALongConstantTakesBothSlots() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(4, "gone", u32));
        scene.kernel.struct("thing", 4);
        var poisoned =
                fit(
                        Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 0, 4),
                        FIELD_BYTE_OFFSET,
                        thing,
                        "0:0");
        assertEquals(2, poisoned.size());
        assertEquals(POISON, strip(poisoned.subList(0, 1)));
        assertEquals(POISON, strip(poisoned.subList(1, 2)));
    }

    @Test
    void aMissingTypeIsNeverPoisonWhereZeroSaysIt() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("gone", 8, at(4, "a", u32));
        int choice = scene.local.enumeration("choice", new Enumerator("YES", 1));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:0"));
        assertEquals(0, ask(TYPE_EXISTS, thing, "0"));
        assertEquals(0, ask(TYPE_SIZE, thing, "0"));
        assertEquals(0, ask(TYPE_ID_TARGET, thing, "0"));
        assertEquals(0, ask(TYPE_MATCHES, thing, "0"));
        assertEquals(0, ask(ENUMERATOR_EXISTS, choice, "0"));
        assertTrue(scene.ask(ENUMERATOR_VALUE, choice, "0").poisoned());
        assertTrue(scene.ask(FIELD_BYTE_SIZE, thing, "0:0").poisoned());
    }

    @Test
    void anUnsignedFieldOfAnotherSizeChangesTheWidthOfTheLoad() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 16, at(8, "a", scene.kernel.number(8, false)));
        assertEquals(load(0x79, 8), strip(fit(load(0x61, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
    }

    @Test
    void loadsOfPointersShrinkForAKernelOf32Bits() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.pointer(0)));
        scene.kernel.builder.add(new BtfType.Int("long", 4, BtfType.Int.SIGNED, 0, 32));
        scene.kernel.struct("thing", 12, at(8, "a", scene.kernel.pointer(0)));
        assertEquals(load(0x61, 8), strip(fit(load(0x79, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
    }

    @Test
    void aSignedFieldOfAnotherSizePoisonsTheLoadButNotArithmetic() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, true)));
        scene.kernel.struct("thing", 16, at(8, "a", scene.kernel.number(8, true)));
        assertEquals(POISON, strip(fit(load(0x61, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
        assertEquals(
                Instruction.of(0xb7, 1, 0, 0, 8),
                strip(fit(Instruction.of(0xb7, 1, 0, 0, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
    }

    @Test
    void aLoadThatIsNotAsWideAsItsFieldCannotBeResized() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 16, at(8, "a", scene.kernel.number(8, false)));
        assertRefused("moves 8", () -> fit(load(0x79, 0), FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void theSignExtendingModeOfALoadSurvivesResizing() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 16, at(8, "a", scene.kernel.number(2, false)));
        assertEquals(load(0x89, 8), strip(fit(load(0x81, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
    }

    @Test
    void flavoursFindTheTypeWithoutFlavour() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing___old", 8, at(4, "a", u32));
        scene.kernel.struct("thing", 16, at(12, "a", scene.kernel.number(4, false)));
        assertEquals(12, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void namesOfFieldsHaveNoFlavours() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(4, "a___old", u32));
        scene.kernel.struct("thing", 16, at(12, "a", scene.kernel.number(4, false)));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:0"));
    }

    @Test
    void membersOfAnonymousStructsAndUnionsAreFound() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(4, "a", u32));
        int inner = scene.kernel.struct("", 8, at(4, "a", scene.kernel.number(4, false)));
        int union = scene.kernel.union("", 8, at(0, "", inner));
        scene.kernel.struct("thing", 24, at(16, "", union));
        assertEquals(20, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void anonymousMembersOfTheObjectAreNotAskedFor() {
        int u32 = scene.local.number(4, false);
        int inner = scene.local.struct("", 8, at(4, "a", u32));
        int thing = scene.local.struct("thing", 16, at(8, "", inner));
        scene.kernel.struct("thing", 4, at(0, "a", scene.kernel.number(4, false)));
        assertEquals(0, ask(FIELD_BYTE_OFFSET, thing, "0:0:0"));
    }

    @Test
    void theSameAnonymousTypeManyTimesOverIsSearchedOnce() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(4, "a", u32));
        int inner = scene.kernel.struct("", 0);
        for (int i = 0; i < 40; i++) {
            inner = scene.kernel.struct("", 0, at(0, "", inner), at(0, "", inner));
        }
        scene.kernel.struct("thing", 0, at(0, "", inner));
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertEquals(0, ask(FIELD_EXISTS, thing, "0:0")));
    }

    @Test
    void pathsOfMoreThan64LevelsAreRefused() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(4, "a", u32));
        scene.kernel.struct("thing", 8);
        assertRefused("64", () -> ask(FIELD_EXISTS, thing, "0" + ":0".repeat(64)));
    }

    @Test
    void fieldsOfIncompatibleTypesDoNotCount() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 8, at(0, "a", scene.kernel.pointer(0)));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:0"));
    }

    @Test
    void structsAndUnionsMayStandForEachOtherAsFields() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.struct("x", 4)));
        scene.kernel.struct("thing", 12, at(4, "a", scene.kernel.union("y", 4)));
        assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void enumerationsAsFieldsNeedTheSameEssentialNameOrNone() {
        int a = scene.local.enumeration("e___old", new Enumerator("A", 1));
        int b = scene.local.enumeration("f", new Enumerator("B", 1));
        int thing = scene.local.struct("thing", 8, at(0, "a", a), at(4, "b", b));
        int c = scene.kernel.enumeration("e", new Enumerator("A", 1));
        int d = scene.kernel.enumeration("g", new Enumerator("B", 1));
        scene.kernel.struct("thing", 8, at(0, "a", c), at(4, "b", d));
        assertEquals(1, ask(FIELD_EXISTS, thing, "0:0"));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:1"));
    }

    @Test
    void arrayElementsAreOffsetByTheKernelsElementSize() {
        int local = scene.local.array(scene.local.number(4, false), 4);
        int thing = scene.local.struct("thing", 16, at(0, "a", local));
        int kernel = scene.kernel.array(scene.kernel.number(8, false), 3);
        scene.kernel.struct("thing", 32, at(8, "a", kernel));
        assertEquals(24, ask(FIELD_BYTE_OFFSET, thing, "0:0:2"));
        assertEquals(8, ask(FIELD_BYTE_SIZE, thing, "0:0:2"));
        assertEquals(24, ask(FIELD_BYTE_SIZE, thing, "0:0"));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:0:3"));
        assertRefused("only offset", () -> ask(FIELD_SIGNED, thing, "0:0:1"));
    }

    @Test
    void anArrayAsAWholeIsNotResized() {
        int local = scene.local.array(scene.local.number(4, false), 4);
        int thing = scene.local.struct("thing", 16, at(0, "a", local));
        int kernel = scene.kernel.array(scene.kernel.number(8, false), 4);
        scene.kernel.struct("thing", 40, at(8, "a", kernel));
        assertEquals(POISON, strip(fit(load(0x61, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
        assertEquals(load(0x79, 8), strip(fit(load(0x61, 0), FIELD_BYTE_OFFSET, thing, "0:0:0")));
    }

    @Test
    void aFlexibleArrayAtTheEndOfAStructMayBeOverrun() {
        int local = scene.local.array(scene.local.number(4, false), 0);
        int thing = scene.local.struct("thing", 0, at(0, "a", local));
        int kernel = scene.kernel.array(scene.kernel.number(4, false), 0);
        scene.kernel.struct("thing", 8, at(0, "x", kernel), at(8, "a", kernel));
        assertEquals(8 + 40, ask(FIELD_BYTE_OFFSET, thing, "0:0:10"));
    }

    @Test
    void anEmptyArrayElsewhereMayNotBeOverrun() {
        int local = scene.local.array(scene.local.number(4, false), 0);
        int thing = scene.local.struct("thing", 0, at(0, "a", local));
        int kernel = scene.kernel.array(scene.kernel.number(4, false), 0);
        scene.kernel.struct("thing", 8, at(0, "a", kernel), at(8, "x", kernel));
        assertEquals(0, ask(FIELD_EXISTS, thing, "0:0:1"));
    }

    @Test
    void theFirstIndexCountsWholeRoots() {
        int thing = movedField(24);
        assertEquals(40000 + 24, ask(FIELD_BYTE_OFFSET, thing, "1:1"));
    }

    @Test
    void candidatesThatDisagreeAreAmbiguous() {
        int thing = scene.local.struct("thing", 8, at(4, "a", scene.local.number(4, false)));
        int u32 = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 8, at(4, "a", u32));
        scene.kernel.struct("thing___other", 16, at(8, "a", u32));
        assertRefused("ambiguous", () -> ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void candidatesThatAgreeAreNotAmbiguous() {
        int thing = scene.local.struct("thing", 8, at(4, "a", scene.local.number(4, false)));
        int u32 = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 8, at(4, "a", u32));
        scene.kernel.struct("thing", 16, at(4, "a", u32));
        assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void candidatesWithoutTheFieldAreForgottenOnceOneHasIt() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(0, "a", u32), at(4, "b", u32));
        int number = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 8, at(0, "b", number));
        scene.kernel.struct("thing", 16, at(4, "a", number), at(8, "b", number));
        assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        assertEquals(8, ask(FIELD_BYTE_OFFSET, thing, "0:1"));
    }

    @Test
    void aFunctionOfTheSameNameIsNoCandidate() {
        int thing = scene.local.struct("thing", 8, at(4, "a", scene.local.number(4, false)));
        int prototype = scene.kernel.builder.add(new BtfType.FunctionPrototype(0, List.of()));
        scene.kernel.builder.add(new BtfType.Function("thing", prototype, Linkage.STATIC));
        scene.kernel.builder.add(new BtfType.Forward("thing", false));
        scene.kernel.struct("thing", 8, at(0, "a", scene.kernel.number(4, false)));
        assertEquals(0, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void modulesAreAskedOnlyWhenTheKernelHasNoCandidate() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(0, "a", u32));
        int driver = scene.local.struct("driver", 8, at(0, "a", u32));
        int number = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 8, at(4, "a", number));
        Btf base = scene.kernel.builder.build("kernel", scene.order);
        var module = BtfBuilder.split(base);
        module.add(new BtfType.Struct("thing", 99, List.of(at(12, "a", number)), false));
        module.add(new BtfType.Struct("driver", 99, List.of(at(16, "a", number)), false));
        scene.modules.add(module.build("module", scene.order));
        scene.modules.add(BtfBuilder.split(base).build("empty", scene.order));
        assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        assertEquals(16, ask(FIELD_BYTE_OFFSET, driver, "0:0"));
    }

    @Test
    void manySearchesFindWhatFewFind() {
        int u32 = scene.local.number(4, false);
        int number = scene.kernel.number(4, false);
        int count = 500;
        var things = new int[count];
        for (int i = 0; i < count; i++) {
            things[i] = scene.local.struct("thing" + i + "___old", 8, at(0, "a", u32));
            scene.kernel.struct("thing" + i, 8 + 4 * i, at(4 * i, "a", number));
            scene.kernel.enumeration("thing" + i, new Enumerator("X" + i, i));
        }
        int driver = scene.local.struct("driver", 8, at(0, "a", u32));
        int choice = scene.local.enumeration("thing499", new Enumerator("X499", 0));
        int missing = scene.local.struct("missing", 8, at(0, "a", u32));
        Btf base = scene.kernel.builder.build("kernel", scene.order);
        var module = BtfBuilder.split(base);
        module.add(new BtfType.Struct("thing499", 99, List.of(at(12, "a", number)), false));
        module.add(new BtfType.Struct("driver", 99, List.of(at(16, "a", number)), false));
        scene.modules.add(module.build("module", scene.order));
        for (int i = 0; i < count; i++) {
            assertEquals(4 * i, ask(FIELD_BYTE_OFFSET, things[i], "0:0"));
        }
        assertEquals(16, ask(FIELD_BYTE_OFFSET, driver, "0:0"));
        assertEquals(499, ask(ENUMERATOR_VALUE, choice, "0"));
        assertEquals(0, ask(TYPE_EXISTS, missing, "0"));
    }

    @Test
    void anonymousTypesCannotBeFoundButKnowTheirOwnId() {
        int thing = scene.local.struct("", 8, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("", 8, at(0, "a", scene.kernel.number(4, false)));
        assertRefused("without a name", () -> ask(FIELD_EXISTS, thing, "0:0"));
        assertEquals(thing, ask(TYPE_ID_LOCAL, thing, "0"));
    }

    @Test
    void typeQuestionsAreAnsweredByTheKernelsType() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.number(4, false)));
        int there = scene.kernel.struct("thing", 48);
        assertEquals(1, ask(TYPE_EXISTS, thing, "0"));
        assertEquals(48, ask(TYPE_SIZE, thing, "0"));
        assertEquals(there, ask(TYPE_ID_TARGET, thing, "0"));
        assertEquals(0, ask(TYPE_MATCHES, thing, "0"));
        assertFalse(scene.ask(TYPE_ID_TARGET, thing, "0").validated());
        assertRefused("damaged", () -> ask(TYPE_EXISTS, thing, "0:0"));
    }

    @Test
    void aTypeMatchesWhenAllItsMembersDo() {
        int thing =
                scene.local.struct(
                        "thing", 8, at(0, "a", scene.local.number(4, false)), at(4, "b", 1));
        int u32 = scene.kernel.number(4, false);
        scene.kernel.struct("thing", 48, at(0, "x", u32), at(8, "b", u32), at(4, "a", u32));
        assertEquals(1, ask(TYPE_MATCHES, thing, "0"));
    }

    /**
     * Of a structure behind a pointer only the name counts, also as a called function's parameter.
     */
    @Test
    void whatMatchesBehindAPointerNeedNotMatchElsewhere() {
        int things = innerBehindAPointerAndElsewhere(scene.local, "a");
        innerBehindAPointerAndElsewhere(scene.kernel, "x");
        assertEquals(1, ask(TYPE_MATCHES, things, "0"));
        assertEquals(0, ask(TYPE_MATCHES, things + 1, "0"));
    }

    /**
     * {@return the first of {@code struct caller { void (*call)(struct inner); }} and {@code struct
     * both { void (*call)(struct inner); struct inner inner; }}}
     */
    private static int innerBehindAPointerAndElsewhere(Scene.Side side, String memberOfInner) {
        int inner = side.struct("inner", 4, at(0, memberOfInner, side.number(4, false)));
        int call = side.pointer(prototype(side, inner));
        int caller = side.struct("caller", 8, at(0, "call", call));
        side.struct("both", 16, at(0, "call", call), at(8, "inner", inner));
        return caller;
    }

    @Test
    void aTypeWithMoreMembersThanTheKernelsNeverMatches() {
        int u32 = scene.local.number(4, false);
        int thing = scene.local.struct("thing", 8, at(0, "a___x", u32), at(4, "a___y", u32));
        int choice =
                scene.local.enumeration(
                        "choice", new Enumerator("A___x", 0), new Enumerator("A___y", 1));
        scene.kernel.struct("thing", 4, at(0, "a", scene.kernel.number(4, false)));
        scene.kernel.enumeration("choice", new Enumerator("A", 0));
        assertEquals(0, ask(TYPE_MATCHES, thing, "0"));
        assertEquals(0, ask(TYPE_MATCHES, choice, "0"));
    }

    @Test
    void prototypesAreCompatibleParameterByParameter() {
        int u32 = scene.local.number(4, false);
        int same = typedef(scene.local, "same", prototype(scene.local, u32));
        int more = typedef(scene.local, "more", prototype(scene.local, u32, u32));
        int other = scene.kernel.number(8, true);
        typedef(scene.kernel, "same", prototype(scene.kernel, other));
        typedef(scene.kernel, "more", prototype(scene.kernel, other));
        assertEquals(1, ask(TYPE_EXISTS, same, "0"));
        assertEquals(0, ask(TYPE_EXISTS, more, "0"));
    }

    private static int prototype(Scene.Side side, int... parameters) {
        var list = new ArrayList<BtfType.Parameter>();
        for (int parameter : parameters) {
            list.add(new BtfType.Parameter("p", parameter));
        }
        return side.builder.add(new BtfType.FunctionPrototype(0, list));
    }

    private static int typedef(Scene.Side side, String name, int type) {
        return side.builder.add(new BtfType.Typedef(name, side.pointer(type)));
    }

    @Test
    void enumeratorsAreFoundByNameInEnumerationsOfEitherSize() {
        int choice = scene.local.enumeration("choice", new Enumerator("YES___new", 1));
        scene.kernel.builder.add(
                new BtfType.Enum64(
                        "choice",
                        8,
                        false,
                        List.of(new Enumerator("NO", 0), new Enumerator("YES", 1L << 40))));
        assertEquals(1, ask(ENUMERATOR_EXISTS, choice, "0"));
        assertEquals(1L << 40, ask(ENUMERATOR_VALUE, choice, "0"));
    }

    @Test
    void largeEnumeratorsAreWidenedAsSignedLikeLibbpfDoes() {
        int choice = scene.local.enumeration("choice", new Enumerator("BIG", 0x8000_0001L));
        scene.kernel.enumeration("choice", new Enumerator("BIG", 0x8000_0002L));
        var move = Instruction.of(0xb4, 1, 0, 0, (int) 0x8000_0001L);
        assertEquals(
                Instruction.of(0xb4, 1, 0, 0, (int) 0x8000_0002L),
                strip(fit(move, ENUMERATOR_VALUE, choice, "0")));
        var load = Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 0, 0xffff_ffff_8000_0001L);
        assertEquals(
                Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 0, 0xffff_ffff_8000_0002L),
                strip(fit(load, ENUMERATOR_VALUE, choice, "0")));
    }

    @Test
    void signsAreThoseOfTheMembersOwnType() {
        int thing =
                scene.local.bitfields(
                        "thing",
                        4,
                        bits(0, 3, "a", scene.local.number(4, false)),
                        bits(3, 3, "b", scene.local.number(4, false)));
        int kernel = scene.kernel.number(4, true);
        int signedEnum =
                scene.kernel.builder.add(
                        new BtfType.Enum64("e", 8, true, List.of(new Enumerator("A", -1))));
        scene.kernel.bitfields("thing", 16, bits(7, 3, "a", kernel), bits(64, 0, "c", signedEnum));
        assertEquals(1, ask(FIELD_SIGNED, thing, "0:0"));
    }

    @Test
    void bitfieldsAreReadByTheSmallestLoadThatHasAllTheirBits() {
        int thing = scene.local.bitfields("thing", 4, bits(0, 3, "a", scene.local.number(4, true)));
        scene.kernel.bitfields("thing", 8, bits(30, 5, "a", scene.kernel.number(4, true)));
        assertEquals(0, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        assertEquals(8, ask(FIELD_BYTE_SIZE, thing, "0:0"));
        assertEquals(64 - 35, ask(FIELD_LEFT_SHIFT, thing, "0:0"));
        assertEquals(59, ask(FIELD_RIGHT_SHIFT, thing, "0:0"));
        assertFalse(scene.ask(FIELD_BYTE_OFFSET, thing, "0:0").validated());
        assertTrue(scene.ask(FIELD_RIGHT_SHIFT, thing, "0:0").validated());
    }

    @Test
    void onBigEndianMachinesBitsCountFromTheOtherEnd() {
        scene.order = ByteOrder.BIG_ENDIAN;
        int thing = scene.local.bitfields("thing", 4, bits(0, 3, "a", scene.local.number(4, true)));
        scene.kernel.bitfields("thing", 8, bits(33, 5, "a", scene.kernel.number(4, true)));
        assertEquals(4, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        assertEquals(32 + 1, ask(FIELD_LEFT_SHIFT, thing, "0:0"));
        assertEquals(59, ask(FIELD_RIGHT_SHIFT, thing, "0:0"));
    }

    @Test
    void aBitfieldMayBecomeAPlainField() {
        int thing =
                scene.local.bitfields("thing", 4, bits(5, 3, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 8, at(6, "a", scene.kernel.number(2, false)));
        assertEquals(6, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
        assertEquals(2, ask(FIELD_BYTE_SIZE, thing, "0:0"));
        assertEquals(48, ask(FIELD_LEFT_SHIFT, thing, "0:0"));
        assertEquals(48, ask(FIELD_RIGHT_SHIFT, thing, "0:0"));
    }

    @Test
    void shiftsOfWhatIsLargerThanARegisterHave32Bits() {
        int thing = scene.local.struct("thing", 8, at(0, "a", scene.local.number(8, false)));
        scene.kernel.struct("thing", 16, at(0, "a", scene.kernel.number(16, false)));
        assertEquals(0xffff_ffc0L, ask(FIELD_LEFT_SHIFT, thing, "0:0"));
        assertEquals(
                Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 0, 0xffff_ffc0L),
                strip(
                        fit(
                                Instruction.of(Opcode.LOAD_CONSTANT, 1, 0, 0, 0),
                                FIELD_RIGHT_SHIFT,
                                thing,
                                "0:0")));
    }

    @Test
    void aPathToAnAnonymousMemberOfTheObjectLeadsToTheLastNameBefore() {
        int inner = scene.local.struct("", 4, at(0, "a", scene.local.number(4, false)));
        int thing = scene.local.struct("thing", 12, at(8, "", inner));
        scene.kernel.struct("thing", 40);
        assertEquals(8, scene.ask(FIELD_BYTE_OFFSET, thing, "0:0").original());
        assertEquals(0, ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void ofCandidatesThatAgreeInAllButTheSizeTheFirstTellsIt() {
        int thing = scene.local.struct("thing", 4, at(0, "a", scene.local.number(4, false)));
        scene.kernel.struct("thing", 8, at(0, "a", scene.kernel.number(8, false)));
        scene.kernel.struct("thing___other", 4, at(0, "a", scene.kernel.number(4, true)));
        assertEquals(load(0x79, 0), strip(fit(load(0x61, 0), FIELD_BYTE_OFFSET, thing, "0:0")));
    }

    @Test
    void aBitfieldThatNoLoadCoversIsRefused() {
        int thing = scene.local.bitfields("thing", 4, bits(0, 3, "a", scene.local.number(4, true)));
        scene.kernel.bitfields("thing", 16, bits(60, 8, "a", scene.kernel.number(8, true)));
        assertRefused("no load", () -> ask(FIELD_BYTE_OFFSET, thing, "0:0"));
    }

    @Test
    void damagedSpecsAreRefused() {
        int thing = movedField(24);
        for (String access : List.of("", ":", "0:", "x", "-1", "0:2", "0:0:0", "9999999999")) {
            assertRefused("damaged", () -> ask(FIELD_EXISTS, thing, access));
        }
        assertRefused("does not have", () -> ask(FIELD_EXISTS, 4711, "0"));
        assertRefused("newer", () -> ask(UNKNOWN, thing, "0"));
    }

    @Test
    void hugeIndexesDoNotOverflow() {
        int thing = movedField(24);
        assertEquals(
                Integer.MAX_VALUE * 40000L + 24,
                ask(FIELD_BYTE_OFFSET, thing, Integer.MAX_VALUE + ":1"));
    }

    private long ask(CoreRelocationKind kind, int type, String access) {
        Resolution resolution = scene.ask(kind, type, access);
        assertFalse(resolution.poisoned(), resolution::toString);
        return resolution.value();
    }

    private List<Instruction> fit(
            Instruction instruction, CoreRelocationKind kind, int type, String access) {
        return scene.fit(instruction, kind, type, access);
    }

    private static Instruction load(int code, int offset) {
        return Instruction.of(code, 1, 2, offset, 0);
    }

    /** {@return the first of some instructions without its relocation} */
    private static Instruction strip(List<Instruction> instructions) {
        Instruction first = instructions.getFirst();
        return Instruction.of(
                first.opcode(),
                first.destination(),
                first.source(),
                first.offset(),
                first.immediate());
    }

    private static void assertRefused(String reason, Executable executable) {
        String message = assertThrows(RelocationException.class, executable).getMessage();
        assertTrue(message.contains(reason), message);
    }
}
