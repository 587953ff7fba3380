package dev.purebpf.cli.session;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.programs.Programs;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The programs of one of the command's own objects, from loading to detaching: what is loaded, the
 * buffer of its events, and what is attached. The object includes {@code watch.h}. One thread uses
 * it.
 */
public abstract class ObjectTracer implements Tracer {
    private static final int WATCH_WHOLE_MACHINE = 0;
    private static final int WATCH_PROCESS = 1;
    private static final int WATCH_CHILDREN = 2;

    private final LoadedObject bpf;
    private final EventBuffer events;
    private final List<Link> links = new ArrayList<>();

    /**
     * Takes over the loaded object, and closes it if the buffer cannot be had.
     *
     * @param bpf the loaded object
     * @param buffer opens its buffer of events
     */
    protected ObjectTracer(LoadedObject bpf, Function<LoadedObject, EventBuffer> buffer) {
        this.bpf = bpf;
        try {
            this.events = buffer.apply(bpf);
        } catch (RuntimeException e) {
            bpf.close();
            throw e;
        }
    }

    /**
     * {@return one of the command's own objects}
     *
     * @param name its name without {@code .bpf.o}
     * @throws CommandFailure if it cannot be read
     */
    protected static BpfObject read(String name) {
        try {
            return BpfObject.open(name + ".bpf.o", Programs.read(name));
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    /**
     * Has an object watch a target.
     *
     * @param object the object
     * @param target whom it is to watch
     * @param kernel the kernel that is to load it
     */
    protected static void watch(BpfObject object, Target target, Kernel kernel) {
        object.set("watch", watch(target))
                .set("target", target.pid())
                .set("launcher", kernel.processId());
    }

    private static int watch(Target target) {
        if (target.isWholeMachine()) {
            return WATCH_WHOLE_MACHINE;
        }
        return target.pid() != 0 ? WATCH_PROCESS : WATCH_CHILDREN;
    }

    /** {@return the loaded object} */
    protected final LoadedObject bpf() {
        return bpf;
    }

    /**
     * Attaches; if that fails, everything is given back.
     *
     * @param attaching attaches each program and {@link #add adds} its link
     */
    protected final void attach(Runnable attaching) {
        try {
            attaching.run();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Takes over what is attached.
     *
     * @param link the link
     */
    protected final void add(Link link) {
        links.add(link);
    }

    @Override
    public final int poll(Duration timeout) {
        return events.poll(timeout);
    }

    /** {@return the children of watched processes that could not be watched, so far} */
    public final long notFollowed() {
        return bpf.variable("not_followed").getLong();
    }

    /** Closes the links, the last first. */
    @Override
    public final void detach() {
        while (!links.isEmpty()) {
            links.removeLast().close();
        }
    }

    @Override
    public final void close() {
        detach();
        events.close();
        bpf.close();
    }
}
