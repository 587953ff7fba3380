package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Relocation;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.link.MapDefinition.Origin;
import dev.purebpf.link.MapDefinition.Slot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the tables of operations that an object implements for the kernel: variables in sections
 * {@code .struct_ops} and {@code .struct_ops.link}, each a struct of the kernel, whose pointers to
 * functions are programs of the object.
 */
final class StructOpsReader {
    private static final String LINKED = ".struct_ops.link";

    private final ElfFile elf;
    private final Btf btf;
    private final FunctionReader functions;

    StructOpsReader(ElfFile elf, Btf btf, FunctionReader functions) {
        this.elf = elf;
        this.btf = btf;
        this.functions = functions;
    }

    /**
     * {@return whether a section holds such tables; a {@code '?'} says not to create their maps}
     */
    static boolean isStructOps(String section) {
        String name = section.startsWith("?") ? section.substring(1) : section;
        return name.equals(".struct_ops") || name.equals(LINKED);
    }

    List<MapDefinition> read(Section section) {
        int id = btf.find(section.name(), BtfKind.DATA_SECTION);
        if (id < 0) {
            throw malformed(section, -1, "is not described by the object's types; compile with -g");
        }
        var maps = new ArrayList<MapDefinition>();
        for (BtfType.SectionEntry entry : ((BtfType.DataSection) btf.type(id)).entries()) {
            maps.add(map(section, entry));
        }
        return maps;
    }

    private MapDefinition map(Section section, BtfType.SectionEntry entry) {
        long offset = entry.offset();
        if (!(btf.type(entry.type()) instanceof BtfType.Variable variable)) {
            throw malformed(section, offset, "holds something else than a variable");
        }
        int type = btf.skipModifiersAndTypedefs(variable.type());
        if (!(btf.type(type) instanceof BtfType.Struct struct) || struct.name().isEmpty()) {
            throw malformed(section, offset, variable.name() + " is not a struct that has a name");
        }
        if (offset + struct.size() > section.size()) {
            throw malformed(
                    section, offset, variable.name() + " reaches past the end of the section");
        }
        String name = variable.name();
        String kernelName = name.substring(0, Math.min(name.length(), GlobalData.MAX_NAME));
        var map = new MapDefinition.Builder(name, kernelName, Origin.STRUCT_OPS);
        boolean optional = section.name().startsWith("?");
        map.autocreate = !optional;
        map.sectionIndex = section.index();
        map.sectionOffset = offset;
        map.typeNumber = MapType.STRUCT_OPS.number();
        map.keySize = Integer.BYTES;
        map.valueSize = struct.size();
        map.maxEntries = 1;
        map.flags = section.name().endsWith(LINKED) ? MapDefinition.LINKED : 0;
        map.valueType = type;
        map.data = section.bytes(offset, struct.size());
        map.slots = slots(section, offset, struct);
        return map.build();
    }

    /** {@return the members that are to point to programs, with the programs' names} */
    private List<Slot> slots(Section section, long start, BtfType.Struct struct) {
        Map<Integer, String> slots = new TreeMap<>();
        for (Section relocations : elf.sections()) {
            if (relocations.type() != Section.REL || relocations.info() != section.index()) {
                continue;
            }
            for (Relocation relocation : elf.relocations(relocations)) {
                long within = relocation.offset() - start;
                if (within >= 0 && within < struct.size()) {
                    int member = member(section, relocation.offset(), within, struct);
                    Symbol symbol = elf.symbol(relocation.symbolIndex());
                    slots.put(member, program(section, relocation.offset(), symbol));
                }
            }
        }
        return slots.entrySet().stream()
                .map(slot -> new Slot(slot.getKey(), slot.getValue()))
                .toList();
    }

    private int member(Section section, long offset, long within, BtfType.Struct struct) {
        List<BtfType.Member> members = struct.members();
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).bitOffset() == within * 8) {
                if (isFunctionPointer(members.get(i).type())) {
                    return i;
                }
                break;
            }
        }
        throw malformed(section, offset, "what is set here is no pointer to a function");
    }

    private boolean isFunctionPointer(int type) {
        return btf.type(btf.skipModifiersAndTypedefs(type)) instanceof BtfType.Pointer pointer
                && btf.kind(btf.skipModifiersAndTypedefs(pointer.type()))
                        == BtfKind.FUNCTION_PROTOTYPE;
    }

    private String program(Section section, long offset, Symbol symbol) {
        FunctionDraft program =
                functions.find(symbol.sectionIndex(), symbol.value() / InstructionReader.SLOT_SIZE);
        if (program == null
                || SectionDefinition.find(
                                elf.section(program.sectionIndex).name().replaceFirst("^\\?", ""))
                        .filter(found -> found.programType() == ProgramType.STRUCT_OPS)
                        .isEmpty()) {
            throw malformed(
                    section,
                    offset,
                    "the member that is set here is "
                            + symbol.name()
                            + ", which is no program in SEC(\"struct_ops\")");
        }
        return program.symbol.name();
    }

    private MalformedObjectException malformed(Section section, long offset, String problem) {
        return new MalformedObjectException(elf.name(), section.name(), offset, problem);
    }
}
