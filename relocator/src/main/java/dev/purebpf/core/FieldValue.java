package dev.purebpf.core;

import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;

import java.nio.ByteOrder;

/**
 * What a relocation's question about a field is answered with, on one side.
 *
 * @param value the answer
 * @param accessSize how many bytes an instruction that accesses the field moves; 0 when it cannot
 *     be said or does not matter
 * @param accessType the id of the type of what is moved; 0 when it does not matter
 * @param validated whether the compiler must have come to the same answer for the object's own
 *     type; not so for bitfields, which can be read in several ways
 */
record FieldValue(long value, long accessSize, int accessType, boolean validated) {

    static FieldValue of(CoreRelocationKind kind, AccessSpec spec) throws CoreProblem {
        if (kind == CoreRelocationKind.FIELD_EXISTS) {
            return new FieldValue(1, 0, 0, true);
        }
        AccessSpec.Accessor last = spec.last();
        return last.name() == null ? ofElement(kind, spec, last) : ofMember(kind, spec, last);
    }

    private static FieldValue ofElement(
            CoreRelocationKind kind, AccessSpec spec, AccessSpec.Accessor last) throws CoreProblem {
        Types types = spec.types();
        return switch (kind) {
            case FIELD_BYTE_OFFSET -> {
                long size = types.size(innermostElement(types, last.type()));
                yield new FieldValue(spec.bitOffset() / 8, size, last.type(), true);
            }
            case FIELD_BYTE_SIZE -> new FieldValue(types.size(last.type()), 0, 0, true);
            default ->
                    throw new CoreProblem(
                            "only offset, size and existence of an array's element can be asked");
        };
    }

    private static FieldValue ofMember(
            CoreRelocationKind kind, AccessSpec spec, AccessSpec.Accessor last) throws CoreProblem {
        Types types = spec.types();
        var owner = (BtfType.Composite) types.type(last.type());
        BtfType.Member member = owner.members().get(last.index());
        int id = types.skip(member.type());
        BtfType type = types.type(id);
        boolean bitfield = owner.bitfields() && member.bitSize() > 0;

        long bitOffset = spec.bitOffset();
        long bitSize;
        long byteSize;
        long byteOffset;
        if (bitfield) {
            bitSize = member.bitSize();
            byteSize = types.size(id);
            if (!(type instanceof BtfType.Int || type instanceof BtfType.Enumeration)
                    || byteSize == 0) {
                throw new CoreProblem("is a bitfield of a type that cannot have bits");
            }
            byteOffset = bitOffset / 8 / byteSize * byteSize;
            // The smallest load that has all bits in it.
            while (bitOffset + bitSize - byteOffset * 8 > byteSize * 8) {
                if (byteSize >= 8) {
                    throw new CoreProblem("is a bitfield that no load of 8 bytes covers");
                }
                byteSize *= 2;
                byteOffset = bitOffset / 8 / byteSize * byteSize;
            }
        } else {
            byteSize = types.size(id);
            byteOffset = bitOffset / 8;
            bitSize = byteSize * 8;
        }

        return switch (kind) {
            case FIELD_BYTE_OFFSET -> {
                if (bitfield) {
                    yield new FieldValue(byteOffset, 0, 0, false);
                }
                // Its elements' size, but its own type: libbpf resizes no access to an array.
                long size = types.size(innermostElement(types, id));
                yield new FieldValue(byteOffset, size, id, true);
            }
            case FIELD_BYTE_SIZE -> new FieldValue(byteSize, 0, 0, !bitfield);
            case FIELD_SIGNED -> new FieldValue(isSigned(type) ? 1 : 0, 0, 0, true);
            case FIELD_LEFT_SHIFT -> {
                long within = bitOffset - byteOffset * 8;
                boolean little = types.btf().byteOrder() == ByteOrder.LITTLE_ENDIAN;
                long shift = little ? 64 - (within + bitSize) : (8 - byteSize) * 8 + within;
                yield new FieldValue(unsigned(shift), 0, 0, !bitfield);
            }
            case FIELD_RIGHT_SHIFT -> new FieldValue(unsigned(64 - bitSize), 0, 0, true);
            default -> throw new IllegalArgumentException(kind.toString());
        };
    }

    /** No shift reads what is larger than a register; libbpf then has a number of 32 bits. */
    private static long unsigned(long shift) {
        return shift & 0xffff_ffffL;
    }

    private static boolean isSigned(BtfType type) {
        return switch (type) {
            case BtfType.Int number -> number.signed();
            case BtfType.Enumeration enumeration -> enumeration.signed();
            default -> false;
        };
    }

    /** {@return the type of an array's elements, however many dimensions; of others their own} */
    private static int innermostElement(Types types, int type) throws CoreProblem {
        int id = types.skip(type);
        for (int depth = 0; types.type(id) instanceof BtfType.Array array; depth++) {
            if (depth == AccessSpec.MAX_LENGTH) {
                throw new CoreProblem("is an array of too many dimensions");
            }
            id = types.skip(array.elementType());
        }
        return id;
    }
}
