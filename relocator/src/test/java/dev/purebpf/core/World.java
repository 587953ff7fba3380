package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.c.CBtf;
import dev.purebpf.c.CGenerator;
import dev.purebpf.c.CUnit;
import dev.purebpf.c.Choices;
import dev.purebpf.c.CoreOracle;
import dev.purebpf.c.CoreOracle.Side;
import dev.purebpf.c.OtherKernel;
import dev.purebpf.c.Question;
import dev.purebpf.insn.Instruction;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** An object, a kernel with modules, and who knows the answers. */
record World(
        Side local, Side kernel, List<Side> modules, Btf object, Btf vmlinux, List<Btf> split) {

    /** {@return a kernel that others have compiled, from a version of the same sources} */
    static World of(byte[] object, byte[] kernel) {
        var choices = new Choices(kernel);
        boolean little = !choices.onceIn(3);
        CUnit unit = CGenerator.unit(new Choices(object));
        int modules = choices.onceIn(3) ? 1 + choices.below(2) : 0;
        long order = choices.seed();
        boolean repeat = choices.onceIn(3);
        var units = new ArrayList<CUnit>();
        for (int i = 0; i < modules; i++) {
            units.add(OtherKernel.of(unit, choices, true));
        }
        return of(unit, OtherKernel.of(unit, choices, true), units, little, order, repeat);
    }

    static World of(
            CUnit object,
            CUnit kernel,
            List<CUnit> modules,
            boolean littleEndian,
            long order,
            boolean repeat) {
        ByteOrder bytes = littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        BtfBuilder builder = BtfBuilder.create();
        var local = new Side(object, CBtf.write(object, builder, 0, false));
        Btf objectBtf = builder.build("object", bytes);

        builder = BtfBuilder.create();
        var there = new Side(kernel, CBtf.write(kernel, builder, order, repeat));
        Btf vmlinux = builder.build("kernel", bytes);

        var sides = new ArrayList<Side>();
        var split = new ArrayList<Btf>();
        for (CUnit module : modules) {
            builder = BtfBuilder.split(vmlinux);
            sides.add(new Side(module, CBtf.write(module, builder, order, repeat)));
            split.add(builder.build("module", bytes));
        }
        return new World(local, there, sides, objectBtf, vmlinux, split);
    }

    CoreOracle oracle() {
        boolean little = object.byteOrder() == ByteOrder.LITTLE_ENDIAN;
        return new CoreOracle(local, kernel, modules, little);
    }

    CoreRelocator relocator() {
        return new CoreRelocator(object, vmlinux, () -> split);
    }

    CoreRelocation relocation(Question question) {
        int type = local.ids().get(question.declaration());
        return new CoreRelocation("code", 24, type, question.spec(), question.kind());
    }

    /** {@return an instruction that carries a relocation} */
    Instruction bearing(Instruction plain, Question question) {
        return bearing(plain, relocation(question));
    }

    static Instruction bearing(Instruction plain, CoreRelocation relocation) {
        return new Instruction(
                plain.opcode(),
                plain.destination(),
                plain.source(),
                plain.offset(),
                plain.immediate(),
                null,
                List.of(relocation),
                null,
                null);
    }
}
