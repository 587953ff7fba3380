package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.StandardStream;
import dev.purebpf.event.EventHandler;

import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * One tracing from beginning to end: what reads the events, and when it is over.
 *
 * @param <T> what sends the events
 */
public abstract class Session<T extends Tracer> {

    /** How long the end of a command, or Ctrl-C, may go unnoticed while nothing happens. */
    private static final Duration TICK = Duration.ofMillis(20);

    private final Target target;
    private final boolean isJson;
    private final boolean isErrorTaken;
    private volatile Interruption interruption;
    private TracedCommand command;
    private EndingEvents events;

    /**
     * Prepares a tracing.
     *
     * @param target whom to watch, and where the trace goes
     * @param json whether the trace is for a program to read
     */
    protected Session(Target target, boolean json) {
        this.target = target;
        this.isJson = json;
        this.isErrorTaken = json && target.usesStandardError();
    }

    /**
     * Traces.
     *
     * @return the exit code
     */
    public final int run() {
        if (target.pid() != 0) {
            TracedProcess.requireAlive(target.pid());
        }
        TracedProcess.requireMachinesPids();
        prepare();
        command = target.command().isEmpty() ? null : new TracedCommand(target.command());
        CommandOutput output = openOutput();
        open(output);
        var unread =
                new UnreadOutputs(
                        List.of(output, StandardStream.ERROR.output()),
                        () -> interruption.isForUsAlone() || isEnding(),
                        System::nanoTime);
        interruption = new Interruption(unread::look);
        int exitCode = 1;
        try (T tracer = start()) {
            exitCode = trace(tracer, output);
        } catch (RuntimeException e) {
            if (interruption.isRequested()) {
                // Nobody is there any more to say it for us: the process ends with our finish.
                System.err.println("purebpf: " + OneLine.each(e.getMessage()));
            }
            throw e;
        } finally {
            if (target.file() != null) {
                output.close();
            }
            interruption.finish(exitCode);
        }
        return exitCode;
    }

    /** Finds out what has to be known before a file is written or a command looked for. */
    protected void prepare() {}

    /**
     * Makes what writes the trace.
     *
     * @param output where it goes; writes at once
     */
    protected abstract void open(CommandOutput output);

    /** {@return the programs, attached} */
    protected abstract T start();

    /**
     * Writes what the last events left to be written.
     *
     * @param tracer the running tracer
     */
    protected abstract void flush(T tracer);

    /**
     * Writes what belongs to the end, and says what was not seen.
     *
     * @param tracer the tracer, which is detached
     */
    protected abstract void conclude(T tracer);

    /**
     * {@return whether the process that was named has ended}
     *
     * @param tracer the running tracer
     */
    protected boolean isTargetGone(T tracer) {
        return !TracedProcess.isAlive(target.pid());
    }

    /** {@return whether it has lasted as long as it was to; a command is then asked to end} */
    protected boolean isTimeUp() {
        return false;
    }

    /** {@return whether standard error is the trace for a program to read} */
    protected final boolean isErrorTaken() {
        return isErrorTaken;
    }

    /**
     * Tells people something on standard error. Not where that is the trace for a program to read,
     * which is told in its own form.
     *
     * @param sentence what there is to say
     */
    protected final void say(String sentence) {
        if (!isErrorTaken) {
            System.err.println("purebpf: " + sentence);
        }
    }

    /**
     * Tells people how many processes were not followed, if any.
     *
     * @param count their number
     */
    protected final void sayNotFollowed(long count) {
        if (count > 0) {
            say(
                    (count == 1 ? "1 process" : count + " processes")
                            + " not followed: there were too many at once.");
        }
    }

    /**
     * {@return what hands events on to a handler, but at the end no longer than one likes to wait}
     *
     * @param handler takes the events; asked for once, by {@link #start}
     */
    protected final EventHandler untilTheEnd(EventHandler handler) {
        events = new EndingEvents(handler, this::isEnding, System::nanoTime);
        return events;
    }

    /** {@return how many events were there at the end, and are not read} */
    protected final long unread() {
        return events.unread();
    }

    /** {@return whether Ctrl-C has asked for the end, and a command that it went to has ended} */
    private boolean isEnding() {
        return interruption.isRequested() && (command == null || !command.isRunning());
    }

    private void tellGivenUp(CommandOutput output) {
        if (output.isGivenUp()) {
            say("the end of the trace is missing: nobody read it any more.");
        }
    }

    private void tellUnread(CommandOutput output) {
        long count = unread();
        if (count == 0) {
            return;
        }
        if (isJson) {
            JsonLines json = JsonLines.to(output);
            json.writeStartObject();
            json.writeNumberField("unread", count);
            json.endLine();
            json.flush();
        }
        say(
                (count == 1 ? "1 event that was" : count + " events that were")
                        + " still waiting at the end "
                        + (count == 1 ? "is" : "are")
                        + " not in the trace: reading all would have taken longer than "
                        + EndingEvents.PATIENCE / 1_000_000_000L
                        + " seconds.");
    }

    private int trace(T tracer, CommandOutput output) {
        if (command != null) {
            if (interruption.isRequested()) {
                return interruption.signalledExitCode();
            }
            command.start();
        }
        while (!isOver(tracer, output)) {
            tracer.poll(TICK);
            flush(tracer);
        }
        tracer.detach();
        while (tracer.poll(Duration.ZERO) > 0) {
            flush(tracer);
        }
        conclude(tracer);
        tellUnread(output);
        tellGivenUp(output);
        output.requireWritten();
        return command == null ? 0 : command.exitCode();
    }

    private boolean isOver(T tracer, CommandOutput output) {
        if (command != null) {
            // Ctrl-C goes to the command as well, unless it came too early. What it means is for
            // the command to say.
            boolean isLeftToUs =
                    interruption.isForUsAlone()
                            || interruption.isRequested() && command.hasMissedCtrlC();
            if (isLeftToUs || isTimeUp() || output.isReaderGone()) {
                command.terminate();
            }
            return !command.isRunning();
        }
        return interruption.isRequested()
                || isTimeUp()
                || !output.isOpen()
                || target.pid() != 0 && isTargetGone(tracer);
    }

    private CommandOutput openOutput() {
        if (target.file() == null) {
            return (target.usesStandardError() ? StandardStream.ERROR : StandardStream.OUTPUT)
                    .output();
        }
        try {
            return CommandOutput.to(new FileOutputStream(target.file().toFile()));
        } catch (IOException e) {
            throw new CommandFailure("the trace cannot be written to " + e.getMessage(), e);
        }
    }
}
