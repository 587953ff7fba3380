package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.insn.Instruction;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Types of an object and of a kernel, written down for one test. */
final class Scene {
    final Side local = new Side();
    final Side kernel = new Side();
    final List<Btf> modules = new ArrayList<>();
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private CoreRelocator relocator;

    /** One of the two. */
    static final class Side {
        final BtfBuilder builder;

        Side() {
            this(BtfBuilder.create());
        }

        Side(BtfBuilder builder) {
            this.builder = builder;
        }

        int number(int size, boolean signed) {
            return builder.add(
                    new BtfType.Int(
                            (signed ? "s" : "u") + 8 * size,
                            size,
                            signed ? BtfType.Int.SIGNED : 0,
                            0,
                            8 * size));
        }

        int pointer(int type) {
            return builder.add(new BtfType.Pointer(type));
        }

        int array(int type, long length) {
            return builder.add(new BtfType.Array(type, 0, length));
        }

        int struct(String name, long size, BtfType.Member... members) {
            return builder.add(new BtfType.Struct(name, size, List.of(members), false));
        }

        int bitfields(String name, long size, BtfType.Member... members) {
            return builder.add(new BtfType.Struct(name, size, List.of(members), true));
        }

        int union(String name, long size, BtfType.Member... members) {
            return builder.add(new BtfType.Union(name, size, List.of(members), false));
        }

        int enumeration(String name, BtfType.Enumerator... enumerators) {
            return builder.add(new BtfType.Enum(name, 4, false, List.of(enumerators)));
        }
    }

    static BtfType.Member at(long bytes, String name, int type) {
        return new BtfType.Member(name, type, bytes * 8, 0);
    }

    static BtfType.Member bits(long offset, int size, String name, int type) {
        return new BtfType.Member(name, type, offset, size);
    }

    Resolution ask(CoreRelocationKind kind, int type, String access) {
        return relocator()
                .resolve("program", 3, () -> "a.c:7: x = y", relocation(kind, type, access));
    }

    List<Instruction> fit(Instruction plain, CoreRelocationKind kind, int type, String access) {
        var instruction =
                new Instruction(
                        plain.opcode(),
                        plain.destination(),
                        plain.source(),
                        plain.offset(),
                        plain.immediate(),
                        null,
                        List.of(relocation(kind, type, access)),
                        null,
                        null);
        return relocator().relocate("program", 3, () -> "a.c:7: x = y", instruction).instructions();
    }

    static CoreRelocation relocation(CoreRelocationKind kind, int type, String access) {
        return new CoreRelocation("code", 24, type, access, kind);
    }

    private CoreRelocator relocator() {
        if (relocator == null) {
            relocator =
                    new CoreRelocator(
                            local.builder.build("object", order),
                            kernel.builder.build("kernel", order),
                            () -> modules);
        }
        return relocator;
    }
}
