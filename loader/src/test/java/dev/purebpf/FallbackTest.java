package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.Enumerator;
import dev.purebpf.btf.Linkage;
import dev.purebpf.codec.Length;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.VerifierException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.BtfCommands;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.kernel.LogOptions;
import dev.purebpf.kernel.MapInfo;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.WatchedKernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What old kernels lack is done another way, and works. Kernels that lack it are asked as they are;
 * all others as if they lacked it, and what is given to them then is what an old one would get.
 */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
@Timeout(120)
class FallbackTest {
    private static final int MAPPABLE = 1 << 10;

    record Event(long sequence, int pid, int tid, @Length(16) String comm) {}

    record Measured(double ratio, float error, long count, long borrowed) {}

    private Kernel kernel;
    private int pid;

    @BeforeEach
    void needsKernel() {
        kernel = LiveKernel.require();
        pid = (int) ProcessHandle.current().pid();
    }

    private WatchedKernel without(Feature... features) {
        return new WatchedKernel(kernel, Set.of(features));
    }

    /** The feature and, of types, all that came later: no kernel knows tags but no variables. */
    private static Set<Feature> before(Feature missing) {
        boolean types = missing.name().startsWith("BTF");
        Set<Feature> features = EnumSet.of(missing);
        for (Feature feature : Feature.values()) {
            if (types && feature.compareTo(missing) > 0 && feature.name().startsWith("BTF")) {
                features.add(feature);
            }
        }
        return features;
    }

    private static LoadOptions options(WatchedKernel watched) {
        return LoadOptions.defaults().withKernel(watched.kernel());
    }

    private OwnedFd attach(Program program) {
        return LinkCommands.openRawTracepoint(kernel, program.fd(), "sys_enter", 0);
    }

    /** Types are sanitised, or left out altogether; what the program counts arrives in any case. */
    @ParameterizedTest
    @EnumSource(
            names = {
                "PROGRAM_NAME",
                "BTF",
                "BTF_FUNCTIONS",
                "BTF_DATA_SECTIONS",
                "BTF_GLOBAL_FUNCTIONS",
                "BTF_FLOAT",
                "BTF_DECL_TAG",
                "BTF_TYPE_TAG",
                "MAPPABLE_ARRAY"
            })
    void withoutOneFeatureProgramsStillCount(Feature missing) {
        WatchedKernel old = new WatchedKernel(kernel, before(missing));
        BpfObject object = Fixtures.open("kinds").set("target_pid", pid);
        try (LoadedObject bpf = object.load(options(old))) {
            try (OwnedFd _ = attach(bpf.program("on_enter"))) {
                for (int i = 0; i < 4; i++) {
                    kernel.threadId();
                }
            }
            var measured = bpf.map("measurements").typed(Integer.class, Measured.class).get(pid);
            assertTrue(measured.count() >= 3, () -> measured + " after four calls");
            assertEquals(measured, bpf.variable("latest").get(Measured.class));
            assertEquals(0.5, bpf.variable("ratio").get(Double.class));
            boolean mapped = old.kernel().features().has(Feature.MAPPABLE_ARRAY);
            assertEquals(mapped, bpf.variable("ratio").memory().isPresent());
        }
        List<FakeKernel.Call> types = old.calls(BpfCommand.BTF_LOAD);
        assertEquals(missing == Feature.BTF ? 0 : 1, types.size(), "taken at the first time");
        for (FakeKernel.Call load : old.calls(BpfCommand.PROG_LOAD)) {
            boolean described = missing != Feature.BTF && missing != Feature.BTF_FUNCTIONS;
            assertEquals(described ? 2 : 0, load.getInt(88), "func_info_cnt");
            assertEquals(missing != Feature.PROGRAM_NAME, load.attributes()[48] != 0, "prog_name");
        }
        for (FakeKernel.Call create : old.calls(BpfCommand.MAP_CREATE)) {
            assertEquals(missing != Feature.PROGRAM_NAME, create.attributes()[28] != 0, "map_name");
            if (missing == Feature.MAPPABLE_ARRAY) {
                assertEquals(0, create.getInt(16) & MAPPABLE);
            }
        }
    }

    @Test
    void withoutAnyFeatureWhatNeedsNoneWorks() {
        WatchedKernel old = without(Feature.values());
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        try (LoadedObject bpf = object.load(options(old));
                OwnedFd _ = attach(bpf.program("count"))) {
            kernel.threadId();
            assertTrue(bpf.map("array").typed(Integer.class, Long.class).get(0) > 0);
        }
        assertEquals(List.of(), old.calls(BpfCommand.BTF_LOAD));
    }

    @Test
    void withoutGlobalDataTheVerifierTellsWhoNeedsIt() {
        WatchedKernel old = without(Feature.GLOBAL_DATA);
        var e =
                assertThrows(
                        VerifierException.class,
                        () -> Fixtures.open("globals").load(options(old)).close());
        assertTrue(e.getMessage().contains("is used here but was not created"), e.getMessage());
        assertEquals(List.of(), old.calls(BpfCommand.MAP_CREATE));
        // And where no program does, nobody misses it.
        Fixtures.open("version").load(options(old)).close();
    }

    @Test
    void withoutExpectedAttachTypesNoneIsExpected() {
        for (Feature[] missing : new Feature[][] {{}, {Feature.EXPECTED_ATTACH_TYPE}}) {
            WatchedKernel old = without(missing);
            BpfObject object = only(Fixtures.open("sections"), "cgroup_egress");
            object.load(options(old)).close();
            int egress = old.calls(BpfCommand.PROG_LOAD).getFirst().getInt(68);
            assertEquals(missing.length == 0 ? 1 : 0, egress, "expected_attach_type");
        }
    }

    private static BpfObject only(BpfObject object, String program) {
        for (ProgramSpec each : object.programs()) {
            each.autoload(each.name().equals(program));
        }
        return object;
    }

    @Test
    void withoutHelpersForTheKernelsMemoryTheOldOneReadsIt() {
        WatchedKernel old = without(Feature.PROBE_READ_KERNEL);
        BpfObject object = only(Fixtures.open("core"), "fields");
        try (LoadedObject bpf = object.load(options(old));
                OwnedFd _ = attach(bpf.program("fields"))) {
            Variable results = bpf.variable("results");
            boolean ours = false;
            // Other processes write there, too.
            for (int i = 0; i < 10_000 && !ours; i++) {
                kernel.threadId();
                ours = results.get(long[].class)[1] == pid;
            }
            assertTrue(ours, () -> Arrays.toString(results.get(long[].class)));
        }
    }

    @Test
    void constantsAreBoundToTheProgramWhereTheKernelCan() {
        for (Feature[] missing : new Feature[][] {{}, {Feature.BIND_MAP}}) {
            WatchedKernel old = without(missing);
            boolean binds = old.kernel().features().has(Feature.BIND_MAP);
            BpfObject object = Fixtures.open("layout");
            try (LoadedObject bpf = object.load(options(old))) {
                int constants = InfoCommands.map(kernel, bpf.map(".rodata").fd()).id();
                List<Integer> used = InfoCommands.program(kernel, bpf.program("use").fd()).mapIds();
                assertEquals(binds, used.contains(constants));
            }
        }
    }

    /** Before 6.8, or as if before: the function's type says what the tag would. */
    @Test
    void taggedArgumentsAreTheContextOnKernelsThatDoNotReadTags() {
        WatchedKernel old = without(Feature.CONTEXT_ARGUMENT_TAG);
        BpfObject object = Fixtures.open("tagged").set("target_pid", pid);
        List<Event> seen = new ArrayList<>();
        try (LoadedObject bpf = object.load(options(old));
                EventBuffer events = bpf.perfBuffer("events", Event.class, seen::add)) {
            assertEquals(4, bpf.programs().size());
            try (OwnedFd _ = attach(bpf.program("on_enter"))) {
                kernel.threadId();
                events.poll(Duration.ofSeconds(10));
            }
            while (events.consume() > 0) {
                // Until the rings are empty.
            }
        }
        assertFalse(seen.isEmpty());
        assertTrue(seen.stream().allMatch(e -> e.sequence() == 7 && e.pid() == pid));
    }

    @Test
    void theTagAloneIsEnoughWhereTheKernelReadsIt() {
        WatchedKernel tagging = new WatchedKernel(kernel, EnumSet.noneOf(Feature.class));
        Fixtures.open("tagged").load(options(tagging)).close();
        boolean reads = kernel.features().has(Feature.CONTEXT_ARGUMENT_TAG);
        // A copy's record names a type that the object does not have.
        int ids = Fixtures.open("tagged").btf().typeCount();
        int size = tagging.calls(BpfCommand.BTF_LOAD).getFirst().getInt(16);
        int own = Fixtures.open("tagged").btf().bytes().length;
        assertTrue(ids > 0 && (reads ? size == own : size > own), size + " of " + own + " bytes");
    }

    @Test
    void typesThatTheKernelRefusesAreDoneWithout() {
        WatchedKernel old = without().refusing(BpfCommand.BTF_LOAD);
        BpfObject object = Fixtures.open("kinds").set("target_pid", pid);
        try (LoadedObject bpf = object.load(options(old));
                OwnedFd _ = attach(bpf.program("on_enter"))) {
            kernel.threadId();
            kernel.threadId();
            assertTrue(bpf.variable("latest").get(Measured.class).count() > 0);
        }
        assertEquals(0, old.calls(BpfCommand.PROG_LOAD).getFirst().getInt(72), "prog_btf_fd");
    }

    /** Before 4.13. */
    @Test
    void whereAMapDoesNotTellAboutItselfItsDescriptorDoes() {
        BpfObject object = Fixtures.open("maps");
        object.map("pinned").autocreate(false);
        Kernel old = without().refusing(BpfCommand.OBJ_GET_INFO_BY_FD).kernel();
        try (LoadedObject bpf = object.load()) {
            for (String name : List.of("hash", "mmapable", "lpm_trie", "ringbuf", "perf")) {
                MapInfo told = InfoCommands.map(kernel, bpf.map(name).fd());
                MapInfo read = InfoCommands.map(old, bpf.map(name).fd());
                assertEquals(sizes(told), sizes(read), name);
            }
            int program = bpf.program("count").fd();
            assertThrows(KernelException.class, () -> InfoCommands.map(old, program));
        }
    }

    private static List<Number> sizes(MapInfo map) {
        return List.of(
                map.type(),
                map.keySize(),
                map.valueSize(),
                map.maxEntries(),
                map.flags(),
                map.extra());
    }

    /** Unchanged, types are taken exactly by the kernels that know all their kinds. */
    @Test
    void typesAreSanitisedExactlyWhereTheKernelNeedsIt() {
        Enumerator large = new Enumerator("LARGE", 1L << 40);
        taken(Feature.BTF_FLOAT, new BtfType.Float("double", 8));
        taken(Feature.BTF_ENUM64, new BtfType.Enum64("large", 8, false, List.of(large)));
        taken(Feature.BTF_ENUM64, new BtfType.Enum64("l", 8, true, List.of(large, large("L"))));
        taken(Feature.BTF_TYPE_TAG, new BtfType.TypeTag("user", 1, false));
        taken(Feature.BTF_DECL_TAG, new BtfType.DeclTag("about", 2, -1, false));
        taken(
                Feature.BTF_QUESTION_MARK_SECTIONS,
                new BtfType.DataSection("?.data", 4, List.of(new BtfType.SectionEntry(2, 0, 4))));
        taken(Feature.BTF_GLOBAL_FUNCTIONS, new BtfType.Function("f", 3, Linkage.GLOBAL));
        // The signedness of an enumeration came with 64 bits: a bit that older kernels refuse.
        Enumerator negative = new Enumerator("NEGATIVE", -1);
        taken(Feature.BTF_ENUM64, new BtfType.Enum("signed", 4, true, List.of(negative)));
    }

    private static Enumerator large(String name) {
        return new Enumerator(name, -(1L << 40));
    }

    private void taken(Feature feature, BtfType type) {
        BtfBuilder builder = BtfBuilder.create();
        builder.add(new BtfType.Int("int", 4, 1, 0, 32));
        builder.add(new BtfType.Variable("variable", 1, Linkage.STATIC));
        builder.add(new BtfType.FunctionPrototype(1, List.of()));
        int id = builder.add(type);
        builder.add(new BtfType.Pointer(id == 4 && type instanceof BtfType.TypeTag ? id : 1));
        Btf btf = builder.build("built", ByteOrder.nativeOrder());
        assertEquals(kernel.features().has(feature), loads(btf), type + " as it is");
        assertTrue(loads(btf.fitTo(ObjectBtf.features(kernel))), type + " sanitised");
    }

    private boolean loads(Btf btf) {
        LoadResult result = BtfCommands.load(kernel, btf.bytes(), LogOptions.ON_FAILURE);
        if (result.loaded()) {
            result.fd().close();
        }
        return result.loaded();
    }

    /** Before 5.11 BPF memory counts as locked, and little may be locked by default. */
    @Test
    void theLimitOfLockedMemoryIsLiftedExactlyWhereItCounts() {
        int resource = Kernel.LIMIT_LOCKED_MEMORY;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment before = arena.allocate(ValueLayout.JAVA_LONG, 2);
            assertEquals(0, kernel.resourceLimit(resource, MemorySegment.NULL, before));
            MemorySegment low = arena.allocate(ValueLayout.JAVA_LONG, 2).copyFrom(before);
            low.set(ValueLayout.JAVA_LONG, 0, 1 << 16);
            assertEquals(0, kernel.resourceLimit(resource, low, MemorySegment.NULL));
            // A ring buffer of 256 KiB.
            Fixtures.open("example").load().close();
            MemorySegment after = arena.allocate(ValueLayout.JAVA_LONG, 2);
            assertEquals(0, kernel.resourceLimit(resource, MemorySegment.NULL, after));
            boolean counts = !kernel.features().has(Feature.MEMCG_ACCOUNTING);
            assertEquals(counts ? -1 : 1 << 16, after.get(ValueLayout.JAVA_LONG, 0));
            kernel.resourceLimit(resource, counts ? after : before, MemorySegment.NULL);
        }
    }
}
