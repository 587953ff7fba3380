package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.codec.Codec;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.DataVariable;
import dev.purebpf.link.ExternDefinition;
import dev.purebpf.link.KernelConfig;
import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.RequestedRelocation;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * A compiled BPF object, open and editable: the first of the three states.
 *
 * <p>Opening is pure: no privileges, no system calls beyond reading the file, which is closed
 * again; so there is nothing to close here. An object may be loaded more than once, each time as it
 * is then. Not safe to share between threads.
 */
public final class BpfObject {
    private final ObjectFile file;
    private final Map<String, ProgramSpec> programs = new LinkedHashMap<>();
    private final Map<String, MapSpec> maps = new LinkedHashMap<>();

    /** The contents of sections in which variables have been set. */
    private final Map<String, byte[]> images = new LinkedHashMap<>();

    private KernelConfig kernelConfig = KernelConfig.empty();

    private BpfObject(ObjectFile file) {
        this.file = file;
        for (ProgramDefinition program : file.programs()) {
            programs.put(program.name(), new ProgramSpec(program));
        }
        for (MapDefinition map : file.maps()) {
            maps.put(map.name(), new MapSpec(map));
        }
    }

    /**
     * Opens an object file.
     *
     * @param path what {@code clang -target bpf} wrote
     * @return the object
     * @throws IOException if the file cannot be read
     * @throws MalformedObjectException if it is not a BPF object, or damaged
     */
    public static BpfObject open(Path path) throws IOException {
        try (ElfFile elf = ElfFile.open(path)) {
            return new BpfObject(ObjectFile.parse(elf));
        }
    }

    /**
     * Opens an object that is in memory, such as a resource of the program.
     *
     * @param name a file name for messages; what precedes its first dot names the kernel's maps of
     *     global variables: {@code syscalls.bpf.o}
     * @param bytes the content of the file; not to be written any more
     * @return the object
     * @throws MalformedObjectException if it is not a BPF object, or damaged
     */
    public static BpfObject open(String name, byte[] bytes) {
        try (ElfFile elf = ElfFile.of(name, bytes)) {
            return new BpfObject(ObjectFile.parse(elf));
        }
    }

    /**
     * Opens an object that comes as a stream, which is read to its end and not closed.
     *
     * @param name a file name, as for {@link #open(String, byte[])}
     * @param stream the content of the file
     * @return the object
     * @throws IOException if the stream cannot be read
     * @throws MalformedObjectException if it is not a BPF object, or damaged
     */
    public static BpfObject open(String name, InputStream stream) throws IOException {
        return open(name, stream.readAllBytes());
    }

    /** {@return the object's name: the file's up to its first dot} */
    public String name() {
        return file.name();
    }

    /** {@return the object as it is in the file, without any changes made here} */
    public ObjectFile file() {
        return file;
    }

    /** {@return the entry programs, in the order of the file} */
    public List<ProgramSpec> programs() {
        return List.copyOf(programs.values());
    }

    /**
     * {@return a program, to look at or to change}
     *
     * @param program the name of its C function
     * @throws NoSuchElementException if there is none of that name
     */
    public ProgramSpec program(String program) {
        return ByName.find(programs, name(), "program", program);
    }

    /** {@return the maps, those of global variables included, in the order of the file} */
    public List<MapSpec> maps() {
        return List.copyOf(maps.values());
    }

    /**
     * {@return a map, to look at or to change}
     *
     * @param map its name as in C, or the section's for global variables: {@code .bss}
     * @throws NoSuchElementException if there is none of that name
     */
    public MapSpec map(String map) {
        return ByName.find(maps, name(), "map", map);
    }

    /** {@return the names of the global variables that {@link #set} can set} */
    public List<String> variables() {
        return file.maps().stream()
                .filter(map -> map.origin() != MapDefinition.Origin.KERNEL_CONFIG)
                .flatMap(map -> map.variables().stream())
                .map(DataVariable::name)
                .toList();
    }

    /** {@return what the kernel is to supply: its settings, variables and functions} */
    public List<ExternDefinition> externs() {
        return file.externs();
    }

    /**
     * {@return what the programs ask of the kernel's types, in the order of functions and
     * instructions} What a kernel answers, {@link dev.purebpf.link.LinkedProgram#relocations()}
     * tells.
     */
    public List<RequestedRelocation> relocations() {
        return file.relocations();
    }

    /**
     * Sets the value that a global variable begins with. For a {@code const volatile} one this is
     * the only time; the verifier takes it for a constant and drops the code that it makes
     * unreachable.
     *
     * @param variable the variable's name in C
     * @param value a number that fits, a {@code Boolean}, an enum constant, a {@code String} for an
     *     array of {@code char}, an array, a record for a struct, or {@code byte[]} for anything
     * @return this
     * @throws NoSuchElementException if there is no such variable; perhaps the compiler dropped it
     *     because nothing uses it
     * @throws IllegalArgumentException if the value does not fit the variable's type
     */
    public BpfObject set(String variable, Object value) {
        return write(variable, (type, memory, at) -> type.set(value, memory, at));
    }

    /**
     * Sets the value that a global variable begins with, by a codec of one's own.
     *
     * @param <T> the Java type
     * @param variable the variable's name in C
     * @param codec writes it
     * @param value the value
     * @return this
     * @throws NoSuchElementException if there is no such variable
     * @throws IllegalArgumentException if the variable is not byte for byte what the codec writes
     */
    public <T> BpfObject set(String variable, Codec<T> codec, T value) {
        return write(variable, (type, memory, at) -> type.set(codec, value, memory, at));
    }

    private BpfObject write(String variable, Writing writing) {
        for (MapDefinition map : file.maps()) {
            if (map.origin() == MapDefinition.Origin.KERNEL_CONFIG) {
                continue;
            }
            for (DataVariable candidate : map.variables()) {
                if (candidate.name().equals(variable)) {
                    set(map, candidate, writing);
                    return this;
                }
            }
        }
        throw new NoSuchElementException(
                name()
                        + " has no global variable "
                        + variable
                        + " (unused ones are dropped by the compiler)"
                        + ByName.instead("variable", variable, variables()));
    }

    /**
     * Sets options of the kernel's configuration, for the programs of this object, whatever the
     * kernel's own configuration says about them.
     *
     * @param options one a line, as in the configuration of a kernel: {@code CONFIG_HZ=250}
     * @return this
     * @throws MalformedObjectException if a line sets no value
     */
    public BpfObject kernelConfig(String options) {
        kernelConfig = KernelConfig.of(options);
        return this;
    }

    /** What users have set of the kernel's configuration. */
    KernelConfig kernelConfig() {
        return kernelConfig;
    }

    private void set(MapDefinition map, DataVariable variable, Writing writing) {
        requireNativeOrder();
        byte[] image = images.computeIfAbsent(map.name(), _ -> contents(map));
        long end = Math.addExact(variable.offset(), variable.size());
        if (end > image.length) {
            throw new MalformedObjectException(
                    name(),
                    map.name(),
                    variable.offset(),
                    "variable " + variable.name() + " lies outside");
        }
        writing.write(
                new VariableType(variable, file.btf().orElse(null)),
                MemorySegment.ofArray(image),
                variable.offset());
    }

    /** Writes a variable into its section. */
    private interface Writing {
        void write(VariableType type, MemorySegment section, long offset);
    }

    /** A section of zeroes takes no room in the file, and may claim any size. */
    private byte[] contents(MapDefinition map) {
        long most = Runtime.getRuntime().maxMemory() / 4;
        if (map.valueSize() > most) {
            throw new MalformedObjectException(
                    name(),
                    map.name(),
                    -1,
                    "has "
                            + map.valueSize()
                            + " bytes, too many to set a variable in before loading with a heap of "
                            + 4 * most
                            + ": set it after loading, or give Java more by -Xmx");
        }
        return map.data();
    }

    /**
     * Loads the object into the kernel of this machine.
     *
     * @return the loaded object, which has to be closed
     * @throws dev.purebpf.error.BpfException as {@link #load(LoadOptions)}
     */
    public LoadedObject load() {
        return load(LoadOptions.defaults());
    }

    /**
     * Loads the object: fits its programs to the kernel's types, creates the maps, has the programs
     * verified. When any step fails, all that was done before is undone.
     *
     * @param options how
     * @return the loaded object, which has to be closed
     * @throws dev.purebpf.error.RelocationException if a program does not fit the kernel
     * @throws dev.purebpf.error.VerifierException if the verifier refuses a program
     * @throws dev.purebpf.error.KernelException if the kernel refuses anything else
     * @throws dev.purebpf.error.UnsupportedFeatureException if the kernel lacks what the object
     *     cannot do without
     * @throws MalformedObjectException if the object is damaged, or was compiled for the other byte
     *     order
     */
    public LoadedObject load(LoadOptions options) {
        requireNativeOrder();
        return new ObjectLoading(this, options).run();
    }

    private void requireNativeOrder() {
        if (file.byteOrder() != ByteOrder.nativeOrder()) {
            throw new MalformedObjectException(
                    name(),
                    null,
                    -1,
                    "compiled for "
                            + (file.byteOrder() == ByteOrder.BIG_ENDIAN ? "big" : "little")
                            + "-endian machines, this is not one: compile it with -target bpf");
        }
    }

    /** The initial content of a map of global variables; {@code null} when it is all zero. */
    byte[] image(MapDefinition map) {
        byte[] image = images.get(map.name());
        if (image != null) {
            return image.clone();
        }
        return map.origin() == MapDefinition.Origin.ZEROED_DATA ? null : map.data();
    }

    /** The object's types, if it has any. */
    Btf btf() {
        return file.btf().orElse(null);
    }

    @Override
    public String toString() {
        return "BpfObject["
                + name()
                + ", programs "
                + programs.keySet()
                + ", maps "
                + maps.keySet()
                + "]";
    }
}
