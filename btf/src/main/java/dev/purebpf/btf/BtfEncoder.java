package dev.purebpf.btf;

import java.util.List;
import java.util.function.ToIntFunction;

/** Makes the raw record of a type of a {@link BtfType}; the inverse of {@link BtfDecoder}. */
final class BtfEncoder {
    private static final int HEAD = BtfRecords.HEAD;

    private final ToIntFunction<String> strings;

    /**
     * @param strings gives the offset of a string
     */
    BtfEncoder(ToIntFunction<String> strings) {
        this.strings = strings;
    }

    /**
     * {@return the words of the record}
     *
     * @param type the type
     * @throws IllegalArgumentException if it cannot be written
     */
    int[] encode(BtfType type) {
        return switch (type) {
            case BtfType.Void _ ->
                    throw new IllegalArgumentException("void has the id 0 and no record");
            case BtfType.Int t -> {
                int[] record = head(t, 0, false, unsigned(t.size()), 1);
                record[HEAD] =
                        within(t.encoding(), 0xf, "encoding") << 24
                                | within(t.bitOffset(), 0xff, "bit offset") << 16
                                | within(t.bits(), 0xff, "number of bits");
                yield record;
            }
            case BtfType.Pointer t -> head(t, 0, false, t.type(), 0);
            case BtfType.Array t -> {
                int[] record = head(t, 0, false, 0, 3);
                record[HEAD] = t.elementType();
                record[HEAD + 1] = t.indexType();
                record[HEAD + 2] = unsigned(t.length());
                yield record;
            }
            case BtfType.Composite t -> composite(t);
            case BtfType.Enumeration t -> enumeration(t);
            case BtfType.Forward t -> head(t, 0, t.union(), 0, 0);
            case BtfType.Typedef t -> head(t, 0, false, t.type(), 0);
            case BtfType.TypeTag t -> head(t, 0, t.attribute(), t.type(), 0);
            case BtfType.Modifier t -> head(t, 0, false, t.type(), 0);
            case BtfType.Function t -> head(t, t.linkage().ordinal(), false, t.prototype(), 0);
            case BtfType.FunctionPrototype t -> prototype(t);
            case BtfType.Variable t -> {
                int[] record = head(t, 0, false, t.type(), 1);
                record[HEAD] = t.linkage().ordinal();
                yield record;
            }
            case BtfType.DataSection t -> dataSection(t);
            case BtfType.Float t -> head(t, 0, false, unsigned(t.size()), 0);
            case BtfType.DeclTag t -> {
                int[] record = head(t, 0, t.attribute(), t.type(), 1);
                record[HEAD] = t.component();
                yield record;
            }
        };
    }

    private int[] composite(BtfType.Composite type) {
        List<BtfType.Member> members = type.members();
        int[] record =
                head(
                        type,
                        members.size(),
                        type.bitfields(),
                        unsigned(type.size()),
                        3L * members.size());
        int at = HEAD;
        for (BtfType.Member member : members) {
            record[at++] = strings.applyAsInt(member.name());
            record[at++] = member.type();
            if (type.bitfields()) {
                record[at++] =
                        within(member.bitSize(), 0xff, "bit size") << 24
                                | within(member.bitOffset(), 0xff_ffff, "bit offset");
            } else {
                within(member.bitSize(), 0, "bit size of a member without the flag for it");
                record[at++] = unsigned(member.bitOffset());
            }
        }
        return record;
    }

    private int[] enumeration(BtfType.Enumeration type) {
        List<BtfType.Enumerator> enumerators = type.enumerators();
        boolean wide = type instanceof BtfType.Enum64;
        int[] record =
                head(
                        type,
                        enumerators.size(),
                        type.signed(),
                        type.size(),
                        (wide ? 3L : 2L) * enumerators.size());
        int at = HEAD;
        for (BtfType.Enumerator enumerator : enumerators) {
            long value = enumerator.value();
            record[at++] = strings.applyAsInt(enumerator.name());
            record[at++] = (int) value;
            if (wide) {
                record[at++] = (int) (value >>> 32);
            } else if (value != (type.signed() ? (int) value : value & 0xffff_ffffL)) {
                throw new IllegalArgumentException(
                        "enumerator " + enumerator.name() + " does not fit: " + value);
            }
        }
        return record;
    }

    private int[] prototype(BtfType.FunctionPrototype type) {
        List<BtfType.Parameter> parameters = type.parameters();
        int[] record =
                head(type, parameters.size(), false, type.returnType(), 2L * parameters.size());
        int at = HEAD;
        for (BtfType.Parameter parameter : parameters) {
            record[at++] = strings.applyAsInt(parameter.name());
            record[at++] = parameter.type();
        }
        return record;
    }

    private int[] dataSection(BtfType.DataSection type) {
        List<BtfType.SectionEntry> entries = type.entries();
        int[] record =
                head(type, entries.size(), false, unsigned(type.size()), 3L * entries.size());
        int at = HEAD;
        for (BtfType.SectionEntry entry : entries) {
            record[at++] = entry.type();
            record[at++] = unsigned(entry.offset());
            record[at++] = unsigned(entry.size());
        }
        return record;
    }

    private int[] head(BtfType type, int count, boolean flag, int sizeOrType, long more) {
        within(count, BtfRecords.MAX_COUNT, "number of elements");
        int[] record = new int[Math.toIntExact(HEAD + more)];
        record[0] = strings.applyAsInt(type.name());
        record[1] = BtfRecords.info(type.kind(), count, flag);
        record[2] = sizeOrType;
        return record;
    }

    private static int unsigned(long number) {
        if (number != (number & 0xffff_ffffL)) {
            throw new IllegalArgumentException(number + " does not fit into 32 bits");
        }
        return (int) number;
    }

    private static int within(long number, int most, String what) {
        if (number < 0 || number > most) {
            throw new IllegalArgumentException(
                    what + " " + number + " does not fit, at most " + most);
        }
        return (int) number;
    }
}
