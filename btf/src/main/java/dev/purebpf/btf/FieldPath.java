package dev.purebpf.btf;

import java.util.HashSet;
import java.util.Set;

/** Follows a path such as {@code a.b[2].c} from a struct to a field. */
final class FieldPath {
    private static final int MAX_PARTS = 64;

    // In bits: more than any type can have, and no sum of two of them overflows.
    private static final long MAX_OFFSET = 1L << 40;

    private final Btf btf;
    private final int root;
    private final String path;

    private int type;
    private long bitOffset;
    private long bitSize;
    private boolean bitfield;

    private FieldPath(Btf btf, int root, String path) {
        this.btf = btf;
        this.root = root;
        this.path = path;
    }

    /**
     * {@return the field}
     *
     * @param btf the types
     * @param id the id of the struct to begin with, checked
     * @param path the path
     */
    static Field find(Btf btf, int id, String path) {
        return new FieldPath(btf, id, path).find();
    }

    private Field find() {
        type = root;
        int at = 0;
        for (int parts = 0; at < path.length() || parts == 0; parts++) {
            if (parts == MAX_PARTS) {
                throw wrong(at, "it has more than " + MAX_PARTS + " parts");
            }
            if (bitfield) {
                throw wrong(at, "what comes before is a bitfield");
            }
            if (at < path.length() && path.charAt(at) == '[') {
                int end = path.indexOf(']', at);
                if (end < 0) {
                    throw wrong(at, "the bracket is not closed");
                }
                element(at, path.substring(at + 1, end));
                at = end + 1;
            } else {
                if (parts > 0) {
                    if (path.charAt(at) != '.') {
                        throw wrong(at, "a dot or a bracket should follow here");
                    }
                    at++;
                }
                int end = at;
                while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                    end++;
                }
                member(at, path.substring(at, end));
                at = end;
            }
        }
        return new Field(path, type, bitOffset, bitSize, bitfield);
    }

    private void element(int at, String index) {
        int array = btf.skipModifiersAndTypedefs(type);
        if (!(btf.type(array) instanceof BtfType.Array(int element, int _, long length))) {
            throw wrong(at, "what comes before is no array but " + describe(array));
        }
        long number;
        try {
            number = Long.parseLong(index);
        } catch (NumberFormatException e) {
            throw wrong(at, "'" + index + "' is no index");
        }
        // A flexible array has no elements of its own, and any number of them in memory.
        if (number < 0 || number > Integer.MAX_VALUE || length != 0 && number >= length) {
            throw wrong(at, "the array has only " + length + " elements");
        }
        type = element;
        long size = 8 * btf.size(element);
        if (number != 0 && size > MAX_OFFSET / number) {
            throw wrong(at, "it lies too far away");
        }
        advance(number * size);
        bitSize = size;
    }

    private void member(int at, String name) {
        int composite = btf.skipModifiersAndTypedefs(type);
        if (!(btf.type(composite) instanceof BtfType.Composite type)) {
            throw wrong(at, "what comes before is no struct but " + describe(composite));
        }
        if (name.isEmpty()) {
            throw wrong(at, "a name is missing here");
        }
        if (!search(type, name, 0, new HashSet<>(), 0)) {
            throw wrong(at, describe(composite) + " has no member '" + name + "'");
        }
    }

    /** Looks for a member, and as C does within anonymous members; each anonymous type once. */
    private boolean search(
            BtfType.Composite composite, String name, long base, Set<Integer> seen, int nesting) {
        if (nesting > Btf.MAX_DEPTH) {
            throw btf.malformed(root, 2, "it nests too many anonymous types");
        }
        for (BtfType.Member member : composite.members()) {
            long offset = base + member.bitOffset();
            if (member.name().equals(name)) {
                take(member, offset);
                return true;
            }
            if (member.name().isEmpty()) {
                int inner = btf.skipModifiersAndTypedefs(member.type());
                if (seen.add(inner)
                        && btf.type(inner) instanceof BtfType.Composite type
                        && search(type, name, offset, seen, nesting + 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void take(BtfType.Member member, long offset) {
        type = member.type();
        advance(offset);
        bitfield = member.bitSize() != 0;
        bitSize = member.bitSize();
        if (!bitfield) {
            int behind = btf.skipModifiersAndTypedefs(type);
            bitSize = 8 * btf.size(type);
            // Before kind_flag (Linux 4.20) the int type told where a bitfield lies.
            if (btf.type(behind) instanceof BtfType.Int number
                    && number.bits() != 0
                    && (number.bitOffset() != 0 || number.bits() != bitSize)) {
                bitfield = true;
                advance(number.bitOffset());
                bitSize = number.bits();
            }
        }
    }

    private void advance(long bits) {
        bitOffset += bits;
        if (bitOffset > MAX_OFFSET) {
            throw btf.malformed(root, 2, "path '" + path + "' lies too far away");
        }
    }

    private String describe(int id) {
        String name = btf.name(id);
        return btf.kind(id).toString().toLowerCase(java.util.Locale.ROOT).replace('_', ' ')
                + " "
                + (name.isEmpty() ? "without a name" : name);
    }

    private IllegalArgumentException wrong(int at, String problem) {
        return new IllegalArgumentException(
                describe(root) + ", path '" + path + "', character " + (at + 1) + ": " + problem);
    }
}
