package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.session.HeaderField;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeTry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Calls of several connections at once, of whose events any may be lost. A model of {@code
 * grpc.bpf.c} says what the kernel knows and counts.
 */
class CallsProperties {
    private static final int TRAILERS = 0;
    private static final int RESET = 1;
    private static final int CLOSED = 2;
    private static final int OPEN = 3;

    /** A call as it really is. */
    private static final class Sent {
        private final Calls.Connection connection;
        private final int stream;
        private final boolean answers;
        private final int ends;
        private int step;
        private HeaderBlock request;
        private HeaderBlock headers;
        private HeaderBlock trailers;
        private boolean isHeard;

        private Sent(Calls.Connection connection, int stream, Random random) {
            this.connection = connection;
            this.stream = stream;
            this.answers = random.nextBoolean();
            this.ends = random.nextInt(4);
        }

        /** {@return whether there is anything to tell at this step} */
        private boolean happens() {
            return step == 0 || step == 1 && answers || step == 2 && hasEnd();
        }

        private boolean hasEnd() {
            return ends == TRAILERS || ends == RESET;
        }

        private boolean isDone() {
            return step == 3;
        }
    }

    private record Key(Calls.Connection connection, int stream) {}

    /** The map {@code streams}, with what could not be told of each call. */
    private static final class KernelModel implements Calls.OpenCalls {
        private final Map<Key, boolean[]> streams = new HashMap<>();
        private long lostCalls;

        @Override
        public Calls.Known find(Calls.Connection connection, int stream) {
            Key key = new Key(connection, stream);
            return streams.containsKey(key) ? known(key) : null;
        }

        @Override
        public Calls.Known take(Calls.Connection connection, int stream) {
            Calls.Known known = find(connection, stream);
            streams.remove(new Key(connection, stream));
            return known;
        }

        private Calls.Known known(Key key) {
            boolean[] lost = streams.get(key);
            return lost == null
                    ? new Calls.Known(false, false, false)
                    : new Calls.Known(true, lost[0], lost[1]);
        }

        private void end(Key key, boolean isLost) {
            streams.remove(key);
            lostCalls += isLost ? 1 : 0;
        }
    }

    private List<Call> told;
    private Calls calls;
    private KernelModel kernel;
    private long time;

    @BeforeTry
    void begin() {
        told = new ArrayList<>();
        calls = new Calls(told::add);
        kernel = new KernelModel();
    }

    private HeaderBlock block(String name, Sent call) {
        String value = call.connection.number() + "/" + call.stream;
        return new HeaderBlock(++time, List.of(new HeaderField(name, value)), false);
    }

    /** The next thing that happens to a call; {@code isLost}: and is not told. */
    private void step(Sent call, boolean isLost) {
        Key key = new Key(call.connection, call.stream);
        if (!isLost && call.happens()) {
            calls.meet(call.connection, "c", false, null);
            call.isHeard = true;
        }
        switch (call.step++) {
            case 0 -> {
                call.request = block(":path", call);
                kernel.streams.put(key, new boolean[] {isLost, false});
                if (!isLost) {
                    calls.begin(call.connection, call.stream, call.request);
                }
            }
            case 1 -> {
                if (call.answers) {
                    call.headers = block(":status", call);
                    if (isLost) {
                        kernel.streams.get(key)[1] = true;
                    } else {
                        calls.answer(call.connection, call.stream, call.headers, kernel.known(key));
                    }
                }
            }
            default -> {
                Calls.Known known = kernel.known(key);
                if (call.ends == TRAILERS) {
                    call.trailers = block("grpc-status", call);
                    kernel.end(key, isLost);
                    if (!isLost) {
                        calls.end(call.connection, call.stream, call.trailers, known);
                    }
                } else if (call.ends == RESET) {
                    kernel.end(key, isLost);
                    if (!isLost) {
                        calls.reset(call.connection, call.stream, ++time, 8, 1, known);
                    }
                }
            }
        }
    }

    private List<Sent> run(int count, int lossInAHundred, Random random) {
        calls.ask(kernel);
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new Sent(new Calls.Connection(1, 7 + i % 3), 1 + 2 * (i / 3), random));
        }
        List<Sent> left = new ArrayList<>(all);
        while (!left.isEmpty()) {
            // Calls of a connection begin in the order of their numbers.
            Sent next = left.get(random.nextInt(left.size()));
            for (Sent other : left) {
                if (next.step == 0 && other.step == 0 && other.connection.equals(next.connection)) {
                    next = other;
                    break;
                }
            }
            step(next, random.nextInt(100) < lossInAHundred);
            if (next.isDone()) {
                left.remove(next);
            }
        }
        return all;
    }

    private void closeConnections(List<Sent> all, boolean endsFollow) {
        for (Sent call : all) {
            calls.close(call.connection, ++time, endsFollow);
        }
    }

    @Property
    void whatIsToldIsRightOrMarkedAndNothingIsToldTwice(
            @ForAll @IntRange(min = 1, max = 40) int count,
            @ForAll @IntRange(max = 60) int lossInAHundred,
            @ForAll boolean closes,
            @ForAll Random random) {
        List<Sent> all = run(count, lossInAHundred, random);
        if (closes) {
            closeConnections(all, false);
        }
        calls.closeAll(false);
        Map<Key, Call> byKey = new HashMap<>();
        for (Call call : told) {
            Key key = new Key(new Calls.Connection(call.pid(), call.connection()), call.stream());
            assertEquals(null, byKey.put(key, call), "told twice");
        }
        long unseen = 0;
        for (Sent sent : all) {
            Call call = byKey.remove(new Key(sent.connection, sent.stream));
            boolean ended = sent.hasEnd();
            if (call == null) {
                unseen += ended || sent.isHeard ? 0 : 1;
                continue;
            }
            if (!call.isCut()) {
                assertEquals(sent.request, call.request());
                assertEquals(sent.headers, call.headers());
            }
            assertEquals(sent.trailers, call.trailers());
            assertEquals(sent.ends == RESET ? 1 : -1, call.ownStatus());
            assertEquals(!ended && !closes, call.isOpen());
            assertTrue(call.request() == null || call.request().equals(sent.request));
            assertTrue(call.headers() == null || call.headers().equals(sent.headers));
        }
        assertEquals(Map.of(), byKey, "told, and never called");
        // Of a call that goes on, and of which nothing was told, nobody knows.
        assertEquals(all.size(), told.size() + kernel.lostCalls + unseen);
    }

    @Property
    void ofWhatIsNotLostNothingIsCut(
            @ForAll @IntRange(min = 1, max = 40) int count, @ForAll Random random) {
        List<Sent> all = run(count, 0, random);
        closeConnections(all, random.nextBoolean());
        calls.closeAll(false);
        assertEquals(all.size(), told.size());
        assertTrue(told.stream().noneMatch(Call::isCut));
    }
}
