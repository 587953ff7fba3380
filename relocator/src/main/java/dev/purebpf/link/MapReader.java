package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Relocation;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.MapDefinition.Origin;
import dev.purebpf.link.MapDefinition.Pinning;
import dev.purebpf.link.MapDefinition.Slot;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the maps that an object declares in section {@code .maps}.
 *
 * <p>A declaration is a struct that is never used as one. Its members carry numbers and types in
 * their own types: {@code __uint(max_entries, 16)} is a pointer to an array of 16, {@code
 * __type(key, u32)} a pointer to the key's type.
 */
final class MapReader {
    private static final String SECTION = ".maps";
    private static final int POINTER_SIZE = 8;

    private final ElfFile elf;
    private final Btf btf;
    private final Section section;
    private final List<FunctionDraft> functions;

    // The same few types stand behind all declarations; a hostile file could have one of a million
    // members stand behind a million of them.
    private final Map<Integer, BtfType> decoded = new HashMap<>();

    MapReader(ElfFile elf, Btf btf, Section section, List<FunctionDraft> functions) {
        this.elf = elf;
        this.btf = btf;
        this.section = section;
        this.functions = functions;
    }

    /** A declaration, with what is needed to place initial values. */
    private record Declaration(
            MapDefinition.Builder map,
            BtfType.SectionEntry entry,
            BtfType.Struct struct,
            Map<Integer, String> slots) {}

    List<MapDefinition> read() {
        int id = btf.find(SECTION, BtfKind.DATA_SECTION);
        if (id < 0) {
            throw malformed(-1, "is not described by the object's types; compile with -g");
        }
        var declarations = new ArrayList<Declaration>();
        for (BtfType.SectionEntry entry : ((BtfType.DataSection) btf.type(id)).entries()) {
            declarations.add(declaration(entry));
        }
        readSlots(new SlotReader(declarations));
        return declarations.stream().map(MapReader::finish).toList();
    }

    private static MapDefinition finish(Declaration declaration) {
        declaration.map.slots =
                declaration.slots.entrySet().stream()
                        .map(slot -> new Slot(slot.getKey(), slot.getValue()))
                        .toList();
        return declaration.map.build();
    }

    private Declaration declaration(BtfType.SectionEntry entry) {
        if (entry.type() >= btf.typeCount()
                || !(type(entry.type()) instanceof BtfType.Variable variable)
                || variable.name().isEmpty()) {
            throw malformed(entry.offset(), "holds something else than a variable with a name");
        }
        String name = variable.name();
        if (entry.offset() + entry.size() > section.size()) {
            throw problem(name, entry, "reaches past the end of the section");
        }
        if (variable.linkage() != Linkage.GLOBAL) {
            throw problem(name, entry, "must be global, neither static nor extern");
        }
        if (!(resolve(variable.type()) instanceof BtfType.Struct struct)) {
            throw problem(name, entry, "is not declared as a struct");
        }
        if (struct.size() > entry.size()) {
            throw problem(name, entry, "is smaller than the struct that declares it");
        }
        MapDefinition.Builder map = definition(name, entry, struct, false);
        map.sectionIndex = section.index();
        map.sectionOffset = entry.offset();
        return new Declaration(map, entry, struct, new TreeMap<>());
    }

    private MapDefinition.Builder definition(
            String name, BtfType.SectionEntry entry, BtfType.Struct struct, boolean inner) {
        String kernelName = name.substring(0, Math.min(name.length(), GlobalData.MAX_NAME));
        var map = new MapDefinition.Builder(name, kernelName, Origin.DECLARED);
        int left = struct.members().size();
        var seen = new HashSet<String>();
        for (BtfType.Member member : struct.members()) {
            left--;
            if (!seen.add(member.name())) {
                throw problem(name, entry, "has two members \"" + member.name() + "\"");
            }
            switch (member.name()) {
                case "type" -> map.typeNumber = (int) number(name, entry, member);
                case "max_entries" -> map.maxEntries = number(name, entry, member);
                case "map_flags" -> map.flags = (int) number(name, entry, member);
                case "numa_node" -> map.numaNode = number(name, entry, member);
                case "map_extra" -> map.mapExtra = longNumber(name, entry, member);
                case "key_size" -> setKeySize(name, entry, map, number(name, entry, member));
                case "value_size" -> setValueSize(name, entry, map, number(name, entry, member));
                case "key" -> {
                    map.keyType = pointedTo(name, entry, member);
                    setKeySize(name, entry, map, btf.size(map.keyType));
                }
                case "value" -> {
                    map.valueType = pointedTo(name, entry, member);
                    setValueSize(name, entry, map, btf.size(map.valueType));
                }
                case "values" -> {
                    if (inner) {
                        throw problem(name, entry, "is a map of maps within a map of maps");
                    }
                    if (left > 0) {
                        throw problem(name, entry, "has members after \"values\"");
                    }
                    readValues(name, entry, map, member);
                }
                case "pinning" -> {
                    if (inner) {
                        throw problem(name, entry, "cannot be pinned: it is an inner map");
                    }
                    long pinning = number(name, entry, member);
                    if (pinning >= Pinning.values().length) {
                        throw problem(name, entry, "has the unknown pinning " + pinning);
                    }
                    map.pinning = Pinning.values()[(int) pinning];
                }
                default ->
                        throw problem(
                                name, entry, "has the unknown member \"" + member.name() + "\"");
            }
        }
        if (map.typeNumber == 0) {
            throw problem(name, entry, "has no type; add __uint(type, BPF_MAP_TYPE_…)");
        }
        return map;
    }

    private void setKeySize(
            String name, BtfType.SectionEntry entry, MapDefinition.Builder map, long size) {
        if (map.keySize != 0 && map.keySize != size) {
            throw problem(name, entry, "states keys of " + map.keySize + " and " + size + " bytes");
        }
        map.keySize = size;
    }

    private void setValueSize(
            String name, BtfType.SectionEntry entry, MapDefinition.Builder map, long size) {
        if (map.valueSize != 0 && map.valueSize != size) {
            throw problem(
                    name, entry, "states values of " + map.valueSize + " and " + size + " bytes");
        }
        map.valueSize = size;
    }

    private void readValues(
            String name,
            BtfType.SectionEntry entry,
            MapDefinition.Builder map,
            BtfType.Member member) {
        boolean programs = map.typeNumber == MapType.PROG_ARRAY.number();
        if (!programs && !isMapOfMaps(map.typeNumber)) {
            throw problem(
                    name,
                    entry,
                    "has \"values\", which only maps of maps and program arrays can; \"type\" must"
                            + " come before");
        }
        setValueSize(name, entry, map, 4);
        if (!(type(checked(name, entry, member.type())) instanceof BtfType.Array array)
                || array.length() != 0
                || !(resolve(array.elementType()) instanceof BtfType.Pointer pointer)) {
            throw problem(name, entry, "has \"values\" that are not an array of pointers");
        }
        BtfType element = resolve(pointer.type());
        if (programs) {
            if (!(element instanceof BtfType.FunctionPrototype)) {
                throw problem(name, entry, "has \"values\" that are not pointers to functions");
            }
            return;
        }
        if (!(element instanceof BtfType.Struct struct)) {
            throw problem(name, entry, "has \"values\" that are not pointers to map declarations");
        }
        map.inner = definition(name + ".inner", entry, struct, true).build();
    }

    private static boolean isMapOfMaps(int type) {
        return type == MapType.ARRAY_OF_MAPS.number() || type == MapType.HASH_OF_MAPS.number();
    }

    /** {@return what {@code __uint} says: the length of the array that the member points to} */
    private long number(String name, BtfType.SectionEntry entry, BtfType.Member member) {
        if (resolve(member.type()) instanceof BtfType.Pointer pointer
                && type(checked(name, entry, pointer.type())) instanceof BtfType.Array array) {
            return array.length();
        }
        throw problem(
                name,
                entry,
                "has a member \"" + member.name() + "\" that is no number; write it with __uint");
    }

    /** {@return what {@code __uint} or {@code __ulong} says; the latter is an enumerator} */
    private long longNumber(String name, BtfType.SectionEntry entry, BtfType.Member member) {
        if (resolve(member.type()) instanceof BtfType.Enumeration enumeration) {
            if (enumeration.enumerators().size() == 1) {
                return enumeration.enumerators().getFirst().value();
            }
            throw problem(name, entry, "has a \"" + member.name() + "\" of several values");
        }
        return number(name, entry, member);
    }

    private int pointedTo(String name, BtfType.SectionEntry entry, BtfType.Member member) {
        if (type(checked(name, entry, member.type())) instanceof BtfType.Pointer pointer) {
            return checked(name, entry, pointer.type());
        }
        throw problem(
                name,
                entry,
                "has a member \"" + member.name() + "\" that is no pointer; write it with __type");
    }

    /** Puts the symbols that initial values name into their slots. */
    private void readSlots(SlotReader slots) {
        for (Section relocations : elf.sections()) {
            if (relocations.type() == Section.REL && relocations.info() == section.index()) {
                for (Relocation relocation : elf.relocations(relocations)) {
                    slots.read(relocation);
                }
            }
        }
    }

    /** An entry program, as a symbol refers to it. */
    private record EntryProgram(String name, int section, long offset) {
        // What Java makes for a record at its first use takes a twentieth of a command's start.
        @Override
        public boolean equals(Object other) {
            return other instanceof EntryProgram program
                    && name.equals(program.name)
                    && section == program.section
                    && offset == program.offset;
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Long.hashCode(offset);
        }
    }

    /** Finds for each initial value the slot that it belongs into and what it refers to. */
    private final class SlotReader {
        final TreeMap<Long, Declaration> byOffset = new TreeMap<>();
        final Set<String> names = new HashSet<>();
        final Set<EntryProgram> programs = new HashSet<>();

        SlotReader(List<Declaration> declarations) {
            for (Declaration declaration : declarations) {
                byOffset.putIfAbsent(declaration.entry.offset(), declaration);
                names.add(declaration.map.name);
            }
            for (FunctionDraft function : functions) {
                if (!elf.section(function.sectionIndex).name().equals(".text")) {
                    programs.add(entryProgram(function.symbol));
                }
            }
        }

        static EntryProgram entryProgram(Symbol symbol) {
            return new EntryProgram(symbol.name(), symbol.sectionIndex(), symbol.value());
        }

        void read(Relocation relocation) {
            long offset = relocation.offset();
            Map.Entry<Long, Declaration> before = byOffset.floorEntry(offset);
            if (before == null
                    || offset + POINTER_SIZE > before.getKey() + before.getValue().entry.size()) {
                throw malformed(offset, "an initial value is set here, outside of any map");
            }
            Declaration declaration = before.getValue();
            String name = declaration.map.name;
            Symbol symbol = elf.symbol(relocation.symbolIndex());
            List<BtfType.Member> members = declaration.struct.members();
            if (members.isEmpty() || !members.getLast().name().equals("values")) {
                throw problem(
                        name, declaration.entry, "has initial values, but no member \"values\"");
            }
            long within = offset - before.getKey() - members.getLast().bitOffset() / 8;
            if (within < 0 || within % POINTER_SIZE != 0) {
                throw malformed(
                        offset, "map " + name + ": an initial value is set between two slots");
            }
            if (declaration.map.typeNumber == MapType.PROG_ARRAY.number()) {
                requireEntryProgram(declaration, symbol);
            } else {
                requireMap(declaration, symbol);
            }
            declaration.slots.put((int) (within / POINTER_SIZE), symbol.name());
        }

        private void requireMap(Declaration declaration, Symbol symbol) {
            String name = declaration.map.name;
            if (symbol.sectionIndex() != section.index() || !names.contains(symbol.name())) {
                throw problem(
                        name,
                        declaration.entry,
                        "has the initial value " + symbol.name() + ", which is no declared map");
            }
            if (declaration.map.typeNumber == MapType.HASH_OF_MAPS.number()
                    && declaration.map.keySize != 4) {
                throw problem(
                        name, declaration.entry, "has initial values, but keys not of 4 bytes");
            }
        }

        private void requireEntryProgram(Declaration declaration, Symbol symbol) {
            if (!programs.contains(entryProgram(symbol))) {
                throw problem(
                        declaration.map.name,
                        declaration.entry,
                        "has the initial value " + symbol.name() + ", which is no entry program");
            }
        }
    }

    private BtfType resolve(int id) {
        if (id < 0 || id >= btf.typeCount()) {
            throw malformed(-1, "refers to type " + id + ", which the object does not have");
        }
        return type(btf.skipModifiersAndTypedefs(id));
    }

    private BtfType type(int id) {
        BtfType type = decoded.get(id);
        if (type == null) {
            type = btf.type(id);
            decoded.put(id, type);
        }
        return type;
    }

    private int checked(String name, BtfType.SectionEntry entry, int id) {
        if (id < 0 || id >= btf.typeCount()) {
            throw problem(name, entry, "refers to type " + id + ", which the object does not have");
        }
        return id;
    }

    private MalformedObjectException problem(
            String map, BtfType.SectionEntry entry, String problem) {
        return malformed(entry.offset(), "map " + map + ' ' + problem);
    }

    private MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(elf.name(), SECTION, offset, problem);
    }
}
