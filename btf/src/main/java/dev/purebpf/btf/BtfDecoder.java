package dev.purebpf.btf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes a {@link BtfType} of the raw record of a type, checking all that the kind prescribes. */
final class BtfDecoder {
    private static final int HEAD = BtfRecords.HEAD;

    private final Btf btf;
    private final int id;
    private final int info;

    // Names within one type differ, and in honest files do not overlap: together they are no longer
    // than the strings. A hostile file could name one kilobyte in each of a million members, so
    // when names turn out longer, equal ones are shared and only different ones counted.
    private long budget;
    private Map<Integer, String> shared;

    private BtfDecoder(Btf btf, int id) {
        this.btf = btf;
        this.id = id;
        this.info = btf.word(id, 1);
        this.budget = btf.endOfStrings();
    }

    /**
     * {@return a type, decoded}
     *
     * @param btf the types
     * @param id its id, checked and not 0
     */
    static BtfType decode(Btf btf, int id) {
        return new BtfDecoder(btf, id).decode();
    }

    private BtfType decode() {
        return switch (btf.kind(id)) {
            case VOID, UNKNOWN ->
                    throw btf.malformed(
                            id,
                            1,
                            "its kind "
                                    + BtfRecords.kind(info)
                                    + " is unknown; a newer version may know it");
            case INT -> {
                int word = btf.word(id, HEAD);
                yield new BtfType.Int(
                        name(), size(), word >>> 24 & 0xf, word >>> 16 & 0xff, word & 0xff);
            }
            case POINTER -> new BtfType.Pointer(type());
            case ARRAY ->
                    new BtfType.Array(
                            btf.reference(id, HEAD),
                            btf.reference(id, HEAD + 1),
                            unsigned(HEAD + 2));
            case STRUCT -> new BtfType.Struct(name(), size(), members(), flag());
            case UNION -> new BtfType.Union(name(), size(), members(), flag());
            case ENUM -> new BtfType.Enum(name(), enumSize(), flag(), enumerators(false));
            case FORWARD -> new BtfType.Forward(name(), flag());
            case TYPEDEF -> new BtfType.Typedef(name(), type());
            case VOLATILE -> new BtfType.Volatile(type());
            case CONST -> new BtfType.Const(type());
            case RESTRICT -> new BtfType.Restrict(type());
            case FUNCTION -> new BtfType.Function(name(), type(), linkage(1, count()));
            case FUNCTION_PROTOTYPE -> new BtfType.FunctionPrototype(type(), parameters());
            case VARIABLE ->
                    new BtfType.Variable(name(), type(), linkage(HEAD, btf.word(id, HEAD)));
            case DATA_SECTION -> new BtfType.DataSection(name(), size(), sectionEntries());
            case FLOAT -> new BtfType.Float(name(), size());
            case DECL_TAG -> new BtfType.DeclTag(text(), type(), component(), flag());
            case TYPE_TAG -> new BtfType.TypeTag(text(), type(), flag());
            case ENUM64 -> new BtfType.Enum64(name(), enumSize(), flag(), enumerators(true));
        };
    }

    private String name() {
        return btf.nameAt(id, 0);
    }

    private String text() {
        return btf.string(btf.word(id, 0));
    }

    private int type() {
        return btf.reference(id, 2);
    }

    private long size() {
        return unsigned(2);
    }

    private boolean flag() {
        return BtfRecords.flag(info);
    }

    private int count() {
        return BtfRecords.count(info);
    }

    private long unsigned(int index) {
        return btf.word(id, index) & 0xffff_ffffL;
    }

    private int enumSize() {
        int size = btf.word(id, 2);
        if (size != 1 && size != 2 && size != 4 && size != 8) {
            throw btf.malformed(
                    id, 2, "an enumeration of " + Integer.toUnsignedString(size) + " bytes");
        }
        return size;
    }

    private Linkage linkage(int index, int number) {
        return switch (number) {
            case 0 -> Linkage.STATIC;
            case 1 -> Linkage.GLOBAL;
            case 2 -> Linkage.EXTERN;
            default ->
                    throw btf.malformed(
                            id, index, "unknown linkage " + Integer.toUnsignedString(number));
        };
    }

    private int component() {
        int component = btf.word(id, HEAD);
        if (component < -1) {
            throw btf.malformed(id, HEAD, "it belongs to component " + component);
        }
        return component;
    }

    private String nameAt(int index) {
        if (shared != null) {
            return shared.computeIfAbsent(btf.word(id, index), _ -> countedName(index));
        }
        String name = btf.nameAt(id, index);
        budget -= name.length();
        if (budget < 0) {
            shared = new HashMap<>();
            budget = btf.endOfStrings();
        }
        return name;
    }

    private String countedName(int index) {
        String name = btf.nameAt(id, index);
        budget -= name.length();
        if (budget < 0) {
            throw btf.malformed(
                    id, index, "its names are longer than all strings together, so they overlap");
        }
        return name;
    }

    private List<BtfType.Member> members() {
        int count = count();
        var members = new ArrayList<BtfType.Member>(count);
        for (int i = 0, at = HEAD; i < count; i++, at += 3) {
            int offset = btf.word(id, at + 2);
            members.add(
                    new BtfType.Member(
                            nameAt(at),
                            btf.reference(id, at + 1),
                            flag() ? offset & 0xff_ffff : offset & 0xffff_ffffL,
                            flag() ? offset >>> 24 : 0));
        }
        return members;
    }

    private List<BtfType.Enumerator> enumerators(boolean wide) {
        int count = count();
        var enumerators = new ArrayList<BtfType.Enumerator>(count);
        for (int i = 0, at = HEAD; i < count; i++, at += wide ? 3 : 2) {
            long value = flag() && !wide ? btf.word(id, at + 1) : unsigned(at + 1);
            if (wide) {
                value |= (long) btf.word(id, at + 2) << 32;
            }
            enumerators.add(new BtfType.Enumerator(nameAt(at), value));
        }
        return enumerators;
    }

    private List<BtfType.Parameter> parameters() {
        int count = count();
        var parameters = new ArrayList<BtfType.Parameter>(count);
        for (int i = 0, at = HEAD; i < count; i++, at += 2) {
            parameters.add(new BtfType.Parameter(nameAt(at), btf.reference(id, at + 1)));
        }
        return parameters;
    }

    private List<BtfType.SectionEntry> sectionEntries() {
        int count = count();
        var entries = new ArrayList<BtfType.SectionEntry>(count);
        for (int i = 0, at = HEAD; i < count; i++, at += 3) {
            entries.add(
                    new BtfType.SectionEntry(
                            btf.reference(id, at), unsigned(at + 1), unsigned(at + 2)));
        }
        return entries;
    }
}
