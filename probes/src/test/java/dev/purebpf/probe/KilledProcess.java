package dev.purebpf.probe;

import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of its own that attaches a program in every way that the kernel has, says so, and waits
 * to be killed: {@code KilledProcess FILE COUNTER PID DEAD}, the first three of a {@link
 * MarkedProgram}. It prints a line for each probe: its kind and the id of its program. After the
 * first it prints how many entries of the process DEAD are still in tracefs.
 */
final class KilledProcess {
    private KilledProcess() {}

    /**
     * Attaches and waits.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) throws IOException {
        MarkedProgram marked =
                new MarkedProgram(
                        Path.of(arguments[0]),
                        Long.parseLong(arguments[1]),
                        Integer.parseInt(arguments[2]));
        List<AutoCloseable> attached = new ArrayList<>();
        attach(ProbeKind.UPROBE, marked, attached);
        long dead = Long.parseLong(arguments[3]);
        System.out.println(
                "abandoned "
                        + (LiveProbes.entries("kprobe_events", dead).size()
                                + LiveProbes.entries("uprobe_events", dead).size()));
        for (ProbeKind kind : ProbeKind.values()) {
            if (kind != ProbeKind.UPROBE) {
                attach(kind, marked, attached);
            }
        }
        System.out.println("attached " + attached.size());
        System.in.read();
    }

    /** Nothing of it is ever closed. */
    private static void attach(ProbeKind kind, MarkedProgram marked, List<AutoCloseable> attached) {
        try {
            ProbeKind.Loaded loaded = kind.load(marked.pid());
            attached.add(loaded.attach(marked));
            int id = InfoCommands.program(Kernel.host(), loaded.program().fd()).id();
            System.out.println(kind + " " + id);
        } catch (TestAbortedException e) {
            // This kernel has no such probes.
        }
    }
}
