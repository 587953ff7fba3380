package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.ToLongFunction;

/**
 * A kernel in memory that does what it is told: by default every call succeeds, maps hold what is
 * put into them, and every descriptor and mapping is tracked, so that {@link #close} fails the test
 * if something was left open or closed twice.
 *
 * <pre>{@code
 * try (var kernel = new FakeKernel().failing(3, Errno.ENOMEM)) {
 *     assertThrows(KernelException.class, () -> object.load(kernel));
 * }                                        // and nothing is left behind
 * }</pre>
 *
 * <p>Calls are counted from 1, all but close, munmap, getpid, gettid and reading files. Thread-safe
 * by one lock.
 */
public final class FakeKernel implements Kernel, AutoCloseable {
    /**
     * A call that was made. For bpf, {@code attributes} is a copy of as many bytes as were passed.
     */
    public record Call(String name, BpfCommand command, List<Long> arguments, byte[] attributes) {
        /** {@return a 32-bit attribute} */
        public int getInt(int offset) {
            return ByteBuffer.wrap(attributes).order(ByteOrder.nativeOrder()).getInt(offset);
        }

        /** {@return a 64-bit attribute} */
        public long getLong(int offset) {
            return ByteBuffer.wrap(attributes).order(ByteOrder.nativeOrder()).getLong(offset);
        }

        /** {@return a string that an attribute points to; only valid during the call} */
        public String getString(int offset) {
            return memory(getLong(offset), Integer.MAX_VALUE).getString(0);
        }

        @Override
        public String toString() {
            return (command == null ? name : command.name()) + arguments;
        }
    }

    private record Mapped(long length, Arena arena) {}

    /** The content of a map. */
    private static final class Content {
        final int type;
        final int keySize;
        final int valueSize;
        final int maxEntries;
        final Map<ByteBuffer, byte[]> entries = new TreeMap<>();

        Content(Call create) {
            type = create.getInt(0);
            keySize = create.getInt(4);
            valueSize = create.getInt(8);
            maxEntries = create.getInt(12);
        }

        boolean isArray() {
            return type == 2 || type == 6;
        }
    }

    private final KernelFeatures features;
    private final Map<Integer, String> open = new TreeMap<>();
    private final Map<Long, Mapped> mapped = new HashMap<>();
    private final Map<Integer, Content> maps = new HashMap<>();
    private final Map<String, byte[]> files = new HashMap<>();
    private final Map<Integer, Errno> failures = new HashMap<>();
    private final Map<BpfCommand, ToLongFunction<Call>> answers = new EnumMap<>(BpfCommand.class);
    private final List<Call> calls = new ArrayList<>();
    private final List<String> wrongs = new ArrayList<>();
    private IntSupplier waiting = () -> 0;
    private MemorySegment attributes;
    private int lowestFd = 3;
    private int pageSize = 4096;
    private Architecture architecture = Architecture.X86_64;

    /** A kernel that has every feature. */
    public FakeKernel() {
        this(EnumSet.allOf(Feature.class));
    }

    /**
     * A kernel that has some features.
     *
     * @param features those it has; {@code null} to have them probed by calls
     */
    public FakeKernel(Set<Feature> features) {
        this.features = features == null ? new KernelFeatures(this) : KernelFeatures.of(features);
        file("/sys/devices/system/cpu/possible", "0-3\n");
        file("/sys/devices/system/cpu/online", "0-3\n");
    }

    /** Makes the n-th call fail, counted from 1. */
    public FakeKernel failing(int call, Errno errno) {
        failures.put(call, errno);
        return this;
    }

    /**
     * Answers a command; a negative answer is an error, a positive one of a command that opens is
     * an fd.
     */
    public FakeKernel answering(BpfCommand command, ToLongFunction<Call> answer) {
        answers.put(command, answer);
        return this;
    }

    /** Puts a file of /proc or /sys. */
    public FakeKernel file(String path, String content) {
        files.put(path, content.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Lets epoll_wait return something else than 0, at once. */
    public FakeKernel waiting(IntSupplier answer) {
        waiting = answer;
        return this;
    }

    /** Lets the next descriptors be low ones, as if somebody had closed the standard streams. */
    public FakeKernel lowestFd(int fd) {
        lowestFd = fd;
        return this;
    }

    /** Sets the machine. */
    public FakeKernel architecture(Architecture machine) {
        architecture = machine;
        return this;
    }

    /** Sets the page size. */
    public FakeKernel pageSize(int bytes) {
        pageSize = bytes;
        return this;
    }

    /** {@return the calls so far} */
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** {@return the calls of a command so far} */
    public synchronized List<Call> calls(BpfCommand command) {
        return calls.stream().filter(call -> call.command() == command).toList();
    }

    /** {@return the calls of a name so far, such as {@code ioctl}} */
    public synchronized List<Call> calls(String name) {
        return calls.stream().filter(call -> call.name().equals(name)).toList();
    }

    /** {@return what is open: what it is by descriptor} */
    public synchronized Map<Integer, String> open() {
        return new TreeMap<>(open);
    }

    /**
     * {@return the caller's own attributes of the call being answered, which the kernel may write
     * to}
     */
    public MemorySegment attributesOfTheCall() {
        return attributes;
    }

    /** {@return how many mappings there are} */
    public synchronized int mappings() {
        return mapped.size();
    }

    /** Opens a descriptor that the test needs. */
    public synchronized int openFd(String what) {
        int fd = lowestFd;
        while (open.containsKey(fd)) {
            fd++;
        }
        open.put(fd, what);
        return fd;
    }

    /** Fails if anything is still open or mapped, or was closed twice. */
    @Override
    public synchronized void close() {
        assertEquals(List.of(), wrongs, "wrong closes");
        assertEquals(Map.of(), open, "descriptors left open");
        assertEquals(Map.of(), mapped, "mappings left behind");
    }

    /** {@return memory at an address, for tests that play the kernel's part} */
    @SuppressWarnings("restricted")
    public static MemorySegment memory(long address, long length) {
        return MemorySegment.ofAddress(address).reinterpret(length);
    }

    private synchronized long record(Call call, ToLongFunction<Call> effect) {
        calls.add(call);
        Errno failure = failures.get(calls.size());
        return failure != null ? -failure.number() : effect.applyAsLong(call);
    }

    private static Call call(String name, long... arguments) {
        List<Long> list = new ArrayList<>();
        for (long argument : arguments) {
            list.add(argument);
        }
        return new Call(name, null, list, new byte[0]);
    }

    @Override
    public long bpf(int command, MemorySegment attributes, int size) {
        byte[] copy = attributes.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
        this.attributes = attributes;
        BpfCommand known = BpfCommand.values()[command];
        return record(
                new Call("bpf", known, List.of((long) command, (long) size), copy),
                call -> {
                    ToLongFunction<Call> answer = answers.get(known);
                    if (answer == null) {
                        return simulate(call);
                    }
                    long result = answer.applyAsLong(call);
                    if (result > 0) {
                        open.put((int) result, known.name());
                    }
                    return result;
                });
    }

    private long simulate(Call call) {
        return switch (call.command()) {
            case MAP_CREATE -> {
                int fd = openFd("map");
                maps.put(fd, new Content(call));
                yield fd;
            }
            case PROG_LOAD,
                    BTF_LOAD,
                    OBJ_GET,
                    RAW_TRACEPOINT_OPEN,
                    LINK_CREATE,
                    ITER_CREATE,
                    PROG_GET_FD_BY_ID,
                    MAP_GET_FD_BY_ID,
                    BTF_GET_FD_BY_ID,
                    LINK_GET_FD_BY_ID,
                    ENABLE_STATS ->
                    openFd(call.command().name());
            // Nothing is delegated, unless a test says so.
            case TOKEN_CREATE -> -Errno.ENOENT.number();
            case MAP_LOOKUP_ELEM,
                    MAP_UPDATE_ELEM,
                    MAP_DELETE_ELEM,
                    MAP_GET_NEXT_KEY,
                    MAP_LOOKUP_AND_DELETE_ELEM -> {
                Content map = maps.get(call.getInt(0));
                yield map == null
                        ? -Errno.EBADF.number()
                        : element(map, call, call.getLong(8), call.getLong(16));
            }
            default -> 0;
        };
    }

    private static long element(Content map, Call call, long keyAddress, long valueAddress) {
        ByteBuffer key = keyAddress == 0 ? null : bytes(keyAddress, map.keySize);
        if (map.isArray()
                && key != null
                && Integer.compareUnsigned(
                                key.order(ByteOrder.nativeOrder()).getInt(0), map.maxEntries)
                        >= 0) {
            return -(call.command() == BpfCommand.MAP_UPDATE_ELEM ? Errno.E2BIG : Errno.ENOENT)
                    .number();
        }
        switch (call.command()) {
            case MAP_UPDATE_ELEM -> {
                map.entries.put(key, bytes(valueAddress, map.valueSize).array());
                return 0;
            }
            case MAP_LOOKUP_ELEM, MAP_LOOKUP_AND_DELETE_ELEM -> {
                byte[] value = map.entries.get(key);
                if (value == null && map.isArray()) {
                    value = new byte[map.valueSize];
                }
                if (value == null) {
                    return -Errno.ENOENT.number();
                }
                memory(valueAddress, value.length).copyFrom(MemorySegment.ofArray(value));
                if (call.command() == BpfCommand.MAP_LOOKUP_AND_DELETE_ELEM) {
                    map.entries.remove(key);
                }
                return 0;
            }
            case MAP_DELETE_ELEM -> {
                return map.entries.remove(key) == null ? -Errno.ENOENT.number() : 0;
            }
            default -> {
                boolean found = key == null || !map.entries.containsKey(key);
                for (ByteBuffer candidate : map.entries.keySet()) {
                    if (found) {
                        memory(valueAddress, map.keySize)
                                .copyFrom(MemorySegment.ofArray(candidate.array()));
                        return 0;
                    }
                    found = candidate.equals(key);
                }
                return -Errno.ENOENT.number();
            }
        }
    }

    private static ByteBuffer bytes(long address, int length) {
        return ByteBuffer.wrap(memory(address, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public KernelFeatures features() {
        return features;
    }

    @Override
    public long perfEventOpen(MemorySegment attributes, int pid, int cpu, int groupFd, long flags) {
        int size = attributes.get(ValueLayout.JAVA_INT, 4);
        byte[] copy = attributes.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
        List<Long> arguments = List.of((long) pid, (long) cpu, (long) groupFd, flags);
        return record(
                new Call("perf_event_open", null, arguments, copy), _ -> openFd("perf event"));
    }

    @Override
    public long ioctl(int fd, long request, long argument) {
        return record(call("ioctl", fd, request, argument), _ -> known(fd));
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return record(
                call("mmap", address, length, protection, flags, fd, offset),
                _ -> {
                    if (fd >= 0 && !open.containsKey(fd)) {
                        return -Errno.EBADF.number();
                    }
                    Arena arena = Arena.ofShared();
                    MemorySegment memory = arena.allocate(length, pageSize);
                    mapped.put(memory.address(), new Mapped(length, arena));
                    return memory.address();
                });
    }

    @Override
    public synchronized long munmap(long address, long length) {
        Mapped mapping = mapped.remove(address);
        if (mapping == null || mapping.length() != length) {
            wrongs.add("munmap of what is not mapped: " + address + ", " + length);
            return -Errno.EINVAL.number();
        }
        mapping.arena().close();
        return 0;
    }

    @Override
    public long epollCreate() {
        return record(call("epoll_create"), _ -> openFd("epoll"));
    }

    @Override
    public long epollControl(int epollFd, int operation, int fd, int events, long data) {
        return record(
                call("epoll_ctl", epollFd, operation, fd, events, data),
                _ -> known(epollFd) < 0 ? known(epollFd) : known(fd));
    }

    @Override
    public long epollWait(int epollFd, MemorySegment events, int maximum, int timeoutMillis) {
        long result =
                record(
                        call("epoll_wait", epollFd, events.address(), maximum, timeoutMillis),
                        _ -> known(epollFd));
        return result < 0 ? result : waiting.getAsInt();
    }

    @Override
    public long eventFd() {
        return record(call("eventfd"), _ -> openFd("eventfd"));
    }

    @Override
    public long read(int fd, MemorySegment buffer, long length) {
        return record(call("read", fd, length), _ -> known(fd));
    }

    @Override
    public long write(int fd, MemorySegment buffer, long length) {
        return record(call("write", fd, length), _ -> known(fd) < 0 ? known(fd) : length);
    }

    @Override
    public long open(String path, int flags, int mode) {
        return record(call("open", flags, mode), _ -> openFd(path));
    }

    @Override
    public long fileSystemType(String path) {
        return record(call("statfs"), _ -> BPF_FILE_SYSTEM);
    }

    @Override
    public long duplicate(int fd, int minimum) {
        return record(
                call("duplicate", fd, minimum),
                _ -> {
                    if (known(fd) < 0) {
                        return known(fd);
                    }
                    int saved = lowestFd;
                    lowestFd = Math.max(minimum, lowestFd);
                    int copy = openFd(open.get(fd));
                    lowestFd = saved;
                    if (maps.containsKey(fd)) {
                        maps.put(copy, maps.get(fd));
                    }
                    return copy;
                });
    }

    @Override
    public long replace(int fd, int target) {
        return record(
                call("replace", fd, target),
                _ -> {
                    if (known(fd) < 0) {
                        return known(fd);
                    }
                    open.put(target, open.get(fd));
                    maps.remove(target);
                    if (maps.containsKey(fd)) {
                        maps.put(target, maps.get(fd));
                    }
                    return target;
                });
    }

    private long known(int fd) {
        return open.containsKey(fd) ? 0 : -Errno.EBADF.number();
    }

    @Override
    public synchronized long close(int fd) {
        if (open.remove(fd) == null) {
            wrongs.add("close of what is not open: " + fd);
            return -Errno.EBADF.number();
        }
        maps.remove(fd);
        return 0;
    }

    @Override
    public int processId() {
        return (int) ProcessHandle.current().pid();
    }

    @Override
    public int threadId() {
        return processId();
    }

    @Override
    public long resourceLimit(int resource, MemorySegment newLimit, MemorySegment oldLimit) {
        long soft = newLimit.byteSize() < 8 ? 0 : newLimit.get(ValueLayout.JAVA_LONG, 0);
        return record(
                call("prlimit", resource, soft),
                _ -> {
                    if (oldLimit.byteSize() >= 16) {
                        oldLimit.fill((byte) 1);
                    }
                    return 0;
                });
    }

    @Override
    public byte[] readFile(String path) throws IOException {
        byte[] content = files.get(path);
        if (content == null) {
            throw new NoSuchFileException(path);
        }
        return content.clone();
    }
}
