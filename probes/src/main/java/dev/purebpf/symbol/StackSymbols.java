package dev.purebpf.symbol;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Names what stacks lead through: functions of the kernel, and of the files that processes run, in
 * whichever container.
 *
 * <p>A stack holds addresses, the innermost first. That one is where something happened; all others
 * are where it goes on after a call, so that the call itself is before them, at times as the last
 * instruction of its function.
 *
 * <p>What a process has in its memory is asked when its first address comes, and again for
 * addresses that were not there then. Of a process that has ended by then nothing is known any
 * more; but if the kernel told the build ids of its files, code is found in files that are the same
 * ({@link #ofEndedProcess}). Files are kept open, a few dozen at most; whoever makes one closes it.
 * May be used by one thread at a time.
 */
public final class StackSymbols implements AutoCloseable {
    private static final int MOST_PROCESSES = 1024;
    private static final int MOST_FILES = 64;
    private static final Process NOBODY = new Process(new ProcessMaps(-1, List.of()));

    private final Kernel kernel;
    private final FrameTable kernelFrames = new FrameTable();

    // Those used last are the last.
    private final SequencedMap<Integer, Process> processes = new LinkedHashMap<>(16, 0.75f, true);
    private final SequencedMap<FileKey, Optional<UserSymbols>> files =
            new LinkedHashMap<>(16, 0.75f, true);

    private final BuildIdFiles likelyFiles;

    private Optional<KernelSymbols> kernelSymbols;

    /** Whether the symbols were read for this one: programs that were loaded before are there. */
    private boolean areOfNow;

    /** That of the last address. */
    private Process process = NOBODY;

    /** What is known of a process. */
    private static final class Process {
        private final FrameTable frames = new FrameTable();
        private ProcessMaps maps;

        private Process(ProcessMaps maps) {
            this.maps = maps;
        }
    }

    /** A file, which another of the same name is not. */
    private record FileKey(Path path, long inode) {}

    /**
     * Makes one that knows nothing yet.
     *
     * @param kernel the kernel
     */
    public StackSymbols(Kernel kernel) {
        this.kernel = kernel;
        likelyFiles = new BuildIdFiles(kernel);
    }

    /**
     * Reads the kernel's symbols, so that the first stack does not wait for them while its process
     * ends. Where they were read before, they are read again when a stack leads out of the kernel
     * itself. Programs that are loaded after that have no names.
     */
    public void prepare() {
        kernelSymbols().ifPresent(symbols -> symbols.containing(0));
    }

    /**
     * {@return what lies at an address of the kernel}
     *
     * @param address the address
     * @param isCall whether something there was called, and it is not the innermost
     */
    public StackFrame ofKernel(long address, boolean isCall) {
        StackFrame known = kernelFrames.get(address, isCall);
        if (known != null) {
            return known;
        }
        long code = isCall ? address - 1 : address;
        StackFrame frame =
                kernelSymbols(code)
                        .flatMap(symbols -> symbols.containing(code))
                        .map(
                                function ->
                                        new StackFrame(
                                                address,
                                                function.name(),
                                                address - function.address(),
                                                function.module(),
                                                0))
                        .orElseGet(() -> StackFrame.unknown(address));
        kernelFrames.put(address, isCall, frame);
        return frame;
    }

    /**
     * {@return symbols that name what is at an address now} A stack may lead through BPF programs,
     * which come and go: only of the kernel itself a list that was read before will do.
     */
    private Optional<KernelSymbols> kernelSymbols(long code) {
        Optional<KernelSymbols> symbols = kernelSymbols();
        if (areOfNow || symbols.isEmpty() || symbols.get().isOfKernelItself(code)) {
            return symbols;
        }
        Optional<KernelSymbols> now = read(() -> Optional.of(Kallsyms.read(kernel)));
        if (now.isPresent()) {
            kernelSymbols = now;
            areOfNow = true;
        }
        return now;
    }

    private Optional<KernelSymbols> kernelSymbols() {
        if (kernelSymbols == null) {
            kernelSymbols = read(() -> Kallsyms.known(kernel));
            if (kernelSymbols.isEmpty()) {
                kernelSymbols = read(() -> Optional.of(Kallsyms.load(kernel)));
                areOfNow = true;
            }
        }
        return kernelSymbols;
    }

    /** Reads the kernel's symbols. */
    private interface SymbolReader {
        Optional<KernelSymbols> read() throws IOException;
    }

    private static Optional<KernelSymbols> read(SymbolReader reader) {
        try {
            return reader.read();
        } catch (IOException | MalformedObjectException e) {
            log("reading the kernel's symbols", e);
            return Optional.empty();
        }
    }

    /**
     * {@return what lies at an address of a process}
     *
     * @param pid the process, as this process numbers it
     * @param address the address
     * @param isCall whether something there was called, and it is not the innermost
     */
    public StackFrame ofProcess(int pid, long address, boolean isCall) {
        if (process.maps.pid() != pid) {
            process = process(pid);
        }
        StackFrame known = process.frames.get(address, isCall);
        if (known != null) {
            return known;
        }
        long code = isCall ? address - 1 : address;
        Optional<ProcessMaps.Mapping> mapping = process.maps.containing(code);
        if (mapping.isEmpty()) {
            ProcessMaps now = load(pid);
            if (!now.mappings().isEmpty()) {
                process.maps = now;
                mapping = now.containing(code);
            }
        }
        StackFrame frame =
                mapping.isEmpty()
                        ? StackFrame.unknown(address)
                        : frame(process.maps, mapping.get(), address, code);
        process.frames.put(address, isCall, frame);
        return frame;
    }

    /**
     * {@return what lies at an address of a process of which nothing is known any more, by the
     * build id of a file: functions are known of programs that {@link #ran}, of their libraries, of
     * files of other processes that were asked for, and of what this process has in its memory}
     *
     * <p>The kernel tells id and offset in a {@code struct bpf_stack_build_id}, which {@code
     * bpf_get_stack} gives with {@code BPF_F_USER_BUILD_ID} (Linux 4.18).
     *
     * @param pid the process, as this process numbers it
     * @param address the address
     * @param isCall whether something there was called, and it is not the innermost
     * @param buildId the id of the file that has the code: its 20 bytes as hexadecimal digits
     * @param offset where in the file the address lies, in bytes
     */
    public StackFrame ofEndedProcess(
            int pid, long address, boolean isCall, String buildId, long offset) {
        StackFrame frame = frame(address, isCall, buildId, offset);
        if (process.maps.pid() != pid) {
            process = process(pid);
        }
        process.frames.put(address, isCall, frame);
        return frame;
    }

    private StackFrame frame(long address, boolean isCall, String buildId, long offset) {
        Optional<Path> path = likelyFiles.find(buildId);
        if (path.isEmpty()) {
            return StackFrame.unknown(address);
        }
        try {
            long inode = ((Number) Files.getAttribute(path.get(), "unix:ino")).longValue();
            return open(new FileKey(path.get(), inode))
                    .filter(symbols -> isOf(symbols, buildId))
                    .flatMap(symbols -> frame(symbols, path.get(), address, isCall, offset))
                    .orElseGet(() -> StackFrame.unknown(address));
        } catch (IOException | MalformedObjectException e) {
            log("reading " + path.get(), e);
            return StackFrame.unknown(address);
        }
    }

    /** Another file may be there by now. */
    private static boolean isOf(UserSymbols symbols, String buildId) {
        return symbols.buildId().map(BuildIdFiles::asTheKernelHasIt).equals(Optional.of(buildId));
    }

    /**
     * {@return the frame; empty if there is no code} What walks a stack without frame pointers may
     * come to any number, and for one that is before a file's memory the kernel tells that file.
     */
    private static Optional<StackFrame> frame(
            UserSymbols symbols, Path file, long address, boolean isCall, long offset) {
        long code = isCall ? offset - 1 : offset;
        if (!symbols.isCode(code)) {
            return Optional.empty();
        }
        UserFunction function = symbols.containing(code).orElse(null);
        return Optional.of(
                function == null
                        ? new StackFrame(address, "", 0, file.toString(), offset)
                        : new StackFrame(
                                address,
                                function.name(),
                                offset - function.offset(),
                                file.toString(),
                                offset));
    }

    /**
     * A process runs a program: its file, and the libraries that it asks for, are looked into when
     * the process has ended before it could be asked.
     *
     * @param program the program's path
     */
    public void ran(String program) {
        likelyFiles.addProgram(program);
    }

    private Process process(int pid) {
        Process known = processes.get(pid);
        if (known != null) {
            return known;
        }
        Process made = new Process(load(pid));
        keep(pid, made);
        return made;
    }

    private void keep(int pid, Process known) {
        if (processes.size() == MOST_PROCESSES) {
            processes.pollFirstEntry();
        }
        processes.put(pid, known);
    }

    /**
     * Asks anew what a process has in its memory: it runs another program by now, or has ended, and
     * its number may be another's soon.
     *
     * @param pid the process
     */
    public void renew(int pid) {
        processes.remove(pid);
        if (process.maps.pid() == pid) {
            process = NOBODY;
        }
        ProcessMaps maps = load(pid);
        if (!maps.mappings().isEmpty()) {
            process = new Process(maps);
            keep(pid, process);
        }
    }

    private ProcessMaps load(int pid) {
        try {
            return ProcessMaps.load(kernel, pid);
        } catch (IOException e) {
            log("reading the memory map of process " + pid, e);
            return new ProcessMaps(pid, List.of());
        }
    }

    private StackFrame frame(
            ProcessMaps maps, ProcessMaps.Mapping mapping, long address, long code) {
        long offset = code - mapping.start() + mapping.offset();
        long shown = offset + address - code;
        if (mapping.inode() == 0) {
            return new StackFrame(
                    address, "", 0, mapping.path(), mapping.path().isEmpty() ? 0 : shown);
        }
        if (!mapping.isDeleted()) {
            likelyFiles.add(mapping.path());
        }
        try {
            Optional<UserFunction> function =
                    open(new FileKey(maps.open(mapping), mapping.inode()))
                            .flatMap(symbols -> symbols.containing(offset));
            if (function.isPresent()) {
                UserFunction found = function.get();
                return new StackFrame(
                        address, found.name(), shown - found.offset(), mapping.path(), shown);
            }
        } catch (MalformedObjectException e) {
            log("reading the symbols of " + mapping.path(), e);
        }
        return new StackFrame(address, "", 0, mapping.path(), shown);
    }

    private Optional<UserSymbols> open(FileKey key) {
        Optional<UserSymbols> known = files.get(key);
        if (known != null) {
            return known;
        }
        if (files.size() == MOST_FILES) {
            files.pollFirstEntry().getValue().ifPresent(UserSymbols::close);
        }
        Optional<UserSymbols> symbols;
        try {
            symbols = Optional.of(UserSymbols.open(key.path()));
        } catch (IOException | MalformedObjectException e) {
            log("reading " + key.path(), e);
            symbols = Optional.empty();
        }
        files.put(key, symbols);
        return symbols;
    }

    private static void log(String what, Exception e) {
        System.getLogger("dev.purebpf.symbol").log(System.Logger.Level.DEBUG, what, e);
    }

    @Override
    public void close() {
        files.values().forEach(file -> file.ifPresent(UserSymbols::close));
        files.clear();
    }
}
