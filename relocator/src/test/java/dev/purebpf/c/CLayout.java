package dev.purebpf.c;

import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

/**
 * Where compilers for x86-64 and BPF put things (System V ABI, "Aggregates and Unions" and
 * "Bit-Fields"). Bits of a struct are counted from its first byte; in each byte from the lowest, on
 * big-endian machines from the highest.
 */
public final class CLayout {
    private final CUnit unit;

    /** Lays out the types of a unit. */
    public CLayout(CUnit unit) {
        this.unit = unit;
    }

    /** {@return the size of a complete type in bytes} */
    public long size(CType type) {
        return switch (type) {
            case CType.Int number -> number.bytes();
            case CType.Float number -> number.bytes();
            case CType.Enum enumeration -> enumeration.bytes();
            case Pointer _ -> 8;
            case Array array -> array.length() * size(array.element());
            case Qualified qualified -> size(qualified.type());
            case Typedef typedef -> size(typedef.type());
            case Reference reference -> size(unit.composite(reference.name()));
            case Composite composite -> {
                long end = 0;
                for (int i = 0; i < composite.fields().size(); i++) {
                    end = Math.max(end, bitOffset(composite, i) + bits(composite.fields().get(i)));
                }
                yield up((end + 7) / 8, alignment(composite));
            }
            case CType.Void _, CType.Prototype _ ->
                    throw new IllegalArgumentException(type + " has no size");
        };
    }

    /** {@return whether a type has a size} */
    public boolean isComplete(CType type) {
        return switch (unit.bare(type)) {
            case CType.Void _, CType.Prototype _, Reference _ -> false;
            case Array array -> isComplete(array.element());
            default -> true;
        };
    }

    private long alignment(CType type) {
        return switch (type) {
            case Array array -> alignment(array.element());
            case Qualified qualified -> alignment(qualified.type());
            case Typedef typedef -> alignment(typedef.type());
            case Reference reference -> alignment(unit.composite(reference.name()));
            case Composite composite ->
                    composite.packed()
                            ? 1
                            : composite.fields().stream()
                                    .mapToLong(field -> alignment(field.type()))
                                    .max()
                                    .orElse(1);
            default -> size(type);
        };
    }

    /** {@return where a field begins, in bits from the start of its struct} */
    public long bitOffset(Composite composite, int index) {
        if (composite.union()) {
            return 0;
        }
        long end = 0;
        for (int i = 0; ; i++) {
            Field field = composite.fields().get(i);
            long offset = end;
            if (!composite.packed()) {
                long unit = 8 * alignment(field.type());
                boolean fits = field.bits() > 0 && end / unit == (end + field.bits() - 1) / unit;
                offset = fits ? end : up(end, unit);
            } else if (field.bits() == 0) {
                offset = up(end, 8);
            }
            if (i == index) {
                return offset;
            }
            end = offset + bits(field);
        }
    }

    private long bits(Field field) {
        return field.bits() > 0 ? field.bits() : 8 * size(field.type());
    }

    private static long up(long number, long unit) {
        return (number + unit - 1) / unit * unit;
    }
}
