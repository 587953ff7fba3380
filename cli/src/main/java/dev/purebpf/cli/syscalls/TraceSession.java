package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.syscalls.TraceOptions.Color;
import dev.purebpf.event.EventHandler;
import dev.purebpf.programs.Programs;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TimeZone;

/** One tracing from beginning to end: what reads the events, and when it is over. */
final class TraceSession implements EventHandler {

    /** How long the end of a command, or Ctrl-C, may go unnoticed while nothing happens. */
    private static final Duration TICK = Duration.ofMillis(20);

    /** How long the threads of a process may take to end, in nanoseconds. */
    private static final long LINGER = 500_000_000L;

    private final TraceOptions options;
    private final SyscallTable table = SyscallTable.of(Programs.architecture());
    private final SyscallEvent event = new SyscallEvent();
    private final Losses losses;
    private final Summary summary;
    private long exitSeenAt;
    private CommandOutput output;
    private CallWriter writer;

    TraceSession(TraceOptions options) {
        this.options = options;
        this.summary = options.summary() ? new Summary() : null;
        this.losses =
                new Losses(
                        options.json() && options.file() == null && !options.command().isEmpty());
    }

    /** {@return the exit code} */
    int run() {
        TracedProcess.requireMachinesPids();
        TracedCommand command =
                options.command().isEmpty() ? null : new TracedCommand(options.command());
        openOutput();
        Interruption interruption = new Interruption();
        int exitCode = 1;
        try (SyscallTracer tracer = SyscallTracer.start(options, table, this)) {
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

    private int trace(SyscallTracer tracer, TracedCommand command, Interruption interruption) {
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
        while (!isOver(tracer, command, interruption)) {
            tracer.poll(TICK);
            writer.flush();
            losses.report(tracer.lost());
        }
        tracer.detach();
        while (tracer.poll(Duration.ZERO) > 0) {
            writer.flush();
        }
        if (summary != null) {
            writer.write(summary);
        }
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        losses.conclude(tracer.lost(), tracer.notFollowed());
        if (output.failure() != null) {
            throw new CommandFailure(
                    "the trace is not complete, for it could not be written: "
                            + output.failure().getMessage(),
                    output.failure());
        }
        return command == null ? 0 : command.exitCode();
    }

    private boolean isOver(SyscallTracer tracer, TracedCommand command, Interruption interruption) {
        if (command != null) {
            // Ctrl-C goes to the command as well, and it is for the command to say what it means.
            if (interruption.isForUsAlone()) {
                command.terminate();
            }
            return !command.isRunning();
        }
        return interruption.isRequested()
                || !output.isOpen()
                || options.pid() != 0 && isTargetGone(tracer);
    }

    private boolean isTargetGone(SyscallTracer tracer) {
        if (!TracedProcess.isAlive(options.pid())) {
            return true;
        }
        if (!tracer.targetExited()) {
            return false;
        }
        // Its last threads are on their way out, and each may have a call to report. But not for
        // ever: the number may be that of another process by now.
        if (exitSeenAt == 0) {
            exitSeenAt = System.nanoTime();
        }
        return System.nanoTime() - exitSeenAt > LINGER;
    }

    @Override
    public void onEvent(MemorySegment data, long offset, int length) {
        event.wrap(data, offset, length);
        Syscall call = table.get(event.number(), event.has(SyscallEvent.COMPAT));
        if (options.calls()) {
            writer.write(event, call);
        }
        if (summary != null) {
            summary.add(event, call);
        }
    }

    private void openOutput() {
        // Buffered by the writers: these write at once.
        OutputStream target;
        String descriptor = null;
        if (options.file() != null) {
            try {
                target = new FileOutputStream(options.file().toFile());
            } catch (IOException e) {
                throw new CommandFailure("the trace cannot be written to " + e.getMessage(), e);
            }
        } else if (options.command().isEmpty()) {
            target = new FileOutputStream(FileDescriptor.out);
            descriptor = "1";
        } else {
            target = new FileOutputStream(FileDescriptor.err);
            descriptor = "2";
        }
        output = new CommandOutput(target);
        long offset = WallClock.machineOffset();
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant(offset))
                        : new TextWriter(
                                output,
                                WallClock.timeOfDay(offset, TimeZone.getDefault()),
                                options.wholeMachine(),
                                isColored(descriptor));
    }

    private boolean isColored(String descriptor) {
        if (options.color() != Color.AUTO) {
            return options.color() == Color.ALWAYS;
        }
        String noColor = System.getenv("NO_COLOR");
        if (descriptor == null || noColor != null && !noColor.isEmpty()) {
            return false;
        }
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor)).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
