package dev.purebpf.btf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes BTF: new types, or a changed copy of existing ones.
 *
 * <pre>{@code
 * var builder = BtfBuilder.create();
 * int u32 = builder.add(new BtfType.Int("unsigned int", 4, 0, 0, 32));
 * builder.add(new BtfType.Struct("pair", 8, List.of(
 *         new BtfType.Member("first", u32, 0, 0),
 *         new BtfType.Member("second", u32, 32, 0)), false));
 * Btf btf = builder.build("pairs", ByteOrder.LITTLE_ENDIAN);
 * }</pre>
 *
 * <p>Not safe to share between threads.
 */
public final class BtfBuilder {
    private final Btf base;
    private final Btf original;
    private final int firstId;
    private final int firstString;
    private final List<int[]> records = new ArrayList<>();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private byte[] layout = {};

    // Where each string is. Made when the first string is asked for: a copy that only changes
    // numbers needs none.
    private Map<String, Integer> offsets;

    private BtfBuilder(Btf base, Btf original) {
        this.base = base;
        this.original = original;
        firstId = base == null ? 1 : base.typeCount();
        firstString = base == null ? 0 : base.firstString() + base.header().stringsLength();
    }

    /** {@return a builder without any types} */
    public static BtfBuilder create() {
        var builder = new BtfBuilder(null, null);
        builder.strings.write(0);
        return builder;
    }

    /**
     * {@return a builder of split BTF}
     *
     * @param base the types that it continues
     */
    public static BtfBuilder split(Btf base) {
        return new BtfBuilder(Objects.requireNonNull(base), null);
    }

    /**
     * {@return a builder that begins with a copy of all types and strings; ids and string offsets
     * stay the same}
     *
     * @param btf what to copy; if it is split, so is the result, over the same base
     */
    public static BtfBuilder copyOf(Btf btf) {
        var builder = new BtfBuilder(btf.base().orElse(null), btf);
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            builder.records.add(btf.record(id));
        }
        BtfHeader header = btf.header();
        builder.strings.writeBytes(btf.part(header.stringsOffset(), header.stringsLength()));
        builder.layout = btf.part(header.layoutOffset(), header.layoutLength());
        return builder;
    }

    /** {@return the id that the next added type gets} */
    public int nextId() {
        return firstId + records.size();
    }

    /**
     * Appends a type. It may refer to ids that are added later.
     *
     * @param type the type
     * @return its id
     * @throws IllegalArgumentException if it cannot be written: {@link BtfType.Void}, or a number
     *     that does not fit its field
     */
    public int add(BtfType type) {
        int id = nextId();
        records.add(new BtfEncoder(this::string).encode(type));
        return id;
    }

    /**
     * Replaces a type.
     *
     * @param id its id, not of the base
     * @param type the new type
     * @throws IllegalArgumentException as {@link #add}
     * @throws IndexOutOfBoundsException if there is no such id, or it is the base's
     */
    public void set(int id, BtfType type) {
        Objects.checkIndex(id - firstId, records.size());
        records.set(id - firstId, new BtfEncoder(this::string).encode(type));
    }

    /** {@return the raw record of a type, to be changed in place} */
    int[] record(int id) {
        return records.get(id - firstId);
    }

    void removeLayout() {
        layout = new byte[0];
    }

    /**
     * Adds a string, or finds it.
     *
     * @param text the string, without a zero character
     * @return its offset in the string section
     * @throws IllegalArgumentException if it has a zero character, or there are more than 2³¹ bytes
     *     of strings
     */
    public int string(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        if (offsets == null) {
            offsets = new HashMap<>();
            Btf before = original != null ? original : base;
            if (before != null) {
                before.forEachString(offsets::putIfAbsent);
            }
        }
        Integer known = offsets.get(text);
        if (known != null) {
            return known;
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a string of BTF cannot hold a zero character");
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (firstString + (long) strings.size() + bytes.length >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException("there are too many strings for BTF");
        }
        int offset = firstString + strings.size();
        strings.writeBytes(bytes);
        strings.write(0);
        offsets.put(text, offset);
        return offset;
    }

    /**
     * {@return the bytes of a {@code .BTF} section}
     *
     * @param order the byte order
     * @throws IllegalArgumentException if they would be 2³¹ bytes or more
     */
    public byte[] toBytes(ByteOrder order) {
        int header = layout.length == 0 ? BtfHeader.LENGTH : BtfHeader.LENGTH_WITH_LAYOUT;
        long types = 0;
        for (int[] record : records) {
            types += 4L * record.length;
        }
        long size = header + layout.length + types + strings.size();
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("the types have " + size + " bytes, too many");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size).order(order);
        bytes.putShort((short) BtfHeader.MAGIC).put((byte) BtfHeader.VERSION).put((byte) 0);
        bytes.putInt(header).putInt(0).putInt((int) types);
        bytes.putInt((int) types + layout.length).putInt(strings.size());
        if (layout.length != 0) {
            bytes.putInt((int) types).putInt(layout.length);
        }
        for (int[] record : records) {
            for (int word : record) {
                bytes.putInt(word);
            }
        }
        return bytes.put(layout).put(strings.toByteArray()).array();
    }

    /**
     * {@return the types, ready for use}
     *
     * @param origin a name for messages
     * @param order the byte order
     * @throws dev.purebpf.error.MalformedObjectException if the byte order is not that of the base
     */
    public Btf build(String origin, ByteOrder order) {
        byte[] bytes = toBytes(order);
        return base == null ? Btf.parse(origin, bytes) : Btf.parseSplit(origin, bytes, base);
    }
}
