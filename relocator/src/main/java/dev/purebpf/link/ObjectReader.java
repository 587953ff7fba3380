package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt;
import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;

import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads an object file: finds its sections by name and type and gives each to who knows it. */
final class ObjectReader {
    /** {@code char license[64]}, zero-terminated, in the kernel's interface. */
    private static final int MAX_LICENSE = 63;

    private final ElfFile elf;
    private Section btfSection;
    private Section btfExtSection;
    private Section mapsSection;
    private Section textSection;
    private Section arenaSection;
    private Section jumpTableSection;
    private final List<Section> codeSections = new ArrayList<>();
    private final List<Section> dataSections = new ArrayList<>();
    private final List<Section> structOpsSections = new ArrayList<>();
    private final List<Section> relocationSections = new ArrayList<>();
    private String license = "";
    private Optional<Integer> kernelVersion = Optional.empty();

    ObjectReader(ElfFile elf) {
        this.elf = elf;
    }

    ObjectFile read() {
        requireBpfObject();
        for (Section section : elf.sections()) {
            sort(section);
        }

        List<Symbol> externSymbols = ExternReader.symbols(elf);
        Btf btf =
                readBtf(
                        mapsSection != null
                                || !externSymbols.isEmpty()
                                || !structOpsSections.isEmpty());
        BtfExt ext = btf == null ? null : readBtfExt(btf);

        var functions = new FunctionReader(elf, textSection, codeSections);
        List<ExternDefinition> externs = ExternReader.read(elf, btf, externSymbols);
        if (btf != null) {
            btf = HiddenSymbols.makeStatic(btf, functions.drafts(), textSection);
            btf = ExternTypes.define(btf, externs);
        }

        String name = objectName(elf.name());
        var maps = new ArrayList<MapDefinition>();
        if (mapsSection != null) {
            maps.addAll(new MapReader(elf, btf, mapsSection, functions.drafts()).read());
            ArenaGlobals.place(elf, btf, arenaSection, maps);
        }
        maps.addAll(GlobalData.read(elf, btf, dataSections, name));
        GlobalData.settings(btf, externs, name).ifPresent(maps::add);
        for (Section section : structOpsSections) {
            maps.addAll(new StructOpsReader(elf, btf, functions).read(section));
        }

        if (ext != null) {
            functions.attach(ext);
        }
        int jumpTables = jumpTableSection == null ? -1 : jumpTableSection.index();
        var references = new ReferenceReader(elf, textSection, jumpTables, maps, functions);
        for (Section section : relocationSections) {
            references.read(section);
        }
        return new ObjectFile(
                name,
                elf.byteOrder(),
                license,
                kernelVersion,
                Optional.ofNullable(btf),
                Optional.ofNullable(ext),
                functions.programs(),
                functions.subprograms(),
                maps,
                externs,
                jumpTableSection == null
                        ? JumpTables.none()
                        : JumpTables.read(jumpTableSection.reader()));
    }

    private void requireBpfObject() {
        if (!elf.is64()) {
            throw malformed("is not a BPF object: it is a 32-bit ELF file");
        }
        if (elf.type() != ElfFile.RELOCATABLE
                || elf.machine() != 0 && elf.machine() != ElfFile.MACHINE_BPF) {
            throw malformed(
                    "is not a BPF object (ELF type "
                            + elf.type()
                            + ", machine "
                            + elf.machine()
                            + "); compile with clang -target bpf -c");
        }
        long tables =
                elf.sections().stream().filter(section -> section.type() == Section.SYMTAB).count();
        if (tables != 1) {
            throw malformed("has " + tables + " symbol tables instead of one; was it stripped?");
        }
    }

    /** Sorts a section by its name and type. Those that mean nothing here are passed over. */
    private void sort(Section section) {
        String name = section.name();
        if (isIgnored(section)) {
            return;
        }
        switch (name) {
            case "license" -> license = text(section);
            case "version" -> kernelVersion = Optional.of(version(section));
            case "maps" ->
                    throw new MalformedObjectException(
                            elf.name(),
                            name,
                            -1,
                            "holds map definitions in the form of before libbpf 1.0, which is no"
                                    + " longer supported; declare maps in SEC(\".maps\")");
            case ".maps" -> mapsSection = section;
            case ".BTF" -> btfSection = requireProgbits(section);
            case ".BTF.ext" -> btfExtSection = requireProgbits(section);
            default -> sortByType(section);
        }
    }

    private void sortByType(Section section) {
        String name = section.name();
        switch (section.type()) {
            case Section.PROGBITS -> {
                if (section.size() == 0) {
                    return;
                }
                if (section.has(Section.EXECINSTR)) {
                    codeSections.add(section);
                    if (name.equals(".text")) {
                        textSection = section;
                    }
                } else if (GlobalData.isData(name) || GlobalData.isReadOnly(name)) {
                    dataSections.add(section);
                } else if (StructOpsReader.isStructOps(name)) {
                    structOpsSections.add(section);
                } else if (name.equals(ArenaGlobals.SECTION)) {
                    arenaSection = section;
                } else if (name.equals(JumpTable.NAME)) {
                    jumpTableSection = section;
                }
            }
            case Section.NOBITS -> {
                if (GlobalData.isZeroed(name) && section.size() > 0) {
                    dataSections.add(section);
                }
            }
            case Section.REL -> {
                if (section.entrySize() != 16) {
                    throw new MalformedObjectException(
                            elf.name(),
                            name,
                            -1,
                            "has entries of " + section.entrySize() + " bytes instead of 16");
                }
                Section target = elf.section(section.info());
                if (target.has(Section.EXECINSTR)) {
                    relocationSections.add(section);
                }
            }
            default -> {}
        }
    }

    private static boolean isIgnored(Section section) {
        String name = section.name();
        return section.type() == Section.NULL
                || section.type() == Section.STRTAB
                || section.type() == Section.SYMTAB
                || section.type() == Section.LLVM_ADDRSIG
                || name.startsWith(".debug_")
                || name.startsWith(".rel.debug_")
                || name.equals(".rel.BTF")
                || name.equals(".rel.BTF.ext");
    }

    private Section requireProgbits(Section section) {
        if (section.type() != Section.PROGBITS) {
            throw new MalformedObjectException(
                    elf.name(),
                    section.name(),
                    -1,
                    "has type " + section.type() + " instead of SHT_PROGBITS");
        }
        return section;
    }

    private static String text(Section section) {
        byte[] bytes = section.bytes(0, Math.min(section.size(), MAX_LICENSE));
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private static int version(Section section) {
        ByteReader reader = section.reader();
        if (reader.length() != 4) {
            throw reader.malformed(
                    -1, "has " + reader.length() + " bytes instead of the 4 of a kernel version");
        }
        return reader.s32(0);
    }

    /**
     * {@return the object's types, or {@code null}} Types that cannot be read matter only if they
     * are needed; types that do not fit the object always do.
     */
    private Btf readBtf(boolean needed) {
        if (btfSection == null) {
            if (needed) {
                throw malformed(
                        "has no .BTF section, which maps and externs need; compile with -g");
            }
            return null;
        }
        Btf btf;
        try {
            btf = Btf.ofElf(elf).orElseThrow();
        } catch (MalformedObjectException e) {
            if (needed) {
                throw e;
            }
            warn("types are ignored: " + e.getMessage());
            return null;
        }
        return btf.withDataSections(elf);
    }

    private BtfExt readBtfExt(Btf btf) {
        if (btfExtSection == null) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = btfExtSection.bytes();
            BtfExt.checkStructure(elf.name(), bytes, btf);
        } catch (MalformedObjectException e) {
            warn("function, line and CO-RE records are ignored: " + e.getMessage());
            return null;
        }
        return BtfExt.parse(elf.name(), bytes, btf);
    }

    /** Asks for the logger only now: setting up logging takes longer than reading an object. */
    private static void warn(String message) {
        System.getLogger("dev.purebpf.link").log(Level.WARNING, message);
    }

    /** {@return the object's name by libbpf's rule: 15 characters of the file's, up to a dot} */
    static String objectName(String path) {
        String base = path.substring(path.lastIndexOf('/') + 1);
        byte[] bytes = base.getBytes(StandardCharsets.UTF_8);
        int end = 0;
        while (end < bytes.length && end < GlobalData.MAX_NAME && bytes[end] != '.') {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    private MalformedObjectException malformed(String problem) {
        return new MalformedObjectException(elf.name(), null, -1, problem);
    }
}
