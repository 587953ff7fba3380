package dev.purebpf.probe;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadOptions;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.ProgramSpec;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Every way to attach a program, for what is asked of all of them alike. */
enum ProbeKind {
    TRACEPOINT(
            "probes/at_any_tracepoint",
            (loaded, marked) ->
                    Tracepoint.of("raw_syscalls", "sys_enter").attach(loaded.program())),
    RAW_TRACEPOINT(
            "probes/at_any_raw_tracepoint",
            (loaded, marked) -> RawTracepoint.of("sys_enter").attach(loaded.program())),
    WRITABLE_RAW_TRACEPOINT(
            "typed/after_test_run", (loaded, marked) -> Probe.attach(loaded.program())),
    TYPED_TRACEPOINT("typed/at_call", (loaded, marked) -> Probe.attach(loaded.program())),
    KPROBE(
            "kprobes/at_function",
            (loaded, marked) -> Kprobe.of("vfs_read").attach(loaded.program())),
    KRETPROBE(
            "kprobes/after_read",
            (loaded, marked) -> Kprobe.of("vfs_read").returning().attach(loaded.program())),
    KPROBE_OF_TRACEFS(
            "kprobes/at_function",
            (loaded, marked) ->
                    Kprobe.of("vfs_read").withWay(Kprobe.Way.TRACEFS).attach(loaded.program())),
    KRETPROBE_OF_TRACEFS(
            "kprobes/after_read",
            (loaded, marked) ->
                    Kprobe.of("vfs_read")
                            .returning()
                            .withWay(Kprobe.Way.TRACEFS)
                            .attach(loaded.program())),
    KSYSCALL("kprobes/before_close", (loaded, marked) -> Probe.attach(loaded.program())),
    KRETSYSCALL("kprobes/after_close", (loaded, marked) -> Probe.attach(loaded.program())),
    KPROBE_MULTI(
            "kprobes/at_functions",
            (loaded, marked) -> KprobeMulti.of("vfs_read", "vfs_write").attach(loaded.program()),
            Feature.KPROBE_MULTI),
    KRETPROBE_MULTI(
            "kprobes/after_functions",
            (loaded, marked) -> KprobeMulti.of("vfs_read").returning().attach(loaded.program()),
            Feature.KPROBE_MULTI),
    KPROBE_SESSION(
            "kprobes/around",
            (loaded, marked) -> Probe.attach(loaded.program()),
            Feature.KPROBE_SESSION),
    FENTRY("typed/before_read", (loaded, marked) -> Probe.attach(loaded.program())),
    FEXIT("typed/after_read", (loaded, marked) -> Probe.attach(loaded.program())),
    FMOD_RET("typed/before_permission", (loaded, marked) -> Probe.attach(loaded.program())),
    LSM("typed/watch", (loaded, marked) -> Probe.attach(loaded.program())),
    LSM_CGROUP(
            "typed/decide_in_cgroup",
            (loaded, marked) -> LsmCgroup.of(LiveProbes.cgroups()).attach(loaded.program()),
            Feature.LSM_CGROUP),
    UPROBE("uprobes/at_function", (loaded, marked) -> marked.uprobe().attach(loaded.program())),
    URETPROBE(
            "uprobes/after_function",
            (loaded, marked) -> marked.uprobe().returning().attach(loaded.program())),
    UPROBE_OF_TRACEFS(
            "uprobes/at_function",
            (loaded, marked) ->
                    marked.uprobe().withWay(Kprobe.Way.TRACEFS).attach(loaded.program())),
    URETPROBE_OF_TRACEFS(
            "uprobes/after_function",
            (loaded, marked) ->
                    marked.uprobe()
                            .returning()
                            .withWay(Kprobe.Way.TRACEFS)
                            .attach(loaded.program())),
    UPROBE_MULTI(
            "uprobes/at_functions",
            (loaded, marked) -> marked.uprobes().attach(loaded.program()),
            Feature.UPROBE_MULTI),
    URETPROBE_MULTI(
            "uprobes/after_functions",
            (loaded, marked) -> marked.uprobes().returning().attach(loaded.program()),
            Feature.UPROBE_MULTI),
    UPROBE_SESSION(
            "uprobes/around_functions",
            (loaded, marked) -> marked.uprobes().attach(loaded.program()),
            Feature.UPROBE_SESSION),
    USDT("usdt/at_first", (loaded, marked) -> marked.usdt().attach(loaded.program())),
    PERF_EVENT(
            "typed/on_sample",
            (loaded, marked) ->
                    PerfEvent.cpuClock()
                            .withFrequency(1)
                            .inThread(Kernel.host().threadId())
                            .attach(loaded.program())),
    PERF_EVENT_ON_ALL_CPUS(
            "typed/on_sample",
            (loaded, marked) -> PerfEvent.cpuClock().withFrequency(1).attach(loaded.program())),
    ITERATOR("typed/tasks", (loaded, marked) -> BpfIterator.of().attach(loaded.program())),
    REPLACEMENT(
            "replaced/other_answer",
            (loaded, marked) ->
                    Replacement.of(loaded.needed().program("base"), "answer")
                            .attach(loaded.program()));

    /** Fixtures by name: many kinds have a program in the same one. */
    private static final Map<String, BpfObject> OPENED = new HashMap<>();

    /** Those that the kernel attaches once to one place; raw tracepoints before 6.10. */
    private static final Set<ProbeKind> ALONE =
            EnumSet.of(
                    TRACEPOINT,
                    RAW_TRACEPOINT,
                    WRITABLE_RAW_TRACEPOINT,
                    TYPED_TRACEPOINT,
                    FENTRY,
                    FEXIT,
                    FMOD_RET,
                    LSM,
                    REPLACEMENT);

    private static final Set<ProbeKind> TYPED_FUNCTIONS = EnumSet.range(FENTRY, LSM);

    private static final Set<ProbeKind> ALWAYS_LINKS =
            EnumSet.of(
                    RAW_TRACEPOINT,
                    WRITABLE_RAW_TRACEPOINT,
                    TYPED_TRACEPOINT,
                    KPROBE_MULTI,
                    KRETPROBE_MULTI,
                    KPROBE_SESSION,
                    FENTRY,
                    FEXIT,
                    FMOD_RET,
                    LSM,
                    LSM_CGROUP,
                    UPROBE_MULTI,
                    URETPROBE_MULTI,
                    UPROBE_SESSION,
                    ITERATOR,
                    REPLACEMENT);

    private static final Set<ProbeKind> OF_FILES = EnumSet.range(UPROBE, USDT);
    private static final Set<ProbeKind> KPROBES = EnumSet.range(KPROBE, KRETSYSCALL);
    private static final Set<ProbeKind> OF_TRACEFS =
            EnumSet.of(
                    TRACEPOINT,
                    KPROBE_OF_TRACEFS,
                    KRETPROBE_OF_TRACEFS,
                    UPROBE_OF_TRACEFS,
                    URETPROBE_OF_TRACEFS);

    private final String fixture;
    private final String program;
    private final Attachment attachment;
    private final List<Feature> needs;

    ProbeKind(String program, Attachment attachment, Feature... needs) {
        int slash = program.indexOf('/');
        this.fixture = program.substring(0, slash);
        this.program = program.substring(slash + 1);
        this.attachment = attachment;
        this.needs = List.of(needs);
    }

    /** Attaches a program of the kind. */
    @FunctionalInterface
    private interface Attachment {
        Link attach(Loaded loaded, MarkedProgram marked);
    }

    /** {@return whether the kernel attaches such a program once to one place} */
    boolean isAlone() {
        return ALONE.contains(this)
                || this == USDT && !Kernel.host().features().has(Feature.COOKIE);
    }

    /** {@return whether it is attached to something that has a name} */
    boolean hasPlace() {
        return this != PERF_EVENT && this != PERF_EVENT_ON_ALL_CPUS;
    }

    /** {@return whether it is a BPF link on all kernels, and no perf event that may have one} */
    boolean isLinkAlways() {
        return ALWAYS_LINKS.contains(this);
    }

    /** {@return whether it counts in the {@link MarkedProgram} that somebody listens} */
    boolean isOfFile() {
        return OF_FILES.contains(this);
    }

    /**
     * Loads a program of the kind; the test is skipped where the kernel has not what it needs.
     *
     * @param target the thread whose events count
     */
    Loaded load(int target) {
        return load(Kernel.host(), target);
    }

    Loaded load(Kernel kernel, int target) {
        if (OF_TRACEFS.contains(this)) {
            LiveProbes.requireTracefs();
        }
        if (KPROBES.contains(this)) {
            LiveProbes.requireKprobes();
        }
        needs.forEach(LiveProbes::require);
        try {
            if (this == REPLACEMENT) {
                return replacement(kernel);
            }
            String variable = fixture.equals("probes") ? "target_pid" : "target_tid";
            BpfObject object = OPENED.computeIfAbsent(fixture, LiveProbes::open);
            for (ProgramSpec each : object.programs()) {
                each.autoload(each.name().equals(program));
            }
            LoadOptions options = LoadOptions.defaults().withKernel(kernel);
            LoadedObject bpf = object.set(variable, target).load(options);
            return new Loaded(this, bpf, bpf);
        } catch (KernelException e) {
            throw LiveProbes.refused(e);
        }
    }

    private Loaded replacement(Kernel kernel) {
        LoadOptions options = LoadOptions.defaults().withKernel(kernel);
        BpfObject whole = LiveProbes.open(fixture);
        whole.program("base").autoload(true);
        LoadedObject replaced = whole.load(options);
        try {
            BpfObject other = LiveProbes.open(fixture);
            other.program(program).autoload(true).target(replaced.program("base"), "answer");
            return new Loaded(this, other.load(options), replaced);
        } catch (RuntimeException e) {
            replaced.close();
            throw e;
        }
    }

    /**
     * A loaded program of a kind.
     *
     * @param kind the kind
     * @param bpf the object that it is of
     * @param needed what it needs as long as it is loaded, or the same
     */
    record Loaded(ProbeKind kind, LoadedObject bpf, LoadedObject needed) implements AutoCloseable {

        Program program() {
            return bpf.program(kind.program);
        }

        /**
         * {@return a link; the test is skipped where the kernel refuses all such links}
         *
         * @param marked the program that uprobes are in
         */
        Link attach(MarkedProgram marked) {
            try {
                return attachOrFail(marked);
            } catch (KernelException e) {
                if (TYPED_FUNCTIONS.contains(kind) && e.getMessage().contains("before 5.13")) {
                    abort("needs to attach such a program a second time (5.13)");
                }
                throw LiveProbes.refused(e);
            }
        }

        Link attachOrFail(MarkedProgram marked) {
            return kind.attachment.attach(this, marked);
        }

        @Override
        public void close() {
            bpf.close();
            needed.close();
        }
    }
}
