package dev.purebpf.btf;

import java.util.Set;

/** Changed copies of types, for kernels that do not know all kinds. */
final class BtfRewrite {
    private static final int HEAD = BtfRecords.HEAD;

    private final Btf btf;
    private final BtfBuilder builder;

    private BtfRewrite(Btf btf) {
        this.btf = btf;
        this.builder = BtfBuilder.copyOf(btf);
    }

    /**
     * Replaces records in place: each replacement has the length of what it replaces, so ids stay.
     */
    static Btf fitTo(Btf btf, Set<BtfFeature> features) {
        var rewrite = new BtfRewrite(btf);
        boolean layoutNeeded = false;
        int end = btf.typeCount();
        for (int id = btf.firstId(); id < end; id++) {
            rewrite.fit(id, features);
            layoutNeeded |= btf.kind(id) == BtfKind.UNKNOWN;
        }
        // Without it nobody can tell how long records of unknown kinds are. Such a kernel refuses
        // these types either way.
        if (!features.contains(BtfFeature.LAYOUT) && !layoutNeeded) {
            rewrite.builder.removeLayout();
        }
        return rewrite.builder.build(btf.origin(), btf.byteOrder());
    }

    private void fit(int id, Set<BtfFeature> features) {
        int[] record = builder.record(id);
        int count = BtfRecords.count(record[1]);
        switch (btf.kind(id)) {
            case VARIABLE -> {
                if (!features.contains(BtfFeature.DATA_SECTIONS)) {
                    becomeByte(record);
                }
            }
            case DECL_TAG -> {
                if (!features.contains(BtfFeature.DECL_TAGS)) {
                    becomeByte(record);
                }
            }
            case DATA_SECTION -> fitDataSection(record, btf.name(id), features);
            case FUNCTION_PROTOTYPE -> {
                if (!features.contains(BtfFeature.FUNCTIONS)) {
                    // Name and type of a parameter become name and value of an enumerator. Those
                    // must have a name: without this, libbpf loses all types of such an object.
                    for (int i = 0, at = HEAD; i < count; i++, at += 2) {
                        if (record[at] == 0) {
                            record[at] = builder.string("unnamed");
                        }
                    }
                    record[1] = BtfRecords.info(BtfKind.ENUM, count, false);
                    record[2] = 4;
                }
            }
            case FUNCTION -> {
                if (!features.contains(BtfFeature.FUNCTIONS)) {
                    record[1] = BtfRecords.info(BtfKind.TYPEDEF, 0, false);
                } else if (!features.contains(BtfFeature.GLOBAL_FUNCTIONS)) {
                    record[1] = BtfRecords.info(BtfKind.FUNCTION, 0, false);
                }
            }
            case FLOAT -> {
                if (!features.contains(BtfFeature.FLOATS)) {
                    // Of the same size, and without a name: "double" is none for a struct.
                    record[0] = 0;
                    record[1] = BtfRecords.info(BtfKind.STRUCT, 0, false);
                }
            }
            case TYPE_TAG -> {
                if (!features.contains(BtfFeature.TYPE_TAGS)) {
                    record[0] = 0;
                    record[1] = BtfRecords.info(BtfKind.CONST, 0, false);
                }
            }
            case ENUM -> {
                if (!features.contains(BtfFeature.ENUM64)) {
                    record[1] = BtfRecords.info(BtfKind.ENUM, count, false);
                }
            }
            case ENUM64 -> {
                if (!features.contains(BtfFeature.ENUM64)) {
                    // A union of the same size, its members named as the enumerators.
                    record[1] = BtfRecords.info(BtfKind.UNION, count, false);
                    for (int i = 0, at = HEAD; i < count; i++, at += 3) {
                        record[at + 1] = enum64Placeholder();
                        record[at + 2] = 0;
                    }
                }
            }
            default -> {}
        }
    }

    private int placeholder;

    private int enum64Placeholder() {
        if (placeholder == 0) {
            placeholder = builder.add(new BtfType.Int("enum64_placeholder", 1, 0, 0, 8));
        }
        return placeholder;
    }

    /** One byte, because a larger type may not fit the place of the variable in its section. */
    private static void becomeByte(int[] record) {
        record[1] = BtfRecords.info(BtfKind.INT, 0, false);
        record[2] = 1;
        record[HEAD] = 8;
    }

    private void fitDataSection(int[] record, String name, Set<BtfFeature> features) {
        if (!features.contains(BtfFeature.DATA_SECTIONS)) {
            int count = BtfRecords.count(record[1]);
            record[0] = builder.string(name.replace('.', '_').replace('?', '_'));
            record[1] = BtfRecords.info(BtfKind.STRUCT, count, false);
            for (int i = 0, at = HEAD; i < count; i++, at += 3) {
                int variable = record[at];
                int offset = record[at + 1];
                // The name stays that of the variable; the variable itself has become a byte.
                record[at] = variable > 0 && variable < btf.typeCount() ? btf.word(variable, 0) : 0;
                record[at + 1] = variable;
                record[at + 2] = offset * 8;
            }
        } else if (!features.contains(BtfFeature.QUESTION_MARK_SECTIONS) && name.startsWith("?")) {
            record[0] = builder.string("_" + name.substring(1));
        }
    }
}
