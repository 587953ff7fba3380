package dev.purebpf.symbol;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.KernelSymbols;

import java.io.IOException;
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
 * more. Files are kept open, a few dozen at most; whoever makes one closes it. May be used by one
 * thread at a time.
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

    private Optional<KernelSymbols> kernelSymbols;

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
    }

    /**
     * Reads the kernel's symbols, so that the first stack does not wait for them while its process
     * ends. Programs that are loaded later have no names.
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
        StackFrame frame =
                kernelSymbols()
                        .flatMap(symbols -> symbols.containing(isCall ? address - 1 : address))
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

    private Optional<KernelSymbols> kernelSymbols() {
        if (kernelSymbols == null) {
            try {
                // A stack may lead through BPF programs, which come and go.
                kernelSymbols = Optional.of(Kallsyms.read(kernel));
            } catch (IOException | MalformedObjectException e) {
                log("reading the kernel's symbols", e);
                kernelSymbols = Optional.empty();
            }
        }
        return kernelSymbols;
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
