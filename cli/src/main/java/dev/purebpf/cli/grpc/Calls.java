package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.PeerAddress;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Puts what calls begin with together with what they are answered and end with, and tells each when
 * it has ended. What the kernel knows of a call decides in doubt: an end that was lost is counted
 * there, and its call not told.
 */
final class Calls {
    /** Twice what the kernel remembers: at least half of them then it knows nothing of. */
    static final int MOST = 2 * 65_536;

    /** More than a process closes while it still reads from one of them. */
    private static final int MOST_CLOSED = 1024;

    /**
     * A connection of a process.
     *
     * @param pid the process
     * @param number differs from those of its other connections
     */
    record Connection(int pid, long number) {}

    /**
     * What the kernel knows of a call when it tells something of it.
     *
     * @param isBegun whether it has seen the beginning, and not the end before
     * @param requestLost whether it could not tell the beginning
     * @param headersLost whether it could not tell the headers of the answer
     */
    record Known(boolean isBegun, boolean requestLost, boolean headersLost) {}

    /** The calls that have begun, and whose end was neither told nor lost, as the kernel knows. */
    interface OpenCalls {
        /** {@return what is known of a call; {@code null} if it is none of them} */
        Known find(Connection connection, int stream);

        /**
         * {@return what is known of a call, which is none of them from now on, so that the caller
         * tells its end; {@code null} if it was none}
         */
        Known take(Connection connection, int stream);
    }

    /** How a call ends; the parts are those of {@link Call}. */
    private record End(long time, HeaderBlock trailers, int reset, int status) {}

    private static final End NO_END = new End(-1, null, -1, -1);

    private static final class Pending {
        private HeaderBlock request;
        private HeaderBlock headers;
    }

    private static final class State {
        private String command;
        private boolean client;
        private PeerAddress peer;

        /** The first call whose beginning was seen; those before began before. */
        private int first = -1;

        /** Only the ends are to come of what is pending. */
        private boolean isClosed;

        private final Map<Integer, Pending> pending = new LinkedHashMap<>();
    }

    private final Consumer<Call> told;
    private final Map<Connection, State> connections = new HashMap<>();

    /** Those that are closed and forgotten: what had come before may still be looked at. */
    private final Set<Connection> closed = new LinkedHashSet<>();

    private OpenCalls open;
    private int count;

    Calls(Consumer<Call> told) {
        this.told = told;
    }

    /** Says whom to ask from now on. */
    void ask(OpenCalls all) {
        open = all;
    }

    /**
     * Something was told of a connection.
     *
     * @param command the name of the process
     * @param client whether our end calls, and does not serve
     * @param peer the other end, {@code null} if that is not known
     */
    void meet(Connection connection, String command, boolean client, PeerAddress peer) {
        State state = connections.computeIfAbsent(connection, this::newState);
        state.command = command;
        state.client = client;
        state.peer = peer == null ? state.peer : peer;
    }

    private State newState(Connection connection) {
        State state = new State();
        state.isClosed = closed.contains(connection);
        return state;
    }

    /** A call begins. */
    void begin(Connection connection, int stream, HeaderBlock request) {
        State state = connections.get(connection);
        if (state.isClosed) {
            // Another connection, at the address of one that was closed.
            count -= state.pending.size();
            state.pending.clear();
            state.isClosed = false;
            state.first = -1;
            closed.remove(connection);
        }
        if (state.first < 0) {
            state.first = stream;
        }
        Pending call = pending(state, stream);
        call.request = request;
        call.headers = null;
        limit();
    }

    /** The headers of an answer. */
    void answer(Connection connection, int stream, HeaderBlock headers, Known known) {
        State state = connections.get(connection);
        if (isLate(state, stream, known)) {
            forgetIfDone(connection, state);
        } else {
            pending(state, stream).headers = headers;
            // A server may answer what nobody asked it, of a client that was there before us.
            limit();
        }
    }

    /** A call ends with trailers. */
    void end(Connection connection, int stream, HeaderBlock trailers, Known known) {
        State state = connections.get(connection);
        if (isLate(state, stream, known)) {
            forgetIfDone(connection, state);
        } else {
            tell(connection, stream, new End(trailers.time(), trailers, -1, -1), known);
        }
    }

    /**
     * A call ends without trailers.
     *
     * @param code the error code of HTTP/2 that our end sent, -1 if it sent none
     * @param status the code of the status that our end gave it, -1 if that is not known
     */
    void reset(Connection connection, int stream, long time, int code, int status, Known known) {
        tell(connection, stream, new End(time, null, code, status), known);
    }

    /**
     * A connection is closed, and what is under way gets no answer.
     *
     * @param time when
     * @param endsFollow whether the end of each of them is told after this
     */
    void close(Connection connection, long time, boolean endsFollow) {
        State state = connections.get(connection);
        if (state == null) {
            return;
        }
        if (!endsFollow) {
            takeAll(connection, state, time);
        }
        // Of those that are left the ends are lost, or on their way.
        state.isClosed = true;
        forgetIfDone(connection, state);
    }

    /** A process has ended. */
    void closeAllOf(int pid, long time) {
        for (Connection connection : connections.keySet().toArray(Connection[]::new)) {
            if (connection.pid() == pid) {
                takeAll(connection, connections.get(connection), time);
                forget(connection);
            }
        }
    }

    /**
     * Tells what is still open, after the last event.
     *
     * @param isPart whether there were later ones: of each call there may be more then
     */
    void closeAll(boolean isPart) {
        for (Connection connection : connections.keySet().toArray(Connection[]::new)) {
            for (int stream : streams(connections.get(connection))) {
                Known known = open.find(connection, stream);
                if (known != null) {
                    tell(connection, stream, NO_END, isPart ? new Known(true, true, true) : known);
                }
            }
            forget(connection);
        }
    }

    private void takeAll(Connection connection, State state, long time) {
        for (int stream : streams(state)) {
            Known known = open.take(connection, stream);
            if (known != null) {
                tell(connection, stream, new End(time, null, -1, -1), known);
            }
        }
    }

    private static int[] streams(State state) {
        return state.pending.keySet().stream().mapToInt(stream -> stream).toArray();
    }

    private void forget(Connection connection) {
        State state = connections.remove(connection);
        if (state != null) {
            count -= state.pending.size();
        }
    }

    private void forgetIfDone(Connection connection, State state) {
        if (state.isClosed && state.pending.isEmpty()) {
            connections.remove(connection);
            closed.add(connection);
            if (closed.size() > MOST_CLOSED) {
                closed.remove(closed.iterator().next());
            }
        }
    }

    /** What comes after the end, as an answer does that was on its way when its call was reset. */
    private static boolean isLate(State state, int stream, Known known) {
        return !known.isBegun()
                && !state.pending.containsKey(stream)
                && (state.isClosed || state.first >= 0 && stream >= state.first);
    }

    private Pending pending(State state, int stream) {
        return state.pending.computeIfAbsent(
                stream,
                _ -> {
                    count++;
                    return new Pending();
                });
    }

    private void limit() {
        if (count > MOST) {
            forgetLost();
        }
    }

    private void forgetLost() {
        for (Connection connection : connections.keySet().toArray(Connection[]::new)) {
            State state = connections.get(connection);
            for (int stream : streams(state)) {
                if (open.find(connection, stream) == null) {
                    state.pending.remove(stream);
                    count--;
                }
            }
            forgetIfDone(connection, state);
        }
    }

    private void tell(Connection connection, int stream, End end, Known known) {
        State state = connections.get(connection);
        Pending pending = state.pending.remove(stream);
        if (pending == null) {
            pending = new Pending();
        } else {
            count--;
        }
        boolean isCut =
                pending.request == null
                        || pending.request.isCut()
                        || known.requestLost()
                        || known.headersLost()
                        || pending.headers != null && pending.headers.isCut()
                        || end.trailers() != null && end.trailers().isCut();
        told.accept(
                new Call(
                        connection.pid(),
                        state.command,
                        connection.number(),
                        stream,
                        state.client,
                        state.peer,
                        pending.request,
                        pending.headers,
                        end.trailers(),
                        end.time(),
                        end.reset(),
                        end.status(),
                        isCut));
        forgetIfDone(connection, state);
    }
}
