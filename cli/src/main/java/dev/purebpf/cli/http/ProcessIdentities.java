package dev.purebpf.cli.http;

import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.ProcessIdentity;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The control groups and containers of processes, each looked up once while it runs. */
final class ProcessIdentities {
    private final Kernel kernel;
    private final Map<Integer, Optional<ProcessIdentity>> known = new HashMap<>();

    ProcessIdentities(Kernel kernel) {
        this.kernel = kernel;
    }

    /** {@return who a process is; empty if it is gone} */
    Optional<ProcessIdentity> of(int pid) {
        return known.computeIfAbsent(pid, this::load);
    }

    /** Its number may be another's soon. */
    void forget(int pid) {
        known.remove(pid);
    }

    private Optional<ProcessIdentity> load(int pid) {
        try {
            return Optional.of(ProcessIdentity.load(kernel, pid));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
