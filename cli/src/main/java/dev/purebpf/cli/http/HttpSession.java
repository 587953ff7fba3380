package dev.purebpf.cli.http;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.syscalls.Interruption;
import dev.purebpf.cli.syscalls.TracedCommand;
import dev.purebpf.cli.syscalls.TracedProcess;
import dev.purebpf.cli.syscalls.WallClock;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.TimeZone;

/** One tracing from beginning to end: what reads the events, and when it is over. */
final class HttpSession {

    /** How long the end of a command, or Ctrl-C, may go unnoticed while nothing happens. */
    private static final Duration TICK = Duration.ofMillis(20);

    private final HttpOptions options;
    private CommandOutput output;
    private ExchangeWriter writer;
    private Connections connections;

    HttpSession(HttpOptions options) {
        this.options = options;
    }

    /** {@return the exit code} */
    int run() {
        TracedProcess.requireMachinesPids();
        TracedCommand command =
                options.command().isEmpty() ? null : new TracedCommand(options.command());
        openOutput();
        connections = new Connections(writer::write);
        Interruption interruption = new Interruption();
        int exitCode = 1;
        try (HttpTracer tracer = HttpTracer.start(options, connections)) {
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

    private int trace(HttpTracer tracer, TracedCommand command, Interruption interruption) {
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
        connections.close();
        Loss loss = tracer.loss();
        writer.write(loss);
        writer.flush();
        say(loss);
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
    private void say(Loss loss) {
        if (options.json() && options.file() == null && !options.command().isEmpty()) {
            return;
        }
        if (loss.pieces() > 0) {
            System.err.println(
                    "purebpf: "
                            + loss.pieces()
                            + " reads and writes were lost, with them the beginning of "
                            + loss.requests()
                            + " requests and "
                            + loss.responses()
                            + " answers: they came faster than they could be read. A smaller"
                            + " --capture leaves room for more.");
        }
        if (loss.skipped() > 0) {
            System.err.println(
                    "purebpf: "
                            + loss.skipped()
                            + " calls, of any process, were not seen: the kernel was busy with"
                            + " another on that processor. Exchanges may be missing.");
        }
        if (loss.notFollowed() > 0) {
            System.err.println(
                    "purebpf: "
                            + loss.notFollowed()
                            + " processes not followed: there were too many at once.");
        }
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
                                output,
                                WallClock.timeOfDay(offset, TimeZone.getDefault()),
                                options.headers());
    }
}
