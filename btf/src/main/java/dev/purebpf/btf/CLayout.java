package dev.purebpf.btf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a C compiler puts the members of a struct, and what it has to be told so that they are
 * where the types say.
 */
final class CLayout {
    private static final int MAX_NESTING = 64;

    /** Unnamed bitfields one after the other; what is aligned to more than this is seldom. */
    private static final long MOST_LINES = 64;

    /** Of the numbers that unnamed bitfields are made of, the longest first. */
    private static final List<Filler> FILLERS =
            List.of(
                    new Filler("long", 64),
                    new Filler("int", 32),
                    new Filler("short", 16),
                    new Filler("char", 8));

    private final Btf btf;
    private final Map<Integer, Boolean> packed = new HashMap<>();
    private final Map<Integer, Integer> alignments = new HashMap<>();

    CLayout(Btf btf) {
        this.btf = btf;
    }

    /** A number that may fill space. */
    private record Filler(String name, int bits) {}

    /**
     * {@return whether members lie where only {@code __attribute__((packed))} puts them}
     *
     * @param id the struct or union
     */
    boolean isPacked(int id) {
        return isPacked(id, 0);
    }

    private boolean isPacked(int id, int nesting) {
        Boolean known = packed.get(id);
        if (known == null) {
            known = !isNatural(id, (BtfType.Composite) btf.type(id), nesting);
            packed.put(id, known);
        }
        return known;
    }

    private boolean isNatural(int id, BtfType.Composite type, int nesting) {
        long end = 0;
        int largest = 1;
        for (BtfType.Member member : type.members()) {
            int alignment = alignment(id, member.type(), nesting + 1);
            largest = Math.max(largest, alignment);
            long from = type.kind() == BtfKind.UNION ? 0 : end;
            long natural = place(member, from, alignment, false);
            long offset = member.bitOffset();
            // What is filled up to its offset must still be where the compiler would put it then.
            if (offset < natural || place(member, offset, alignment, false) != offset) {
                return false;
            }
            end = Math.max(end, offset + bits(member));
        }
        return type.size() * 8 >= end && type.size() % largest == 0;
    }

    /**
     * {@return where a compiler puts a member, in bits}
     *
     * @param member the member
     * @param end where the one before ends, in bits
     * @param isPacked whether its struct is packed
     */
    long place(BtfType.Member member, long end, boolean isPacked) {
        return place(member, end, isPacked ? 1 : alignment(0, member.type(), 0), isPacked);
    }

    private long place(BtfType.Member member, long end, int alignment, boolean isPacked) {
        if (member.bitSize() == 0) {
            return roundUp(end, 8L * alignment);
        }
        long unit = 8 * btf.size(member.type());
        // A bitfield does not lie across the bounds of numbers of its type.
        return isPacked || unit == 0 || end % unit + member.bitSize() <= unit
                ? end
                : roundUp(end, unit);
    }

    /** {@return how many bits a member takes} */
    long bits(BtfType.Member member) {
        return member.bitSize() != 0 ? member.bitSize() : 8 * btf.size(member.type());
    }

    /**
     * Appends what fills space, a line each: unnamed bitfields, or for much of it an array.
     *
     * @param text what to append to
     * @param id the struct or union, which makes the names of arrays different
     * @param from where it begins, in bits
     * @param to where it ends
     * @param indent what each line begins with
     */
    static void fill(StringBuilder text, int id, long from, long to, String indent) {
        long at = from;
        while (at < to) {
            Filler filler = filler(at, to);
            long end = Math.min(to, roundUp(at + 1, filler.bits()));
            String line = filler.name() + " : " + (end - at);
            if (at % 8 == 0 && to - at > MOST_LINES * 64) {
                end = to / 64 * 64;
                line = "char gap_" + id + "_" + at / 8 + "[" + (end - at) / 8 + "]";
            }
            text.append(indent).append(line).append(";\n");
            at = end;
        }
    }

    /**
     * {@return the longest number whose next bound is not behind the end, else the shortest one}
     */
    private static Filler filler(long at, long to) {
        for (Filler filler : FILLERS) {
            if (roundUp(at + 1, filler.bits()) <= to) {
                return filler;
            }
        }
        return FILLERS.getLast();
    }

    /**
     * {@return the size that a compiler gives a struct or union, in bits}
     *
     * @param id its id
     * @param end where its last member ends
     */
    long natural(int id, long end) {
        return roundUp(end, 8L * alignment(id, id, 0));
    }

    private int alignment(int root, int id, int nesting) {
        if (nesting > MAX_NESTING) {
            throw btf.malformed(root, 2, "it nests more than " + MAX_NESTING + " types");
        }
        int at = btf.skipModifiersAndTypedefs(id);
        for (int depth = 0; btf.kind(at) == BtfKind.ARRAY; depth++) {
            if (depth > Btf.MAX_DEPTH) {
                throw btf.malformed(root, 2, "it has arrays of more than " + depth + " dimensions");
            }
            at = btf.skipModifiersAndTypedefs(((BtfType.Array) btf.type(at)).elementType());
        }
        return switch (btf.kind(at)) {
            case INT, ENUM, ENUM64, FLOAT -> Math.clamp(btf.size(at), 1, 16);
            case POINTER -> btf.pointerSize();
            case STRUCT, UNION -> ofComposite(at, nesting);
            default -> 1;
        };
    }

    private int ofComposite(int id, int nesting) {
        Integer known = alignments.get(id);
        if (known == null) {
            known = 1;
            if (!isPacked(id, nesting)) {
                for (BtfType.Member member : ((BtfType.Composite) btf.type(id)).members()) {
                    known = Math.max(known, alignment(id, member.type(), nesting + 1));
                }
            }
            alignments.put(id, known);
        }
        return known;
    }

    private static long roundUp(long number, long multiple) {
        return (number + multiple - 1) / multiple * multiple;
    }
}
