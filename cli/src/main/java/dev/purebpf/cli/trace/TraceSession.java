package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.syscalls.Interruption;
import dev.purebpf.cli.syscalls.TracedCommand;
import dev.purebpf.cli.syscalls.TracedProcess;
import dev.purebpf.cli.syscalls.WallClock;
import dev.purebpf.event.EventHandler;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;

/** One tracing from beginning to end: what reads the events, and when it is over. */
final class TraceSession implements EventHandler {

    /** How long the end of a command, or Ctrl-C, may go unnoticed while nothing happens. */
    private static final Duration TICK = Duration.ofMillis(20);

    private final TraceOptions options;
    private final HitEvent event = new HitEvent();
    private List<TracedProbe> probes;
    private CommandOutput output;
    private HitWriter writer;

    TraceSession(TraceOptions options) {
        this.options = options;
    }

    /** {@return the exit code} */
    int run() {
        TracedProcess.requireMachinesPids();
        probes = probes();
        TracedCommand command =
                options.command().isEmpty() ? null : new TracedCommand(options.command());
        openOutput();
        Interruption interruption = new Interruption();
        int exitCode = 1;
        try (HitTracer tracer = HitTracer.start(options, probes, this)) {
            exitCode = trace(tracer, command, interruption);
        } catch (RuntimeException e) {
            if (interruption.isRequested()) {
                // Nobody is there any more to say it for us: the process ends with our finish.
                System.err.println("purebpf: " + e.getMessage());
            }
            throw e;
        } finally {
            if (options.file() != null) {
                output.close();
            }
            interruption.finish(exitCode);
        }
        return exitCode;
    }

    private List<TracedProbe> probes() {
        Map<String, TracedProbe> found = new LinkedHashMap<>();
        for (ProbePattern pattern : options.probes()) {
            for (TracedProbe probe : pattern.probes(options.pid(), options.arguments())) {
                found.putIfAbsent(probe.name(), probe);
            }
        }
        ProbePattern.requireFew(found.size());
        return List.copyOf(found.values());
    }

    private int trace(HitTracer tracer, TracedCommand command, Interruption interruption) {
        if (command != null) {
            if (interruption.isRequested()) {
                return interruption.signalledExitCode();
            }
            command.start();
            if (interruption.isRequested()) {
                // Ctrl-C came too early for the command to get it as well.
                command.terminate();
            }
        }
        while (!isOver(command, interruption)) {
            tracer.poll(TICK);
            writer.flush();
        }
        tracer.detach();
        while (tracer.poll(Duration.ZERO) > 0) {
            writer.flush();
        }
        if (options.count()) {
            writer.write(tracer.counts());
        }
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        sayLosses(tracer.lost(), tracer.notFollowed());
        output.requireWritten();
        return command == null ? 0 : command.exitCode();
    }

    private boolean isOver(TracedCommand command, Interruption interruption) {
        if (command != null) {
            // Ctrl-C goes to the command as well, and it is for the command to say what it means.
            if (interruption.isForUsAlone()) {
                command.terminate();
            }
            return !command.isRunning();
        }
        return interruption.isRequested()
                || !output.isOpen()
                || options.pid() != 0 && !TracedProcess.isAlive(options.pid());
    }

    /** Where standard error is the trace for a program to read, that says it already. */
    private void sayLosses(long lost, long notFollowed) {
        if (options.json() && options.file() == null && !options.command().isEmpty()) {
            return;
        }
        if (lost > 0) {
            System.err.println(
                    "purebpf: "
                            + (lost == 1 ? "1 hit was" : lost + " hits were")
                            + " lost: they came faster than they could be read. --count loses"
                            + " none for that reason.");
        }
        if (notFollowed > 0) {
            System.err.println(
                    "purebpf: "
                            + (notFollowed == 1 ? "1 process" : notFollowed + " processes")
                            + " not followed: there were too many at once.");
        }
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        writer.write(event, probes.get(event.probe()).layout());
    }

    private void openOutput() {
        OutputStream target;
        if (options.file() != null) {
            try {
                target = new FileOutputStream(options.file().toFile());
            } catch (IOException e) {
                throw new CommandFailure("the trace cannot be written to " + e.getMessage(), e);
            }
        } else {
            target =
                    new FileOutputStream(
                            options.command().isEmpty() ? FileDescriptor.out : FileDescriptor.err);
        }
        output = new CommandOutput(target);
        long offset = WallClock.machineOffset();
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant(offset))
                        : new TextWriter(
                                output, WallClock.timeOfDay(offset, TimeZone.getDefault()));
    }
}
