package dev.purebpf.probe;

import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The program marked.c and probes of it, which all have it count that somebody listens: {@link
 * CalledProgram#call} tells at how many places.
 *
 * @param file the program
 * @param counter where in the file the number is
 * @param pid a process that runs it
 */
record MarkedProgram(Path file, long counter, int pid) {

    /** {@return the program that a process runs} */
    static MarkedProgram of(Path file, CalledProgram running) throws IOException {
        // Once it answers, it is loaded.
        running.call(1);
        return new MarkedProgram(
                file, CalledProgram.offset(file, "listened_semaphore"), running.pid());
    }

    Uprobe uprobe() {
        return Uprobe.of(file.toString(), "pass_listened").withReferenceCounter(counter);
    }

    UprobeMulti uprobes() {
        return UprobeMulti.of(
                file.toString(), List.of(new UprobeMulti.Place("pass_listened", 0, counter, 0)));
    }

    Usdt usdt() {
        Usdt probe = Usdt.of(file.toString(), "test", "listened");
        // Before cookies, only the address in a process tells.
        return Kernel.host().features().has(Feature.COOKIE) ? probe : probe.inProcess(pid);
    }
}
