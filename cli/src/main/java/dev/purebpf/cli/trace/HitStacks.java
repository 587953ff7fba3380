package dev.purebpf.cli.trace;

import dev.purebpf.symbol.StackFrame;
import dev.purebpf.symbol.StackSymbols;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names what the stacks of hits lead through. Those of hits that are shown come with them; of hits
 * that are counted each different one is read once, while its process may still be there.
 */
final class HitStacks {
    /** Between what was probed and the program that looked: not what anybody wants to know. */
    private static final List<String> OWN =
            List.of(
                    "bpf_prog_",
                    "bpf_trampoline_",
                    "bpf_trace_run",
                    "__bpf_trace_",
                    "__traceiter_",
                    "perf_trace_",
                    "perf_syscall_");

    private final StackSymbols symbols;
    private final Map<UserStack, List<StackFrame>> counted = new HashMap<>();

    private record UserStack(int pid, int key) {}

    /** Reads the addresses of a stack that is counted; none if there is none of that key. */
    interface Addresses {
        long[] of(int key);
    }

    /** Names an address of a process, by its place in the stack. */
    private interface Naming {
        StackFrame frame(int index, long address);
    }

    HitStacks(StackSymbols symbols) {
        this.symbols = symbols;
    }

    /** {@return the first frame in the kernel that is not of the programs of {@code bpf/}} */
    int kernelBegin(HitEvent event) {
        int index = 0;
        while (index < event.kernelFrames()
                && isOwn(symbols.ofKernel(event.kernelFrame(index), index > 0))) {
            index++;
        }
        return index;
    }

    private static boolean isOwn(StackFrame frame) {
        for (int i = 0; i < OWN.size(); i++) {
            if (frame.function().startsWith(OWN.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** {@return a frame in the kernel} */
    StackFrame kernel(HitEvent event, int index) {
        return symbols.ofKernel(event.kernelFrame(index), index > 0);
    }

    /** {@return a frame in the process} */
    StackFrame user(HitEvent event, int index) {
        return user(event, index, event.userFrame(index));
    }

    private StackFrame user(HitEvent event, int index, long address) {
        StackFrame frame = symbols.ofProcess(event.pid(), address, index > 0);
        return frame.file().isEmpty() && event.hasBuildId(index)
                ? symbols.ofEndedProcess(
                        event.pid(),
                        address,
                        index > 0,
                        event.buildId(index),
                        event.fileOffset(index))
                : frame;
    }

    /** The programs are loaded, and hits may come. */
    void prepare() {
        symbols.prepare();
    }

    /** A process runs another program, or has ended. */
    void renew(HitEvent event) {
        symbols.renew(event.pid());
        String program = event.program();
        if (!program.isEmpty()) {
            symbols.ran(program);
        }
    }

    /** There is a count for another stack of a process. */
    void counted(HitEvent event, Addresses addresses) {
        userFrames(
                event.pid(),
                event.userStackKey(),
                addresses,
                (index, address) -> user(event, index, address));
    }

    private List<StackFrame> userFrames(int pid, int key, Addresses addresses, Naming naming) {
        return counted.computeIfAbsent(
                new UserStack(pid, key),
                _ -> {
                    List<StackFrame> frames = new ArrayList<>();
                    for (long address : addresses.of(key)) {
                        frames.add(naming.frame(frames.size(), address));
                    }
                    return frames;
                });
    }

    /** {@return what the keys of a count stand for} */
    HitStack of(int pid, int kernelKey, int userKey, Addresses addresses) {
        List<StackFrame> kernel = new ArrayList<>();
        boolean isFirst = true;
        for (long address : addresses.of(kernelKey)) {
            StackFrame frame = symbols.ofKernel(address, !isFirst);
            isFirst = false;
            if (!kernel.isEmpty() || !isOwn(frame)) {
                kernel.add(frame);
            }
        }
        return new HitStack(
                kernel,
                userFrames(
                        pid,
                        userKey,
                        addresses,
                        (index, address) -> symbols.ofProcess(pid, address, index > 0)));
    }
}
