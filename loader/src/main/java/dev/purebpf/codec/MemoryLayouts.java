package dev.purebpf.codec;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * C types as {@link java.lang.foreign} describes memory. Nothing is aligned: perf buffers hand
 * records out at multiples of 4, and packed structs lie anywhere.
 */
final class MemoryLayouts {
    private MemoryLayouts() {}

    static MemoryLayout of(CType type) {
        return switch (type) {
            case CType.Whole whole -> whole(whole.size());
            case CType.Pointer pointer -> whole(pointer.size());
            case CType.Enumeration enumeration -> whole(enumeration.size());
            case CType.Truth _ -> ValueLayout.JAVA_BOOLEAN;
            case CType.Real real ->
                    switch (real.size()) {
                        case 4 -> ValueLayout.JAVA_FLOAT_UNALIGNED;
                        case 8 -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
                        default -> bytes(real.size());
                    };
            case CType.Array array ->
                    MemoryLayout.sequenceLayout(array.length(), of(array.element()));
            case CType.Struct struct -> struct(struct).withName(struct.name());
            case CType.Union union -> union(union).withName(union.name());
            case CType.Opaque opaque -> bytes(opaque.size());
            case CType.Bitfield bitfield -> MemoryLayout.paddingLayout(bitfield.size());
        };
    }

    private static MemoryLayout whole(int size) {
        return switch (size) {
            case 1 -> ValueLayout.JAVA_BYTE;
            case 2 -> ValueLayout.JAVA_SHORT_UNALIGNED;
            case 4 -> ValueLayout.JAVA_INT_UNALIGNED;
            case 8 -> ValueLayout.JAVA_LONG_UNALIGNED;
            default -> bytes(size);
        };
    }

    private static MemoryLayout bytes(int size) {
        return MemoryLayout.sequenceLayout(size, ValueLayout.JAVA_BYTE);
    }

    private static MemoryLayout struct(CType.Struct struct) {
        List<MemoryLayout> members = new ArrayList<>();
        int end = 0;
        for (CType.Field field : struct.fields()) {
            if (field.type() instanceof CType.Bitfield) {
                continue;
            }
            if (field.offset() < end || field.offset() + field.type().size() > struct.size()) {
                throw new IllegalArgumentException(
                        "field "
                                + field.name()
                                + " at byte "
                                + field.offset()
                                + " of "
                                + struct.name()
                                + " overlaps another or stands outside");
            }
            pad(members, field.offset() - end);
            members.add(named(field));
            end = field.offset() + field.type().size();
        }
        pad(members, struct.size() - end);
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout union(CType.Union union) {
        List<MemoryLayout> members = new ArrayList<>();
        for (CType.Field field : union.fields()) {
            if (field.offset() == 0 && !(field.type() instanceof CType.Bitfield)) {
                members.add(named(field));
            } else if (!(field.type() instanceof CType.Bitfield)) {
                members.add(
                        MemoryLayout.structLayout(
                                MemoryLayout.paddingLayout(field.offset()), named(field)));
            }
        }
        pad(members, union.size());
        return MemoryLayout.unionLayout(members.toArray(MemoryLayout[]::new));
    }

    private static MemoryLayout named(CType.Field field) {
        MemoryLayout layout = of(field.type());
        return field.name().isEmpty() ? layout.withoutName() : layout.withName(field.name());
    }

    private static void pad(List<MemoryLayout> members, int bytes) {
        if (bytes > 0) {
            members.add(MemoryLayout.paddingLayout(bytes));
        }
    }
}
