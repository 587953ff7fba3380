package dev.purebpf.probe.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.OpenLink;
import dev.purebpf.OpenMap;
import dev.purebpf.OpenProgram;
import dev.purebpf.PerCpuMap;
import dev.purebpf.QueueMap;
import dev.purebpf.TypedMap;
import dev.purebpf.Variable;
import dev.purebpf.codec.Codec;
import dev.purebpf.codec.Length;
import dev.purebpf.error.VerifierException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.event.EventHandler;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.PinCommands;
import dev.purebpf.kernel.ProgramInfo;
import dev.purebpf.kernel.TestRun;
import dev.purebpf.link.MapType;
import dev.purebpf.probe.Probe;
import dev.purebpf.probe.RawTracepoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The examples of docs/library.md are lines of this file, and do what is said there. */
class GuideTest {
    private static final Path MODULE = Path.of("").toAbsolutePath();
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    /** What this test has between the lines that the guide shows. */
    private static final Pattern ASSERTION =
            Pattern.compile("^ +assert\\w+\\(.*?\\);\\n", Pattern.DOTALL | Pattern.MULTILINE);

    static Stream<String> examples() throws IOException {
        String guide = Files.readString(MODULE.resolveSibling("docs/library.md"));
        return EXAMPLE.matcher(guide).results().map(found -> found.group(1));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theGuideShowsLinesThatAreCompiled(String example) throws IOException {
        String source =
                Files.readString(
                        MODULE.resolve("src/test/java/dev/purebpf/probe/example/GuideTest.java"));
        assertTrue(
                plain(ASSERTION.matcher(source).replaceAll("")).contains(plain(example)),
                "docs/library.md must show lines of GuideTest.java, not:\n" + example);
    }

    /** Lines are shorter in the test, where they begin further to the right. */
    private static String plain(String code) {
        return code.replaceAll("\\s+", "");
    }

    record Point(short x, short y, long weight) {}

    record Key(int pid, int cpu) {}

    record Value(long count, String name, int[] numbers) {}

    record Call(int pid, int tid, long number, long time) {}

    record Event(long sequence, int pid, int tid, @Length(16) String comm) {}

    @TempDir private Path folder;

    private final int pid = (int) ProcessHandle.current().pid();
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        PrintStream capturing = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capturing);
        System.setErr(capturing);
    }

    @AfterEach
    void release() {
        System.setOut(out);
        System.setErr(err);
    }

    private BpfObject fixture(String name) throws IOException {
        assumeTrue(
                "root".equals(System.getProperty("user.name")),
                "loading BPF programs needs root here");
        Path file = folder.resolve(name + ".bpf.o");
        try (var compiled = getClass().getResourceAsStream("/fixtures/" + name + ".bpf.o")) {
            Files.copy(compiled, file);
        }
        return BpfObject.open(file);
    }

    private LoadedObject maps() throws IOException {
        BpfObject object = fixture("maps");
        object.map("pinned").autocreate(false);
        return object.load();
    }

    /** A program that reports each system call of this process. */
    private BpfObject calls() throws IOException {
        return fixture("example").set("target_pid", pid);
    }

    @Test
    @Tag("kernel")
    void globalVariablesAreSetAndRead() throws Exception {
        fixture("globals");
        BpfObject object = BpfObject.open(folder.resolve("globals.bpf.o")).set("target_pid", pid);
        try (LoadedObject bpf = object.load()) {
            Variable counter = bpf.variable("counter");
            counter.set(0);
            long now = counter.getLong();
            Point origin = bpf.variable("origin").get(Point.class);

            assertEquals(0, now);
            assertEquals(new Point((short) 1, (short) -2, 3), origin);
            assertEquals(pid, bpf.variable("target_pid").getInt());
            assertFalse(counter.getBoolean());
            assertTrue(bpf.variable("target_pid").getBoolean());
        }
    }

    @Test
    @Tag("kernel")
    void aClassIsGeneratedForAnObject() throws Exception {
        BpfObject object = fixture("globals");
        try (Globals bpf = Globals.of(object).targetPid(pid).greeting("hi").load()) {
            bpf.origin(new Globals.Point((short) 1, (short) 2, 3));
            bpf.onEnter().run(new byte[0], new byte[16]);
            long weight = bpf.origin().weight();
            int last = bpf.lastPid();

            assertEquals(13, weight);
            assertEquals(pid, last);
            assertEquals("hi", bpf.greeting());
        }
    }

    @Test
    @Tag("kernel")
    void mapsOfManyKindsAreUsed() throws Exception {
        try (LoadedObject bpf = maps()) {
            TypedMap<Key, Value> hash = bpf.map("hash").typed(Key.class, Value.class);
            hash.put(new Key(1, 0), new Value(1, "one", new int[4]));
            Value one = hash.get(new Key(1, 0));
            boolean was = hash.delete(new Key(1, 0));
            hash.forEach((key, value) -> System.out.println(key + " " + value));

            assertEquals("one", one.name());
            assertTrue(was);
            assertEquals("", printed.toString(StandardCharsets.UTF_8));

            PerCpuMap<Integer, Long> counts =
                    bpf.map("percpu_array").perCpu(Integer.class, Long.class);
            long total = counts.get(0).stream().mapToLong(Long::longValue).sum();

            assertEquals(0, total);

            TypedMap<Integer, Long> array = bpf.map("array").typed(Integer.class, Long.class);
            array.putAll(Map.of(0, 10L, 1, 11L));

            assertEquals(11, array.get(1));

            QueueMap<Long> queue = bpf.map("queue").queue(Long.class);
            queue.push(7L);
            Long next = queue.pop();

            assertEquals(7, next);
            assertNull(queue.pop());
        }
    }

    @Test
    @Tag("kernel")
    void mapsOfMapsAndProgramsHoldDescriptors() throws Exception {
        try (LoadedObject bpf = maps()) {
            bpf.map("programs").programArray().put(2, bpf.program("tail"));
            bpf.map("outer").mapOfMaps(Integer.class).put(1, bpf.map("inner_first"));

            assertTrue(bpf.map("programs").typed(Integer.class, Integer.class).get(2) > 0);
            assertTrue(bpf.map("outer").typed(Integer.class, Integer.class).get(1) > 0);
        }
    }

    @Test
    @Tag("kernel")
    void mapsAreReadOnMemory() throws Exception {
        try (LoadedObject bpf = maps();
                Arena arena = Arena.ofConfined()) {
            bpf.map("array").typed(Integer.class, Long.class).put(0, 10L);

            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            while (bpf.map("array").lookup(key, value)
                    && value.get(ValueLayout.JAVA_LONG, 0) != 0) {
                key.set(ValueLayout.JAVA_INT, 0, key.get(ValueLayout.JAVA_INT, 0) + 1);
            }

            assertEquals(1, key.get(ValueLayout.JAVA_INT, 0));
        }
    }

    @Test
    @Tag("kernel")
    void eventsComeAsRecordsByACodecAndAsBytes() throws Exception {
        assumeTrue(
                Kernel.host().features().has(Feature.RING_BUFFER),
                "needs a kernel with ring buffers (5.8)");
        List<Call> seen = new ArrayList<>();
        AtomicLong sum = new AtomicLong();
        try (LoadedObject bpf = calls().load();
                Link _ = Probe.attach(bpf.program("on_sys_enter"))) {
            try (EventBuffer calls = bpf.ringBuffer("calls", Call.class, System.out::println)) {
                calls.poll(Duration.ofMillis(100));
            }
            String text = printed.toString(StandardCharsets.UTF_8);
            assertTrue(text.contains("Call[pid=" + pid), text);

            Kernel.host().threadId();
            Codec<Call> codec = Codec.of(Call.class);
            try (EventBuffer calls = bpf.ringBuffer("calls", codec, seen::add)) {
                calls.consume();
            }
            assertEquals(pid, seen.getFirst().pid());

            Kernel.host().threadId();
            EventHandler handler =
                    (data, offset, length) -> sum.addAndGet(data.get(ValueLayout.JAVA_INT, offset));
            try (EventBuffer calls = bpf.ringBuffer("calls", handler)) {
                calls.consume();
            }
            assertEquals(0, sum.get() % pid);
            assertTrue(sum.get() > 0, "each event begins with the process");
        }
    }

    @Test
    @Tag("kernel")
    void perfBuffersTakeTheSameArguments() throws Exception {
        List<Event> seen = new ArrayList<>();
        BpfObject object = fixture("events_perf").set("target_pid", pid);
        try (LoadedObject bpf = object.load();
                Link _ = Probe.attach(bpf.program("on_enter"))) {
            try (EventBuffer events = bpf.perfBuffer("events", Event.class, seen::add)) {
                events.poll(Duration.ofSeconds(10));
            }
            try (EventBuffer events = bpf.perfBuffer("events", Codec.of(Event.class), seen::add)) {
                events.poll(Duration.ofSeconds(10));
            }
        }
        assertTrue(seen.size() >= 2, () -> seen.size() + " events");
        assertEquals(List.of(pid), seen.stream().map(Event::pid).distinct().toList());
    }

    @Test
    @Tag("kernel")
    void aMapTakesTheTypeThatTheKernelHas() throws Exception {
        BpfObject object = calls();
        if (!Kernel.host().features().has(Feature.RING_BUFFER)) {
            object.map("calls").type(MapType.PERF_EVENT_ARRAY);
        }
        assertEquals(MapType.RINGBUF, object.map("calls").definition().type().orElseThrow());
    }

    @Test
    @Tag("kernel")
    void programsAreAttachedByTheirSectionOrToAPlace() throws Exception {
        try (LoadedObject bpf = fixture("example").load()) {
            try (Link link = Probe.attach(bpf.program("on_sys_enter"))) {
                System.out.println(link);
            }
            assertEquals(
                    "on_sys_enter at raw_tracepoint sys_enter\n",
                    printed.toString(StandardCharsets.UTF_8));

            Link link = RawTracepoint.of("sys_exit").attach(bpf.program("on_sys_enter"));
            link.close();

            assertFalse(link.isAttached());
        }
    }

    @Test
    @Tag("kernel")
    void aProgramRunsOnce() throws Exception {
        try (LoadedObject bpf = maps()) {
            TestRun run = bpf.program("count").run(new byte[0], new byte[16]);
            System.out.println("returned " + run.returnValue());
        }
        assertEquals("returned 0\n", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    @Tag("kernel")
    void theKernelCountsRuns() throws Exception {
        try (LoadedObject bpf = maps()) {
            try (var _ = InfoCommands.enableStatistics(Kernel.host())) {
                bpf.program("count").run(new byte[0], new byte[16]);
                ProgramInfo info = bpf.program("count").info();
                System.out.println(info.runCount() + " runs in " + info.runNanoseconds() + " ns");
            }
            String text = printed.toString(StandardCharsets.UTF_8);
            assertTrue(text.matches("1 runs in \\d+ ns\n"), text);
            // Whoever else counts on this machine, the numbers stay.
            assertTrue(bpf.program("count").info().runCount() >= 1);
        }
    }

    @Test
    @Tag("kernel")
    void aPinnedMapIsOpenedByOthers() throws Exception {
        Path path = Path.of("/sys/fs/bpf/purebpf-guide-" + pid);
        try (LoadedObject bpf = maps()) {
            requireBpffs();
            bpf.map("array").pin(path);
            try (OpenMap pinned = OpenMap.pinned(path)) {
                pinned.map().typed(Integer.class, Long.class).put(0, 1L);
            }
            assertEquals(1, bpf.map("array").typed(Integer.class, Long.class).get(0));
        } finally {
            Files.deleteIfExists(path);
        }
    }

    @Test
    @Tag("kernel")
    void aPinnedSectionHasVariables() throws Exception {
        Path path = Path.of("/sys/fs/bpf/purebpf-guide-" + pid);
        try (LoadedObject bpf = fixture("globals").load()) {
            requireBpffs();
            bpf.map(".data").pin(path);
            try (OpenMap data = OpenMap.pinned(path)) {
                data.variable("counter").set(7);
            }
            assertEquals(7, bpf.variable("counter").getLong());
        } finally {
            Files.deleteIfExists(path);
        }
    }

    @Test
    @Tag("kernel")
    void aPinnedLinkIsTakenUpByOthers() throws Exception {
        Path path = Path.of("/sys/fs/bpf/purebpf-guide-" + pid);
        try (LoadedObject bpf = calls().load();
                Link link = Probe.attach(bpf.program("on_sys_enter"))) {
            requireBpffs();
            link.pin(path);
            try (OpenLink pinned = OpenLink.pinned(path);
                    OpenProgram running =
                            OpenProgram.ofId(Kernel.host(), pinned.info().programId())) {
                System.out.println(
                        running.info().name() + " has run since " + running.info().loadTime());
            }
            assertTrue(printed.toString().startsWith("on_sys_enter has run since "));
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static void requireBpffs() {
        assumeTrue(
                PinCommands.isPinnable(Kernel.host(), Path.of("/sys/fs/bpf")),
                "needs a bpffs: mount -t bpf bpf /sys/fs/bpf");
    }

    @Test
    @Tag("kernel")
    void theVerifierSaysWhy() throws Exception {
        fixture("rejected");
        try (LoadedObject bpf = BpfObject.open(folder.resolve("rejected.bpf.o")).load()) {
            System.out.println("loaded " + bpf.name());
        } catch (VerifierException e) {
            System.err.println(e.getMessage()); // the line of C and the reason first
            System.err.println(e.log()); // all that the verifier said
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("return *number; /* may be null */"), text);

        BpfObject object = calls();
        LoadedObject verbose = object.load(LoadOptions.defaults().withLogLevel(1));
        String log = verbose.program("on_sys_enter").log();
        verbose.close();
        assertTrue(log.contains("processed"), log);
        // The kernel keeps the end of what does not fit, or (before 6.4) the beginning.
        try (LoadedObject brief =
                object.load(LoadOptions.defaults().withLogLevel(2).withLogSize(128))) {
            assertTrue(brief.program("on_sys_enter").log().length() < 128);
        }
    }
}
