package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.session.Session;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.cli.syscalls.SyscallsOptions.Color;
import dev.purebpf.event.EventHandler;
import dev.purebpf.programs.Programs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Traces system calls. */
final class SyscallsSession extends Session<SyscallTracer> implements EventHandler {

    /** How long the threads of a process may take to end, in nanoseconds. */
    private static final long LINGER = 500_000_000L;

    private final SyscallsOptions options;
    private final SyscallTable table = SyscallTable.of(Programs.architecture());
    private final SyscallEvent event = new SyscallEvent();
    private final Losses losses;
    private final Summary summary;
    private long exitSeenAt;
    private CallWriter writer;

    SyscallsSession(SyscallsOptions options) {
        super(options.target(), options.json());
        this.options = options;
        this.summary = options.summary() ? new Summary() : null;
        this.losses = new Losses(this::say);
    }

    @Override
    protected SyscallTracer start() {
        return SyscallTracer.start(options, table, untilTheEnd(this));
    }

    @Override
    protected void flush(SyscallTracer tracer) {
        writer.flush();
        losses.report(tracer.lost());
    }

    @Override
    protected void conclude(SyscallTracer tracer) {
        if (summary != null) {
            writer.write(summary);
        }
        writer.writeLosses(tracer.lost(), tracer.notFollowed());
        writer.flush();
        losses.conclude(tracer.lost());
        sayNotFollowed(tracer.notFollowed());
    }

    @Override
    protected boolean isTargetGone(SyscallTracer tracer) {
        if (super.isTargetGone(tracer)) {
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

    @Override
    protected void open(CommandOutput output) {
        writer =
                options.json()
                        ? new JsonWriter(output, WallClock.instant())
                        : new TextWriter(
                                output,
                                WallClock.timeOfDay(),
                                options.target().isWholeMachine(),
                                isColored());
    }

    private boolean isColored() {
        if (options.color() != Color.AUTO) {
            return options.color() == Color.ALWAYS;
        }
        String noColor = System.getenv("NO_COLOR");
        if (options.target().file() != null || noColor != null && !noColor.isEmpty()) {
            return false;
        }
        String descriptor = options.target().usesStandardError() ? "2" : "1";
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor)).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
