package dev.purebpf.link;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Relocation;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads what instructions refer to: the relocations of code sections. */
final class ReferenceReader {
    private final ElfFile elf;
    private final Section text;
    private final int jumpTables;
    private final FunctionReader functions;
    private final Map<Long, MapDefinition> declaredMaps = new HashMap<>();
    private final Map<Integer, MapDefinition> dataMaps = new HashMap<>();

    /**
     * Prepares.
     *
     * @param text the section of subprograms, or {@code null}
     * @param jumpTables the index of the section of jump tables, −1 for none
     */
    ReferenceReader(
            ElfFile elf,
            Section text,
            int jumpTables,
            List<MapDefinition> maps,
            FunctionReader functions) {
        this.elf = elf;
        this.text = text;
        this.jumpTables = jumpTables;
        this.functions = functions;
        for (MapDefinition map : maps) {
            if (map.globalsSectionIndex() >= 0) {
                dataMaps.putIfAbsent(map.globalsSectionIndex(), map);
            }
            if (map.origin() == MapDefinition.Origin.DECLARED) {
                declaredMaps.putIfAbsent(map.sectionOffset(), map);
            }
        }
    }

    void read(Section relocations) {
        Section code = elf.section(relocations.info());
        for (Relocation relocation : elf.relocations(relocations)) {
            long offset = relocation.offset();
            if (offset % InstructionReader.SLOT_SIZE != 0 || offset < 0 || offset >= code.size()) {
                throw new MalformedObjectException(
                        elf.name(),
                        code.name(),
                        offset,
                        "a relocation points here, where no instruction begins");
            }
            int slot = (int) (offset / InstructionReader.SLOT_SIZE);
            FunctionDraft function = functions.find(code.index(), slot);
            if (function != null) {
                Symbol symbol = elf.symbol(relocation.symbolIndex());
                function.refer(slot, reference(function, slot, symbol));
            }
        }
    }

    private Reference reference(FunctionDraft function, int slot, Symbol symbol) {
        Instruction instruction = function.at(slot);
        String name = name(symbol);
        if (instruction == null || !instruction.isCall() && !instruction.isWide()) {
            throw problem(
                    function,
                    slot,
                    name,
                    "only calls and ld_imm64 can refer to something, this instruction cannot");
        }
        if (ExternReader.isExtern(symbol)) {
            return instruction.isCall()
                    ? new Reference.ExternCall(name)
                    : new Reference.ExternVariable(name);
        }
        boolean inText = text != null && symbol.sectionIndex() == text.index();
        if (instruction.isCall()) {
            return call(function, slot, symbol, name, instruction, inText);
        }
        if (symbol.sectionIndex() == Symbol.UNDEFINED
                || symbol.sectionIndex() >= elf.sections().size()) {
            throw problem(
                    function,
                    slot,
                    name,
                    "it is in no section; was a global variable not given a value?");
        }
        if (inText && isSubprogram(symbol)) {
            return address(function, slot, symbol, name, instruction);
        }
        String section = elf.section(symbol.sectionIndex()).name();
        MapDefinition data = dataMaps.get(symbol.sectionIndex());
        if (data != null) {
            // The compiler leaves what is to be added to the symbol in the constant.
            return new Reference.MapValue(
                    data.name(), (int) (instruction.immediate() + symbol.value()));
        }
        if (GlobalData.isGlobalData(section)) {
            throw problem(function, slot, name, "it is in section " + section + ", which is empty");
        }
        if (symbol.sectionIndex() == jumpTables) {
            return new Reference.JumpTable(symbol.value(), symbol.size());
        }
        MapDefinition map = declaredMaps.get(symbol.value());
        if (map == null || map.sectionIndex() != symbol.sectionIndex()) {
            throw problem(
                    function,
                    slot,
                    name,
                    "byte "
                            + symbol.value()
                            + " of section "
                            + section
                            + " is neither a map nor a global variable");
        }
        return new Reference.Map(map.name());
    }

    private Reference call(
            FunctionDraft function,
            int slot,
            Symbol symbol,
            String name,
            Instruction instruction,
            boolean inText) {
        if (instruction.source() != Opcode.PSEUDO_CALL) {
            throw problem(function, slot, name, "the call is not marked as one of a subprogram");
        }
        if (!inText) {
            throw problem(
                    function, slot, name, "only functions in .text can be called, not this one");
        }
        if (symbol.value() % InstructionReader.SLOT_SIZE != 0) {
            throw problem(function, slot, name, "it does not begin at an instruction");
        }
        // A static function is called by its section's symbol, and the constant says which.
        long target = symbol.value() / InstructionReader.SLOT_SIZE + instruction.immediate() + 1;
        return new Reference.Call(subprogram(name, target), slot(target));
    }

    private Reference address(
            FunctionDraft function, int slot, Symbol symbol, String name, Instruction instruction) {
        long offset = symbol.value() + (int) instruction.immediate();
        if (symbol.value() % InstructionReader.SLOT_SIZE != 0
                || instruction.immediate() % InstructionReader.SLOT_SIZE != 0) {
            throw problem(function, slot, name, "it does not begin at an instruction");
        }
        long target = offset / InstructionReader.SLOT_SIZE;
        return new Reference.FunctionAddress(subprogram(name, target), slot(target));
    }

    /** {@return the name of the function at a slot, or the symbol's where none is} */
    private String subprogram(String name, long target) {
        FunctionDraft found = functions.find(text.index(), target);
        return found == null ? name : found.symbol.name();
    }

    /** Where no function is, the program that calls it is refused, not the whole object. */
    private static int slot(long target) {
        return target >= 0 && target < Integer.MAX_VALUE ? (int) target : Integer.MAX_VALUE;
    }

    private static boolean isSubprogram(Symbol symbol) {
        return symbol.binding() == Symbol.LOCAL
                ? symbol.type() == Symbol.SECTION
                : symbol.type() == Symbol.FUNCTION;
    }

    private String name(Symbol symbol) {
        boolean nameless =
                symbol.name().isEmpty()
                        && symbol.sectionIndex() > 0
                        && symbol.sectionIndex() < elf.sections().size();
        return nameless ? elf.section(symbol.sectionIndex()).name() : symbol.name();
    }

    private MalformedObjectException problem(
            FunctionDraft function, int slot, String name, String problem) {
        String source = function.sourceLine(slot);
        return new MalformedObjectException(
                elf.name(),
                elf.section(function.sectionIndex).name(),
                (long) slot * InstructionReader.SLOT_SIZE,
                "function "
                        + function.symbol.name()
                        + (source == null ? "" : " (" + source + ")")
                        + " refers to "
                        + name
                        + ": "
                        + problem);
    }
}
