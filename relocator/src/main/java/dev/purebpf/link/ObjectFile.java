package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt;
import dev.purebpf.elf.ElfFile;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A BPF object file, understood: its programs, maps, global variables and types.
 *
 * <p>A pure function of the file's bytes. Immutable, safe to share between threads, and independent
 * of the {@link ElfFile} that it was read from, which may be closed.
 */
public final class ObjectFile {
    private final String name;
    private final ByteOrder byteOrder;
    private final String license;
    private final Optional<Integer> kernelVersion;
    private final Optional<Btf> btf;
    private final Optional<BtfExt> btfExt;
    private final List<ProgramDefinition> programs;
    private final List<ProgramDefinition> subprograms;
    private final List<MapDefinition> maps;
    private final List<ExternDefinition> externs;
    private final JumpTables jumpTables;

    ObjectFile(
            String name,
            ByteOrder byteOrder,
            String license,
            Optional<Integer> kernelVersion,
            Optional<Btf> btf,
            Optional<BtfExt> btfExt,
            List<ProgramDefinition> programs,
            List<ProgramDefinition> subprograms,
            List<MapDefinition> maps,
            List<ExternDefinition> externs,
            JumpTables jumpTables) {
        this.name = name;
        this.byteOrder = byteOrder;
        this.license = license;
        this.kernelVersion = kernelVersion;
        this.btf = btf;
        this.btfExt = btfExt;
        this.programs = List.copyOf(programs);
        this.subprograms = List.copyOf(subprograms);
        this.maps = List.copyOf(maps);
        this.externs = List.copyOf(externs);
        this.jumpTables = jumpTables;
    }

    /**
     * Reads a BPF object file. Its name, for the names of maps of global data in the kernel, is the
     * file's name up to the first dot.
     *
     * @param elf the file, not needed any more afterwards
     * @return what is in it
     * @throws dev.purebpf.error.MalformedObjectException if it is not a BPF object, or damaged, or
     *     refers to something that cannot be referred to
     */
    public static ObjectFile parse(ElfFile elf) {
        return new ObjectReader(elf).read();
    }

    /**
     * {@return the object's name: the file's, without directories and what follows its first dot}
     */
    public String name() {
        return name;
    }

    /** {@return the byte order that it was compiled for} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return the license in section {@code license}; empty when there is none} */
    public String license() {
        return license;
    }

    /** {@return the kernel version in section {@code version}, if there is one} */
    public Optional<Integer> kernelVersion() {
        return kernelVersion;
    }

    /**
     * {@return its types as a kernel is given them: data sections completed from the ELF file,
     * externs replaced by variables}
     */
    public Optional<Btf> btf() {
        return btf;
    }

    /** {@return what is known about its instructions; also empty when it is damaged} */
    public Optional<BtfExt> btfExt() {
        return btfExt;
    }

    /** {@return the entry programs, in the order of sections and offsets} */
    public List<ProgramDefinition> programs() {
        return programs;
    }

    /** {@return the functions in {@code .text} that programs may call, by ascending offset} */
    public List<ProgramDefinition> subprograms() {
        return subprograms;
    }

    /**
     * {@return the maps: those declared first, then those of global data by section, that of the
     * kernel's settings, and those of struct_ops}
     */
    public List<MapDefinition> maps() {
        return maps;
    }

    /**
     * {@return what the kernel is to supply: first settings by their place in map {@code .kconfig},
     * then variables and functions by name}
     */
    public List<ExternDefinition> externs() {
        return externs;
    }

    /** Where indirect jumps lead. */
    JumpTables jumpTables() {
        return jumpTables;
    }

    /** {@return whether any of its functions is to be fitted to the kernel's types} */
    public boolean hasCoreRelocations() {
        return btfExt.isPresent() && !btfExt.get().relocations().isEmpty();
    }

    /**
     * {@return what programs and subprograms ask of the kernel's types, in the order of functions
     * and instructions; put together anew by each call}
     */
    public List<RequestedRelocation> relocations() {
        return Stream.concat(programs.stream(), subprograms.stream())
                .flatMap(function -> RequestedRelocation.of(function, btf.orElse(null)).stream())
                .toList();
    }

    /**
     * {@return the entry program of a name}
     *
     * @param program the name
     */
    public Optional<ProgramDefinition> program(String program) {
        return programs.stream().filter(p -> p.name().equals(program)).findFirst();
    }

    /**
     * {@return the map of a name}
     *
     * @param map the name as users see it
     */
    public Optional<MapDefinition> map(String map) {
        return maps.stream().filter(m -> m.name().equals(map)).findFirst();
    }
}
