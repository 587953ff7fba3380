package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.event.PerfBuffer;
import dev.purebpf.event.RingBuffer;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.MapType;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * An object in the kernel: the second of the three states. Owns the file descriptors of its
 * programs and maps, and the memory in which its global variables live, until it is closed.
 *
 * <p>May be used by any thread. What uses it after it has been closed gets an {@link
 * IllegalStateException}; links and event buffers made from it live on until they are closed
 * themselves. Close it when no other thread is in the midst of a call on one of its maps or
 * programs: such a call holds a descriptor whose number the process may give away again.
 */
public final class LoadedObject implements AutoCloseable {
    private static final int PERF_PAGES = 64;

    private final BpfObject object;
    private final Kernel kernel;
    private final Arena arena;
    private final Resources resources;
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private final Map<String, BpfMap> maps = new LinkedHashMap<>();
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    LoadedObject(BpfObject object, Kernel kernel, Arena arena, Resources resources) {
        this.object = object;
        this.kernel = kernel;
        this.arena = arena;
        this.resources = resources;
    }

    void add(Program program) {
        programs.put(program.name(), program);
    }

    void add(BpfMap map) {
        maps.put(map.name(), map);
    }

    void add(Variable variable) {
        variables.putIfAbsent(variable.name(), variable);
    }

    /** {@return the object's name: the file's up to its first dot} */
    public String name() {
        return object.name();
    }

    /** {@return the kernel that it is loaded into} */
    public Kernel kernel() {
        return kernel;
    }

    /** {@return the loaded programs, in the order of the file} */
    public List<Program> programs() {
        return List.copyOf(programs.values());
    }

    /**
     * {@return a program}
     *
     * @param program the name of its C function
     * @throws NoSuchElementException if there is none of that name, or it was not loaded
     */
    public Program program(String program) {
        return ByName.find(programs, name(), "loaded program", program);
    }

    /** {@return the maps, those of global variables included, in the order of the file} */
    public List<BpfMap> maps() {
        return List.copyOf(maps.values());
    }

    /**
     * {@return a map}
     *
     * @param map its name as in C, or the section's for global variables: {@code .bss}
     * @throws NoSuchElementException if there is none of that name, or it was not created
     */
    public BpfMap map(String map) {
        return ByName.find(maps, name(), "loaded map", map);
    }

    /** {@return the global variables, in the order of the file} */
    public List<Variable> variables() {
        return List.copyOf(variables.values());
    }

    /**
     * {@return a global variable, live}
     *
     * @param variable its name in C
     * @throws NoSuchElementException if there is none of that name; perhaps the compiler dropped it
     *     because nothing uses it
     */
    public Variable variable(String variable) {
        return ByName.find(variables, name(), "loaded variable", variable);
    }

    /**
     * Opens a ring buffer for reading, its records as Java records.
     *
     * <p>The record is held against the C struct of the same name in the object's BTF ({@code
     * Syscall} or {@code SyscallEvent} against {@code struct syscall} or {@code struct
     * syscall_event}) and refused if it is not byte for byte the same. Compilers leave a struct out
     * that no map, variable or function mentions: the record is then laid out as C would lay it
     * out. Records of another length are refused when they come.
     *
     * @param <T> the record
     * @param map the name of a ring buffer map
     * @param record the record; a component for each field
     * @param consumer takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no ring buffer, or the record is not the C
     *     struct
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public <T extends Record> EventBuffer ringBuffer(
            String map, Class<T> record, Consumer<? super T> consumer) {
        return ringBuffer(map, codec(record), consumer);
    }

    /**
     * Opens a ring buffer for reading, its records as Java objects by a codec of one's own.
     *
     * @param <T> the Java type
     * @param map the name of a ring buffer map
     * @param codec reads a record, all of it
     * @param consumer takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no ring buffer
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public <T> EventBuffer ringBuffer(String map, Codec<T> codec, Consumer<? super T> consumer) {
        return ringBuffer(map, decoding(map, codec, false, consumer));
    }

    /**
     * Opens a ring buffer for reading, its records as bytes, which allocates nothing.
     *
     * @param map the name of a ring buffer map
     * @param handler takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no ring buffer
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public EventBuffer ringBuffer(String map, EventHandler handler) {
        BpfMap found = requireType(map, MapType.RINGBUF);
        return RingBuffer.open(kernel, found.fd(), found.maxEntries(), found.name(), handler);
    }

    /**
     * Opens a perf event array for reading, its records as Java records. As {@link
     * #ringBuffer(String, Class, Consumer)}, except that the kernel pads records at their end.
     *
     * @param <T> the record
     * @param map the name of a perf event array
     * @param record the record; a component for each field
     * @param consumer takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no perf event array, or the record is not the
     *     C struct
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public <T extends Record> EventBuffer perfBuffer(
            String map, Class<T> record, Consumer<? super T> consumer) {
        return perfBuffer(map, codec(record), consumer);
    }

    /**
     * Opens a perf event array for reading, its records as Java objects by a codec of one's own.
     *
     * @param <T> the Java type
     * @param map the name of a perf event array
     * @param codec reads a record; the padding that the kernel puts at its end is not shown to it
     * @param consumer takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no perf event array
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public <T> EventBuffer perfBuffer(String map, Codec<T> codec, Consumer<? super T> consumer) {
        return perfBuffer(map, PERF_PAGES, decoding(map, codec, true, consumer));
    }

    /**
     * Opens a perf event array for reading, its records as bytes, which allocates nothing.
     *
     * @param map the name of a perf event array
     * @param pages how many pages of memory each CPU gets, a power of two
     * @param handler takes the records, in the thread that polls
     * @return the reader, which has to be closed
     * @throws NoSuchElementException if there is no such map
     * @throws IllegalArgumentException if the map is no perf event array
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public EventBuffer perfBuffer(String map, int pages, EventHandler handler) {
        BpfMap found = requireType(map, MapType.PERF_EVENT_ARRAY);
        return PerfBuffer.open(
                kernel, found.fd(), (int) found.maxEntries(), pages, found.name(), handler);
    }

    /**
     * {@return the codec between a C struct of this object and a record}
     *
     * @param <T> the record
     * @param struct the struct's tag or a typedef's name, without {@code struct}
     * @param record the record; a component for each field
     * @throws NoSuchElementException if the object's BTF has no such struct
     * @throws IllegalArgumentException if the record is not byte for byte the C struct
     */
    public <T extends Record> Codec<T> codec(String struct, Class<T> record) {
        Btf btf = object.btf();
        CType type = btf == null ? null : StructNames.find(btf, struct);
        if (type == null) {
            throw new NoSuchElementException(
                    name()
                            + " has no BTF of struct "
                            + struct
                            + ": compilers leave out what no map, global variable or function"
                            + " mentions");
        }
        return Codec.of(type, record);
    }

    private <T extends Record> Codec<T> codec(Class<T> record) {
        Btf btf = object.btf();
        CType type = btf == null ? null : StructNames.findFor(btf, record);
        return type == null ? Codec.of(record) : Codec.of(type, record);
    }

    private static <T> EventHandler decoding(
            String map, Codec<T> codec, boolean padded, Consumer<? super T> consumer) {
        int size = codec.size();
        // A perf sample has a 4-byte length before it, and both together fill 8-byte words.
        int longest = padded ? (size + 4 + 7) / 8 * 8 - 4 : size;
        return (data, offset, length) -> {
            if (length < size || length > longest) {
                throw new IllegalStateException(
                        "a record of "
                                + length
                                + " bytes came out of map "
                                + map
                                + ", but "
                                + codec
                                + " has "
                                + size
                                + ": read it by a handler, or by the record that the program"
                                + " sends");
            }
            consumer.accept(codec.decode(data, offset));
        };
    }

    private BpfMap requireType(String name, MapType wanted) {
        BpfMap map = map(name);
        if (map.type().orElse(null) != wanted) {
            throw new IllegalArgumentException(map + " is no " + wanted);
        }
        return map;
    }

    /**
     * Closes programs and maps and unmaps the global variables, once. Links, event buffers and pins
     * keep what they need, with one exception that the kernel makes: a program array is emptied
     * when nobody has it open or pinned any more, so that tail calls of a program that stays
     * attached then fail.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                resources.close();
            } finally {
                arena.close();
            }
        }
    }

    @Override
    public String toString() {
        return "LoadedObject["
                + name()
                + ", programs "
                + programs.keySet()
                + ", maps "
                + maps.keySet()
                + "]";
    }
}
