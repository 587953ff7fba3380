package dev.purebpf.cli.grpc;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts what calls begin with together with what they are answered and end with, and tells each when
 * it has ended. What the kernel knows of a call decides in doubt: an end that was lost is counted
 * there, and its call not told.
 */
final class Calls {
    /** Twice what the kernel remembers: at least half of them then have lost their ends. */
    static final int MOST = 2 * 65_536;

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

    /** Asks the kernel whether a call has not ended. */
    interface OpenStreams {
        /** {@return whether it has begun, and its end was neither told nor lost} */
        boolean isOpen(Connection connection, int stream);
    }

    private static final class Pending {
        private HeaderBlock request;
        private HeaderBlock headers;
    }

    private static final class State {
        private String command;
        private boolean client;
        private Peer peer;

        /** The first call whose beginning was seen; those before began before. */
        private int first = -1;

        private final Map<Integer, Pending> pending = new LinkedHashMap<>();
    }

    private final Consumer<Call> told;
    private final Map<Connection, State> connections = new HashMap<>();
    private OpenStreams open = (_, _) -> true;
    private int count;

    Calls(Consumer<Call> told) {
        this.told = told;
    }

    /** Says whom to ask from now on. */
    void ask(OpenStreams streams) {
        open = streams;
    }

    /**
     * Something was told of a connection.
     *
     * @param command the name of the process
     * @param client whether our end calls, and does not serve
     * @param peer the other end, {@code null} if that is not known
     */
    void meet(Connection connection, String command, boolean client, Peer peer) {
        State state = connections.computeIfAbsent(connection, _ -> new State());
        state.command = command;
        state.client = client;
        state.peer = peer == null ? state.peer : peer;
    }

    /** A call begins. */
    void begin(Connection connection, int stream, HeaderBlock request) {
        State state = connections.get(connection);
        if (state.first < 0) {
            state.first = stream;
        }
        pending(state, stream).request = request;
        if (count > MOST) {
            forgetLost();
        }
    }

    /** The headers of an answer. */
    void answer(Connection connection, int stream, HeaderBlock headers, Known known) {
        State state = connections.get(connection);
        if (!isLate(state, stream, known)) {
            pending(state, stream).headers = headers;
        }
    }

    /** A call ends with trailers. */
    void end(Connection connection, int stream, HeaderBlock trailers, Known known) {
        State state = connections.get(connection);
        if (!isLate(state, stream, known)) {
            tell(connection, state, stream, trailers, trailers.time(), -1, known);
        }
    }

    /**
     * A call ends without trailers.
     *
     * @param code the error code of HTTP/2 that our end sent, -1 if it sent none
     */
    void reset(Connection connection, int stream, long time, int code, Known known) {
        tell(connection, connections.get(connection), stream, null, time, code, known);
    }

    /** A connection is closed, and what was under way gets no answer. */
    void close(Connection connection) {
        State state = connections.remove(connection);
        if (state == null) {
            return;
        }
        for (Integer stream : state.pending.keySet().toArray(Integer[]::new)) {
            if (open.isOpen(connection, stream)) {
                tell(connection, state, stream, null, -1, -1, new Known(true, false, false));
            }
        }
        count -= state.pending.size();
    }

    /** A process has ended. */
    void closeAllOf(int pid) {
        for (Connection connection : connections.keySet().toArray(Connection[]::new)) {
            if (connection.pid() == pid) {
                close(connection);
            }
        }
    }

    /** Ends everything, after the last event. */
    void closeAll() {
        for (Connection connection : connections.keySet().toArray(Connection[]::new)) {
            close(connection);
        }
    }

    /** What comes after the end, as an answer does that was on its way when its call was reset. */
    private static boolean isLate(State state, int stream, Known known) {
        return !known.isBegun()
                && !state.pending.containsKey(stream)
                && state.first >= 0
                && stream >= state.first;
    }

    private Pending pending(State state, int stream) {
        return state.pending.computeIfAbsent(
                stream,
                _ -> {
                    count++;
                    return new Pending();
                });
    }

    private void forgetLost() {
        connections.forEach(
                (connection, state) -> {
                    Iterator<Integer> streams = state.pending.keySet().iterator();
                    while (streams.hasNext()) {
                        if (!open.isOpen(connection, streams.next())) {
                            streams.remove();
                            count--;
                        }
                    }
                });
    }

    private void tell(
            Connection connection,
            State state,
            int stream,
            HeaderBlock trailers,
            long ended,
            int reset,
            Known known) {
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
                        || trailers != null && trailers.isCut();
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
                        trailers,
                        ended,
                        reset,
                        isCut));
    }
}
