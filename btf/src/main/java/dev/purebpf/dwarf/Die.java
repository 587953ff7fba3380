package dev.purebpf.dwarf;

import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An entry (debugging information entry, DWARF 5, section 2.1): something of the program, and what
 * is said of it. Its attributes are read when asked for; one that is absent, or of another form
 * than asked for, is empty. Immutable; as good as the {@link Dwarf} it is of.
 */
public final class Die {
    /** How often an entry may refer to another for what it does not say itself. */
    private static final int MOST_ORIGINS = 8;

    private final Unit unit;
    private final long offset;
    private final long attributes;
    private final Abbreviation abbreviation;

    Die(Unit unit, long offset, long attributes, Abbreviation abbreviation) {
        this.unit = unit;
        this.offset = offset;
        this.attributes = attributes;
        this.abbreviation = abbreviation;
    }

    /** {@return the unit it is in} */
    public Unit unit() {
        return unit;
    }

    /** {@return where in {@code .debug_info} it begins} */
    public long offset() {
        return offset;
    }

    /** {@return what it describes, a constant of {@link DwarfTag}} */
    public int tag() {
        return abbreviation.tag();
    }

    /**
     * {@return whether an attribute is there}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     */
    public boolean has(int attribute) {
        return indexOf(attribute) >= 0;
    }

    /**
     * {@return the text of an attribute}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public Optional<String> string(int attribute) {
        int index = indexOf(attribute);
        if (index < 0) {
            return Optional.empty();
        }
        Cursor cursor = at(index);
        Dwarf dwarf = unit.dwarf();
        int form = form(index, cursor);
        return switch (form) {
            case Form.STRING -> Optional.of(cursor.string());
            case Form.STRP -> text(dwarf.strings(), cursor.number(unit.offsetSize()));
            case Form.LINE_STRP -> text(dwarf.lineStrings(), cursor.number(unit.offsetSize()));
            case Form.STRX -> indexed(cursor.uleb());
            case Form.STRX1, Form.STRX2, Form.STRX3, Form.STRX4 ->
                    indexed(cursor.number(form - Form.STRX1 + 1));
            default -> Optional.empty();
        };
    }

    private static Optional<String> text(DebugSection section, long at) {
        return Optional.of(section.cursor(at).string());
    }

    private Optional<String> indexed(long index) {
        DebugSection offsets = unit.dwarf().stringOffsets();
        long base = base(DwarfAttribute.STR_OFFSETS_BASE, unit.offsetSize() == 8 ? 16 : 8);
        long at = base + index * unit.offsetSize();
        return text(unit.dwarf().strings(), offsets.cursor(at).number(unit.offsetSize()));
    }

    /** {@return where the unit's part of a section begins} */
    private long base(int attribute, long otherwise) {
        return unit.root().number(attribute).orElse(otherwise);
    }

    /**
     * {@return the number of an attribute; a shorter one without sign is extended by zeroes}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public OptionalLong number(int attribute) {
        int index = indexOf(attribute);
        if (index < 0) {
            return OptionalLong.empty();
        }
        Cursor cursor = at(index);
        return switch (form(index, cursor)) {
            case Form.DATA1, Form.FLAG -> OptionalLong.of(cursor.u8());
            case Form.DATA2 -> OptionalLong.of(cursor.u16());
            case Form.DATA4 -> OptionalLong.of(cursor.u32());
            case Form.DATA8 -> OptionalLong.of(cursor.s64());
            case Form.UDATA -> OptionalLong.of(cursor.uleb());
            case Form.SDATA -> OptionalLong.of(cursor.sleb());
            case Form.FLAG_PRESENT -> OptionalLong.of(1);
            case Form.IMPLICIT_CONST -> OptionalLong.of(constant(index));
            case Form.SEC_OFFSET -> OptionalLong.of(cursor.number(unit.offsetSize()));
            default -> OptionalLong.empty();
        };
    }

    private long constant(int index) {
        long[] constants = abbreviation.constants();
        return constants == null || index >= constants.length ? 0 : constants[index];
    }

    /**
     * {@return the address of an attribute}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public OptionalLong address(int attribute) {
        int index = indexOf(attribute);
        if (index < 0) {
            return OptionalLong.empty();
        }
        Cursor cursor = at(index);
        int form = form(index, cursor);
        return switch (form) {
            case Form.ADDR -> OptionalLong.of(cursor.number(unit.addressSize()));
            case Form.ADDRX -> OptionalLong.of(indexedAddress(cursor.uleb()));
            case Form.ADDRX1, Form.ADDRX2, Form.ADDRX3, Form.ADDRX4 ->
                    OptionalLong.of(indexedAddress(cursor.number(form - Form.ADDRX1 + 1)));
            default -> OptionalLong.empty();
        };
    }

    /** {@return an address of {@code .debug_addr}} */
    long indexedAddress(long index) {
        long base = unit.addressesBase().orElse(8);
        return unit.dwarf()
                .addresses()
                .cursor(base + index * unit.addressSize())
                .number(unit.addressSize());
    }

    /**
     * {@return the entry that an attribute refers to}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if there is none
     */
    public Optional<Die> reference(int attribute) {
        int index = indexOf(attribute);
        if (index < 0) {
            return Optional.empty();
        }
        long target = reference(attribute, index);
        return target < 0 ? Optional.empty() : Optional.of(unit.dwarf().die(target));
    }

    /** {@return where the entry is that an attribute refers to; −1 for one of another file} */
    long reference(int attribute, int index) {
        Cursor cursor = at(index);
        long within =
                switch (form(index, cursor)) {
                    case Form.REF1 -> cursor.u8();
                    case Form.REF2 -> cursor.u16();
                    case Form.REF4 -> cursor.u32();
                    case Form.REF8 -> cursor.s64();
                    case Form.REF_UDATA -> cursor.uleb();
                    case Form.REF_ADDR -> cursor.number(unit.referenceSize()) - unit.offset();
                    case Form.REF_SIG8 -> unit.dwarf().typeOf(cursor.s64()) - unit.offset();
                    default -> -1 - unit.offset();
                };
        return within + unit.offset();
    }

    /**
     * {@return the bytes of an attribute that is an expression or a block}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public Optional<byte[]> expression(int attribute) {
        int index = indexOf(attribute);
        if (index < 0) {
            return Optional.empty();
        }
        Cursor cursor = at(index);
        return switch (form(index, cursor)) {
            case Form.EXPRLOC, Form.BLOCK -> Optional.of(cursor.bytes(cursor.uleb()));
            case Form.BLOCK1 -> Optional.of(cursor.bytes(cursor.u8()));
            case Form.BLOCK2 -> Optional.of(cursor.bytes(cursor.u16()));
            case Form.BLOCK4 -> Optional.of(cursor.bytes(cursor.u32()));
            default -> Optional.empty();
        };
    }

    /** {@return its name, or that of the entry that it refers to for what it does not say} */
    public Optional<String> name() {
        return origin(DwarfAttribute.NAME).string(DwarfAttribute.NAME);
    }

    /** {@return its type, or that of the entry that it refers to; empty for {@code void}} */
    public Optional<Die> type() {
        return origin(DwarfAttribute.TYPE).reference(DwarfAttribute.TYPE);
    }

    /**
     * {@return the entry that has an attribute: this one, or that of which it is a copy, or that
     * which it completes; this one if none has}
     *
     * @param attribute a constant of {@link DwarfAttribute}
     * @throws dev.purebpf.error.MalformedObjectException if an entry refers to none
     */
    public Die origin(int attribute) {
        Die die = this;
        for (int i = 0; i < MOST_ORIGINS && !die.has(attribute); i++) {
            Optional<Die> next = die.reference(DwarfAttribute.ABSTRACT_ORIGIN);
            if (next.isEmpty()) {
                next = die.reference(DwarfAttribute.SPECIFICATION);
            }
            if (next.isEmpty()) {
                return this;
            }
            die = next.get();
        }
        return die;
    }

    /**
     * {@return the entries directly below it, in their order}
     *
     * @throws dev.purebpf.error.MalformedObjectException if one of them is damaged
     */
    public List<Die> children() {
        List<Die> children = new ArrayList<>();
        if (!abbreviation.hasChildren()) {
            return children;
        }
        DieCursor cursor = new DieCursor(unit, unit.cursor(offset), offset);
        cursor.next();
        boolean more = cursor.next();
        while (more && cursor.depth() > 0) {
            children.add(cursor.die());
            more = cursor.nextBeside();
        }
        return children;
    }

    /**
     * {@return the addresses of its code; none if it has none}
     *
     * @throws dev.purebpf.error.MalformedObjectException if they are damaged
     */
    public List<AddressRange> ranges() {
        return ranges(new RangeLists(unit.dwarf()));
    }

    /** {@return the same, one of many whose lists together are bounded} */
    List<AddressRange> ranges(RangeLists lists) {
        if (has(DwarfAttribute.RANGES)) {
            AddressLists list = new AddressLists(this);
            List<AddressRange> result =
                    list.ranges(
                            number(DwarfAttribute.RANGES),
                            listIndex(DwarfAttribute.RANGES, Form.RNGLISTX));
            lists.spend(list.bytes(), this);
            return result;
        }
        OptionalLong low = address(DwarfAttribute.LOW_PC);
        if (low.isEmpty() || !has(DwarfAttribute.HIGH_PC)) {
            return List.of();
        }
        OptionalLong length = number(DwarfAttribute.HIGH_PC);
        long start = low.getAsLong();
        long end =
                length.isPresent()
                        ? start + length.getAsLong()
                        : address(DwarfAttribute.HIGH_PC).orElse(start);
        return List.of(new AddressRange(start, end));
    }

    /** {@return which of the unit's lists an attribute that is there names, if it does so} */
    private OptionalLong listIndex(int attribute, int wanted) {
        int index = indexOf(attribute);
        Cursor cursor = at(index);
        return form(index, cursor) == wanted
                ? OptionalLong.of(cursor.uleb())
                : OptionalLong.empty();
    }

    /**
     * {@return where it is when the program runs, in each part of the code; none if it is nowhere}
     *
     * @throws dev.purebpf.error.MalformedObjectException if that is damaged
     */
    public List<Location> locations() {
        if (!has(DwarfAttribute.LOCATION)) {
            return List.of();
        }
        Optional<byte[]> always = expression(DwarfAttribute.LOCATION);
        if (always.isPresent()) {
            return List.of(new Location(null, always.get()));
        }
        return new AddressLists(this)
                .locations(
                        number(DwarfAttribute.LOCATION),
                        listIndex(DwarfAttribute.LOCATION, Form.LOCLISTX));
    }

    /** {@return where the offsets of the unit's lists begin in their section} */
    long listBase(int attribute) {
        // Without the attribute, the lists begin behind the header of the section's first part.
        return base(attribute, unit.offsetSize() == 8 ? 20 : 12);
    }

    /**
     * {@return an exception that blames this entry}
     *
     * @param problem what is wrong with it
     */
    public MalformedObjectException malformed(String problem) {
        return unit.dwarf().info().malformed(offset, problem);
    }

    private int indexOf(int attribute) {
        int[] names = abbreviation.attributes();
        for (int i = 0; i < names.length; i++) {
            if (names[i] == attribute) {
                return i;
            }
        }
        return -1;
    }

    private Cursor at(int index) {
        Cursor cursor = unit.cursor(attributes);
        for (int i = 0; i < index; i++) {
            Form.skip(abbreviation.forms()[i], cursor, unit);
        }
        return cursor;
    }

    private int form(int index, Cursor cursor) {
        int form = abbreviation.forms()[index];
        while (form == Form.INDIRECT) {
            form = (int) cursor.uleb();
        }
        return form;
    }

    @Override
    public String toString() {
        return "Die[at 0x"
                + Long.toHexString(offset)
                + ", tag 0x"
                + Integer.toHexString(tag())
                + "]";
    }
}
