package dev.purebpf.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people are told who ask for something that a kernel does not have. */
class AbsenceTest {
    private final Scene scene = new Scene();
    private int localNumber;
    private int number;

    @BeforeEach
    void numbers() {
        localNumber = scene.local.number(4, false);
        number = scene.kernel.number(4, false);
    }

    private String absence(CoreRelocationKind kind, int type, String access) {
        Resolution resolution = scene.ask(kind, type, access);
        Btf kernel = scene.kernel.builder.build("kernel", scene.order);
        return Absence.describe(resolution, kernel, scene.modules);
    }

    private String offset(int type, String access) {
        return absence(CoreRelocationKind.FIELD_BYTE_OFFSET, type, access);
    }

    private int localTask() {
        return scene.local.struct("task", 4, Scene.at(0, "cpu", localNumber));
    }

    @Test
    void theTypeIsAbsent() {
        assertEquals("struct task is absent", offset(localTask(), "0:0"));
    }

    @Test
    void theTypeIsOfAnotherKind() {
        scene.kernel.union("task", 4, Scene.at(0, "cpu", number));
        assertEquals(
                "struct task is absent; there is only union task of that name",
                offset(localTask(), "0:0"));
    }

    @Test
    void theFieldHasMovedIntoAStructWithin() {
        int info = scene.kernel.struct("info", 8, Scene.at(4, "cpu", number));
        scene.kernel.struct(
                "task",
                16,
                Scene.at(0, "info", info),
                Scene.at(8, "on_cpu", number),
                Scene.at(12, "state", number));
        assertEquals(
                "struct task has no field `cpu`; nearest: `info.cpu`, `on_cpu`",
                offset(localTask(), "0:0"));
    }

    @Test
    void theFieldHasMovedOutOfAStruct() {
        int info = scene.local.struct("info", 4, Scene.at(0, "cpu", localNumber));
        int task = scene.local.struct("task", 4, Scene.at(0, "info", info));
        int there = scene.kernel.struct("info", 4, Scene.at(0, "flags", number));
        scene.kernel.struct("task", 8, Scene.at(0, "info", there), Scene.at(4, "cpu", number));
        assertEquals(
                "struct info has no field `cpu`; nearest: `struct task.cpu`",
                offset(task, "0:0:0"));
    }

    @Test
    void theFieldHasGotAPrefix() {
        scene.kernel.struct("task", 4, Scene.at(0, "__cpu", number));
        assertEquals(
                "struct task has no field `cpu`; nearest: `__cpu`", offset(localTask(), "0:0"));
    }

    @Test
    void theFieldIsOfAnotherKind() {
        int pointer = scene.kernel.pointer(number);
        scene.kernel.struct("task", 8, Scene.at(0, "cpu", pointer));
        String told = offset(localTask(), "0:0");
        assertEquals("struct task has a field `cpu` of another kind: pointer (anonymous)", told);
    }

    @Test
    void theArrayIsShorter() {
        int local = scene.local.array(localNumber, 8);
        int task = scene.local.struct("task", 32, Scene.at(0, "cpus", local));
        int there = scene.kernel.array(number, 4);
        scene.kernel.struct("task", 16, Scene.at(0, "cpus", there));
        assertEquals("struct task.cpus has only 4 elements", offset(task, "0:0:6"));
    }

    @Test
    void theEnumeratorIsAbsent() {
        int local = scene.local.enumeration("state", new BtfType.Enumerator("RUNNING", 1));
        scene.kernel.enumeration(
                "state",
                new BtfType.Enumerator("STATE_RUNNING", 1),
                new BtfType.Enumerator("DEAD", 2));
        assertEquals(
                "enum state has no enumerator `RUNNING`; nearest: `STATE_RUNNING`",
                absence(CoreRelocationKind.ENUMERATOR_VALUE, local, "0"));
    }

    @Test
    void theAccessCannotBeMadeAsWide() {
        int signed = scene.kernel.number(8, true);
        scene.kernel.struct("task", 8, Scene.at(0, "cpu", signed));
        assertEquals(
                "struct task.cpu has 8 bytes there, not 4, and only accesses to pointers and"
                        + " unsigned numbers can be made wider or narrower",
                offset(localTask(), "0:0"));
    }

    @Test
    void aHostileStructIsNotFollowedForEver() {
        int self = scene.kernel.builder.nextId();
        scene.kernel.struct("task", 4, Scene.at(0, "me", self), Scene.at(0, "again", self));
        assertEquals("struct task has no field `cpu`", offset(localTask(), "0:0"));
    }

    @Test
    void ofSeveralTypesTheOneThatIsNearestIsMeant() {
        scene.kernel.struct("task", 4, Scene.at(0, "other", number));
        int within = scene.kernel.struct("info", 4, Scene.at(0, "flags", number));
        scene.kernel.struct("task___two", 4, Scene.at(0, "info", within));
        int info = scene.local.struct("info", 4, Scene.at(0, "cpu", localNumber));
        int task = scene.local.struct("task", 4, Scene.at(0, "info", info));
        assertEquals("struct info has no field `cpu`", offset(task, "0:0:0"));
    }
}
