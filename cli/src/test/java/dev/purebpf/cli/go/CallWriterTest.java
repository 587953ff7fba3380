package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.session.WallClock;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.RuntimeTypes;
import dev.purebpf.go.RuntimeTypes.RuntimeType;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;

/** What becomes of a call's events, and what it costs. */
class CallWriterTest {
    private static final int DEPTH = 24;
    private static final int DONE = 32;

    /** A number of eight bytes of which each part is another short text, or a number. */
    private static final long LETTERS = 0x6867_6665_6463_6261L;

    /** 1.5 as double, 1.9375 and 0 as two floats. */
    private static final long DOUBLE = 0x3ff8_0000_0000_0000L;

    private static final StaticData PROGRAM =
            new StaticData() {
                private final Optional<RuntimeType> type =
                        Optional.of(new RuntimeType("errors.text", RuntimeTypes.STRING, 16));

                @Override
                public Optional<RuntimeType> runtimeType(long address) {
                    return type;
                }

                @Override
                public byte[] constant(long address, int count) {
                    return null;
                }
            };

    private final Place begin;
    private final Place end;

    CallWriterTest() {
        List<Parameter> parameters =
                DeclaredTypes.parse(
                        "a int8, b string, c []byte, d []string, e *struct{x int; y [2]uint16}, f"
                                + " error, g interface{}, h bool, i map[string]int, j [3]float64");
        List<Parameter> results = DeclaredTypes.parse("x int64, err error");
        GoFunction function =
                new GoFunction(
                                "main.work",
                                0x1000,
                                64,
                                0x1004,
                                GoAbi.AMD64,
                                null,
                                null,
                                null,
                                false)
                        .declared(parameters, results);
        begin =
                new Place(
                        function,
                        false,
                        List.of(0x1004L),
                        CapturePlan.of(
                                GoAbi.AMD64,
                                parameters.stream().map(Parameter::type).toList(),
                                function.call().parameters()),
                        null);
        end =
                new Place(
                        function,
                        true,
                        List.of(0x1020L, 0x1030L),
                        CapturePlan.of(
                                GoAbi.AMD64,
                                results.stream().map(Parameter::type).toList(),
                                function.call().results()),
                        null);
    }

    /** An event whose data are one word again and again. */
    private static GoEvent event(Place place, long address, long goroutine, long word) {
        ByteBuffer bytes =
                ByteBuffer.allocate(GoEvent.DATA + place.dataSize()).order(ByteOrder.nativeOrder());
        bytes.putLong(0, 1_000_000_000L + address).putLong(8, address).putLong(16, goroutine);
        bytes.putLong(DEPTH, 64).putLong(DONE, -1).putInt(40, 12).putInt(44, 13);
        bytes.put(56, "me\0".getBytes(StandardCharsets.UTF_8));
        for (int at = GoEvent.DATA; at + 8 <= bytes.capacity(); at += 8) {
            bytes.putLong(at, word);
        }
        return new GoEvent().wrap(MemorySegment.ofArray(bytes.array()), 0, bytes.capacity());
    }

    private static CallWriter people(OutputStream out) {
        return new TextWriter(
                new CommandOutput(out),
                WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC")),
                new ShownValues(PROGRAM),
                true);
    }

    private static CallWriter programs(OutputStream out) {
        return new JsonWriter(
                new CommandOutput(out), WallClock.instant(0), new ShownValues(PROGRAM), true);
    }

    @Test
    void aCallIsOneLine() {
        var out = new ByteArrayOutputStream();
        CallWriter writer = people(out);
        OpenCalls open = new OpenCalls(writer::write);
        open.begin(begin, event(begin, 0x1004, 7, DOUBLE));
        open.end(end, event(end, 0x1030, 7, DOUBLE));
        writer.flush();
        String line = out.toString(StandardCharsets.UTF_8);
        assertEquals(
                "00:00:01.000004 me 12/13 g7 main.work(a=0, b=\""
                        + "\\x00\\x00\\x00\\x00\\x00\\x00\\xf8?".repeat(16)
                        + "\"...",
                line.substring(0, line.indexOf(", c=")));
        assertEquals(
                "h=false, i=0x3ff8000000000000, j=[1.5, 1.5, 1.5]) ="
                        + " (x=4609434218613702656, err=errors.text(\""
                        + "\\x00\\x00\\x00\\x00\\x00\\x00\\xf8?".repeat(8)
                        + "\"...)) <0.000000044>\n",
                line.substring(line.indexOf("h=")));
    }

    @Test
    void jsonSaysTheSame() {
        var out = new ByteArrayOutputStream();
        CallWriter writer = programs(out);
        OpenCalls open = new OpenCalls(writer::write);
        open.begin(begin, event(begin, 0x1004, 7, LETTERS));
        open.end(end, event(end, 0x1030, 7, LETTERS));
        writer.flush();
        Map<String, Object> call = Json.object(out.toString(StandardCharsets.UTF_8).strip());
        assertEquals(7L, call.get("goroutine"));
        assertEquals(44L, call.get("duration_ns"));
        Map<?, ?> first = (Map<?, ?>) ((List<?>) call.get("arguments")).getFirst();
        assertEquals(97L, first.get("value"));
        assertEquals(List.of("rax"), first.get("places"));
        Map<?, ?> last = (Map<?, ?>) ((List<?>) call.get("results")).getLast();
        assertEquals(List.of("rbx", "rcx"), last.get("places"));
        assertEquals(
                Map.of("type", "errors.text", "value", "abcdefgh".repeat(8)), last.get("value"));
    }

    @Test
    void aCallAllocatesNothing() {
        for (long word : List.of(LETTERS, DOUBLE)) {
            assertEquals(0, allocatedBy(people(OutputStream.nullOutputStream()), word));
            assertEquals(0, allocatedBy(programs(OutputStream.nullOutputStream()), word));
        }
    }

    /** {@return the bytes that 200 calls take in the thriftiest of many rounds} */
    private long allocatedBy(CallWriter writer, long word) {
        boolean hasFloats = word == DOUBLE;
        Place first = hasFloats ? begin : withoutFloats();
        Place last = new Place(first.function(), true, end.addresses(), end.capture(), null);
        OpenCalls open = new OpenCalls(writer::write);
        GoEvent[] begins = new GoEvent[4];
        GoEvent[] ends = new GoEvent[4];
        for (int i = 0; i < begins.length; i++) {
            begins[i] = event(first, 0x1004, i, word);
            ends[i] = event(end, 0x1020, i, word);
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // The first rounds are interpreted and make more.
        for (int round = 0; round < 2_000 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 50; i++) {
                for (GoEvent event : begins) {
                    open.begin(first, event);
                }
                for (GoEvent event : ends) {
                    open.end(last, event);
                }
            }
            writer.flush();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    /** Letters are a number of too many digits to be written without an object. */
    private Place withoutFloats() {
        List<Parameter> some = begin.function().signature().parameters().subList(0, 9);
        GoFunction function = begin.function().declared(some, end.function().signature().results());
        CapturePlan.Result plan =
                CapturePlan.of(
                        GoAbi.AMD64,
                        some.stream().map(Parameter::type).toList(),
                        function.call().parameters());
        return new Place(function, false, begin.addresses(), plan, null);
    }
}
