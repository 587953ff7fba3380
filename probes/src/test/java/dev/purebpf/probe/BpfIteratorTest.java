package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.BpfMap;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.TypedMap;
import dev.purebpf.codec.CType;
import dev.purebpf.codec.Codec;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.BpfIterator.Order;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;

/** Walks through tasks, and through the entries of a map that the test filled. */
@Tag("kernel")
@ExtendWith(LeavesNothing.class)
class BpfIteratorTest {
    private static final Kernel KERNEL = Kernel.host();

    // Where struct bpf_link_info tells of iterators what they are restricted to.
    private static final int TOLD_MAP = 28;
    private static final int TOLD_CGROUP = 32;
    private static final int TOLD_THREAD = 32;
    private static final int TOLD_PROCESS = 36;
    private static final int TOLD_ORDER = 40;

    @Test
    void eachReadingIsANewWalk() throws Exception {
        try (LoadedObject bpf = load("tasks");
                var link = (IteratorLink) Probe.attach(bpf.program("tasks"))) {
            assertEquals("iter task", link.target());
            int pid = KERNEL.processId();
            String self = pid + " of " + pid + "\n";
            assertTrue(link.text().contains(self), link.text());
            Process child = new ProcessBuilder("cat").start();
            String line = child.pid() + " of " + child.pid() + "\n";
            assertTrue(link.text().contains(line));
            child.getOutputStream().close();
            child.waitFor();
            try (InputStream stream = link.open()) {
                assertTrue(Character.isDigit(stream.read()));
            }
        }
    }

    @Test
    void theTasksOfOneProcessAreItsThreads() {
        int pid = KERNEL.processId();
        try (LoadedObject bpf = load("tasks");
                IteratorLink link = BpfIterator.ofProcess(pid).attach(bpf.program("tasks"))) {
            assertEquals("iter task of process " + pid, link.target());
            assertEquals(pid, ToldPlace.word(bpf.program("tasks"), TOLD_PROCESS));
            String text = link.text();
            assertTrue(text.contains(KERNEL.threadId() + " of " + pid + "\n"), text);
            assertTrue(text.lines().allMatch(line -> line.endsWith(" of " + pid)), text);
        } catch (UnsupportedFeatureException e) {
            assertEquals("6.1", e.since());
        }
    }

    @Test
    void oneThreadIsOneTask() {
        int tid = KERNEL.threadId();
        try (LoadedObject bpf = load("tasks");
                IteratorLink link = BpfIterator.ofThread(tid).attach(bpf.program("tasks"))) {
            assertEquals("iter task of thread " + tid, link.target());
            assertEquals(tid, ToldPlace.word(bpf.program("tasks"), TOLD_THREAD));
            assertEquals(tid + " of " + KERNEL.processId() + "\n", link.text());
            try (IteratorLink none = BpfIterator.ofThread(1 << 29).attach(bpf.program("tasks"))) {
                assertEquals("", none.text());
            }
        } catch (UnsupportedFeatureException e) {
            assertEquals("6.1", e.since());
        }
    }

    @Test
    void cgroupsComeInTheOrderThatIsAskedFor() throws Exception {
        Path outer = LiveProbes.cgroups().resolve("purebpf walk " + ProcessHandle.current().pid());
        Path inner = outer.resolve("inner");
        try (LoadedObject bpf = load("cgroups")) {
            Program program = bpf.program("cgroups");
            Files.createDirectories(inner);
            Object[] down = {id(outer), id(inner)};
            Object[] up = {id(inner), id(outer), id(LiveProbes.cgroups())};
            assertUnfit("BpfIterator.ofCgroups(folder, order)", BpfIterator.of(), program);
            assertWalk(program, outer, Order.SELF_ONLY, id(outer));
            assertWalk(program, outer, Order.DESCENDANTS_PRE, down);
            assertWalk(program, outer, Order.DESCENDANTS_POST, id(inner), id(outer));
            assertWalk(program, inner, Order.ANCESTORS_UP, up);
            Path none = outer.resolve("none");
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> BpfIterator.ofCgroups(none, Order.SELF_ONLY).attach(program));
            assertTrue(e.getMessage().contains("there is no cgroup " + none), e.getMessage());
            var other =
                    assertThrows(
                            KernelException.class,
                            () ->
                                    BpfIterator.ofCgroups(Path.of("/proc"), Order.SELF_ONLY)
                                            .attach(program));
            assertTrue(other.getMessage().contains("/proc is no cgroup"), other.getMessage());
        } catch (UnsupportedFeatureException e) {
            assertTrue(e.getMessage().contains("iter target cgroup"), e.getMessage());
        } finally {
            Files.deleteIfExists(inner);
            Files.deleteIfExists(outer);
        }
    }

    private static void assertWalk(Program program, Path from, Order order, Object... ids)
            throws IOException {
        try (IteratorLink link = BpfIterator.ofCgroups(from, order).attach(program)) {
            assertTrue(link.target().endsWith("cgroup " + from), link.target());
            assertEquals(id(from), Integer.toString(ToldPlace.word(program, TOLD_CGROUP)));
            assertEquals(order.ordinal() + 1, ToldPlace.word(program, TOLD_ORDER));
            assertEquals(List.of(ids), link.text().lines().toList());
        }
    }

    private static String id(Path cgroup) throws IOException {
        return Files.getAttribute(cgroup, "unix:ino").toString();
    }

    @Test
    void theEntriesOfAMapComeAsBytes() {
        try (LoadedObject bpf = load("entries")) {
            BpfMap map = bpf.map("squares");
            TypedMap<Integer, Long> squares = map.typed(Integer.class, Long.class);
            Map<Integer, Long> expected = new TreeMap<>();
            for (int i = 1; i <= 3; i++) {
                squares.put(i, (long) i * i);
                expected.put(i, (long) i * i);
            }
            try (IteratorLink link = BpfIterator.ofMap(map).attach(bpf.program("entries"))) {
                assertEquals("iter bpf_map_elem of map squares", link.target());
                assertEquals(
                        InfoCommands.map(KERNEL, map.fd()).id(),
                        ToldPlace.word(bpf.program("entries"), TOLD_MAP));
                ByteBuffer bytes = ByteBuffer.wrap(link.bytes()).order(ByteOrder.nativeOrder());
                Map<Integer, Long> found = new TreeMap<>();
                while (bytes.hasRemaining()) {
                    found.put(bytes.getInt(), bytes.getLong());
                }
                assertEquals(expected, found);
            }
        }
    }

    record ThreadOfTask(int tid, int pid, String name) {}

    @Test
    void structsComeAsRecords() throws Exception {
        Process child = new ProcessBuilder("cat").start();
        try (LoadedObject bpf = load("threads");
                var link = (IteratorLink) Probe.attach(bpf.program("threads"))) {
            Codec<ThreadOfTask> codec = bpf.codec("thread", ThreadOfTask.class);
            List<ThreadOfTask> found = new ArrayList<>();
            link.forEach(codec, found::add);
            int pid = (int) child.pid();
            assertTrue(found.contains(new ThreadOfTask(pid, pid, "cat")), found.toString());
            assertTrue(found.stream().anyMatch(each -> each.tid() == KERNEL.threadId()));
            // A walk that its reader gives up leaves nothing open.
            assertThrows(
                    NoSuchElementException.class,
                    () ->
                            link.forEach(
                                    codec,
                                    each -> {
                                        throw new NoSuchElementException();
                                    }));
        } finally {
            child.getOutputStream().close();
            child.waitFor();
        }
    }

    @Test
    void halfAStructIsNoRecord() {
        var bytes = new CType.Array(new CType.Whole("unsigned char", 1, false), 7);
        try (LoadedObject bpf = load("entries")) {
            BpfMap map = bpf.map("squares");
            map.typed(Integer.class, Long.class).put(1, 1L);
            try (IteratorLink link = BpfIterator.ofMap(map).attach(bpf.program("entries"))) {
                var e =
                        assertThrows(
                                IllegalStateException.class,
                                () -> link.forEach(Codec.of(bytes, byte[].class), each -> {}));
                assertTrue(e.getMessage().contains("ended after 5 bytes"), e.getMessage());
            }
        }
    }

    @Test
    void theProgramOfALinkIsReplaced() {
        try (LoadedObject bpf = load("tasks", "mark", "entries");
                var link = (IteratorLink) Probe.attach(bpf.program("tasks"))) {
            assertTrue(link.text().contains(" of " + KERNEL.processId() + "\n"));
            link.update(bpf.program("mark"));
            assertEquals("mark", link.program().name());
            assertEquals(List.of("a task"), link.text().lines().distinct().toList());
        }
    }

    @Test
    void aProgramForAnotherPlaceReplacesNone() {
        try (LoadedObject bpf = load("tasks", "entries");
                var link = (IteratorLink) Probe.attach(bpf.program("tasks"))) {
            var e = assertThrows(KernelException.class, () -> link.update(bpf.program("entries")));
            assertEquals(Errno.EINVAL.number(), e.errno());
            assertEquals("tasks", link.program().name());
            assertTrue(link.text().contains(" of " + KERNEL.processId() + "\n"));
        }
    }

    @Test
    void aClosedLinkCannotBeRead() {
        try (LoadedObject bpf = load("tasks")) {
            IteratorLink link = BpfIterator.of().attach(bpf.program("tasks"));
            link.close();
            assertThrows(IllegalStateException.class, link::open);
            assertThrows(IllegalStateException.class, () -> link.update(bpf.program("tasks")));
        }
    }

    @Test
    void onlyOneRestrictionAndOnlyIterators() {
        assertThrows(IllegalArgumentException.class, () -> BpfIterator.ofProcess(-1));
        try (LoadedObject bpf = load("on_sample")) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> BpfIterator.of().attach(bpf.program("on_sample")));
            assertTrue(e.getMessage().contains("SEC(\"iter/…\")"), e.getMessage());
        }
        try (LoadedObject bpf = load("tasks")) {
            Program tasks = bpf.program("tasks");
            assertUnfit("has no map", BpfIterator.ofMap(bpf.map("squares")), tasks);
            Path all = LiveProbes.cgroups();
            assertUnfit("has no cgroup", BpfIterator.ofCgroups(all, Order.SELF_ONLY), tasks);
        }
        try (LoadedObject bpf = load("entries")) {
            Program entries = bpf.program("entries");
            assertUnfit("has no process", BpfIterator.ofProcess(1), entries);
            assertUnfit("has no thread", BpfIterator.ofThread(1), entries);
            assertUnfit("BpfIterator.ofMap(map)", BpfIterator.of(), entries);
        }
    }

    private static void assertUnfit(String expected, BpfIterator iterator, Program program) {
        var e = assertThrows(IllegalArgumentException.class, () -> iterator.attach(program));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private static LoadedObject load(String... programs) {
        try {
            return LiveProbes.load(KERNEL, "typed", "target_tid", KERNEL.threadId(), programs);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }
}
