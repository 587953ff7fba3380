package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.insn.InstructionReader;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the functions of an object: what symbols of type {@code STT_FUNC} cover. */
final class FunctionReader {
    /**
     * How often functions may overlap, on average. Aliases do; a hostile file could make thousands
     * of functions of the same bytes.
     */
    private static final int MAX_OVERLAP = 4;

    private final ElfFile elf;
    private final Section text;
    private final List<FunctionDraft> drafts = new ArrayList<>();

    FunctionReader(ElfFile elf, Section text, List<Section> sections) {
        this.elf = elf;
        this.text = text;
        var readers = new HashMap<Integer, ByteReader>();
        long budget = 0;
        for (Section section : sections) {
            readers.put(section.index(), section.reader());
            budget += section.size() * MAX_OVERLAP;
        }
        for (Symbol symbol : elf.symbols().ofType(Symbol.FUNCTION)) {
            ByteReader code = readers.get(symbol.sectionIndex());
            if (code != null) {
                budget -= symbol.size();
                if (budget < 0) {
                    throw code.malformed(-1, "too many functions share the same bytes");
                }
                drafts.add(read(symbol, code));
            }
        }
        drafts.sort(
                Comparator.comparingInt((FunctionDraft draft) -> draft.sectionIndex)
                        .thenComparingInt(draft -> draft.start));
    }

    private FunctionDraft read(Symbol symbol, ByteReader code) {
        long offset = symbol.value();
        long size = symbol.size();
        int slot = InstructionReader.SLOT_SIZE;
        if (size == 0 || size % slot != 0 || offset % slot != 0) {
            throw code.malformed(
                    offset,
                    "function "
                            + symbol.name()
                            + " has "
                            + size
                            + " bytes there, which are not whole instructions");
        }
        if (symbol.binding() == Symbol.LOCAL && !isText(symbol.sectionIndex())) {
            throw code.malformed(
                    offset,
                    "function "
                            + symbol.name()
                            + " is static, but only subprograms in .text can be; remove static, or"
                            + " its SEC()");
        }
        return new FunctionDraft(
                symbol,
                (int) (offset / slot),
                (int) (size / slot),
                InstructionReader.read(code.slice(offset, size)));
    }

    private boolean isText(int sectionIndex) {
        return text != null && text.index() == sectionIndex;
    }

    /** {@return all functions, by ascending section and offset} */
    List<FunctionDraft> drafts() {
        return drafts;
    }

    /**
     * {@return the function that a slot of a section belongs to, or {@code null}} Code that belongs
     * to none is left over from weak functions that a linker replaced.
     */
    FunctionDraft find(int sectionIndex, long slot) {
        int low = 0;
        int high = drafts.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            FunctionDraft draft = drafts.get(middle);
            if (draft.sectionIndex < sectionIndex
                    || draft.sectionIndex == sectionIndex && draft.start <= slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == 0) {
            return null;
        }
        FunctionDraft draft = drafts.get(low - 1);
        return draft.sectionIndex == sectionIndex && draft.contains(slot) ? draft : null;
    }

    /** Gives instructions the records of {@code .BTF.ext} that belong to them. */
    void attach(BtfExt ext) {
        Map<String, Integer> sections = new HashMap<>();
        for (Section section : elf.sections()) {
            sections.putIfAbsent(section.name(), section.index());
        }
        for (BtfExt.FunctionInfo info : ext.functions()) {
            FunctionDraft draft = find(sections, info.section(), info.offset());
            if (draft != null) {
                draft.function(slot(info.offset()), info);
            }
        }
        for (BtfExt.LineInfo info : ext.lines()) {
            FunctionDraft draft = find(sections, info.section(), info.offset());
            if (draft != null) {
                draft.line(slot(info.offset()), info);
            }
        }
        for (BtfExt.CoreRelocation relocation : ext.relocations()) {
            FunctionDraft draft = find(sections, relocation.section(), relocation.offset());
            if (draft == null) {
                continue;
            }
            if (relocation.offset() % InstructionReader.SLOT_SIZE != 0
                    || !draft.relocate(slot(relocation.offset()), relocation)) {
                throw new MalformedObjectException(
                        elf.name(),
                        relocation.section(),
                        relocation.offset(),
                        "a CO-RE relocation points here, where no instruction begins");
            }
        }
    }

    private FunctionDraft find(Map<String, Integer> sections, String section, long offset) {
        Integer index = sections.get(section);
        return index == null ? null : find(index, offset / InstructionReader.SLOT_SIZE);
    }

    private static int slot(long offset) {
        return (int) (offset / InstructionReader.SLOT_SIZE);
    }

    /** {@return the entry programs: functions outside of {@code .text}} */
    List<ProgramDefinition> programs() {
        return drafts.stream()
                .filter(draft -> !isText(draft.sectionIndex))
                .map(this::program)
                .toList();
    }

    /** {@return the subprograms: functions in {@code .text}} */
    List<ProgramDefinition> subprograms() {
        return drafts.stream()
                .filter(draft -> isText(draft.sectionIndex))
                .map(this::program)
                .toList();
    }

    private ProgramDefinition program(FunctionDraft draft) {
        String section = elf.section(draft.sectionIndex).name();
        boolean autoload = !section.startsWith("?");
        if (!autoload) {
            section = section.substring(1);
        }
        boolean subprogram = isText(draft.sectionIndex);
        return new ProgramDefinition(
                draft.symbol.name(),
                section,
                subprogram ? Optional.empty() : SectionDefinition.find(section),
                autoload,
                draft.sectionIndex,
                draft.start,
                draft.finish());
    }
}
