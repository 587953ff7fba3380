package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.link.SectionDefinition;

import java.util.Arrays;
import java.util.Set;

/** Attaches programs by what their section says: {@code SEC("raw_tp/sys_enter")}. */
public final class Probe {

    private static final Set<String> KPROBES =
            Set.of("kprobe", "kretprobe", "ksyscall", "kretsyscall");

    private static final Set<String> UPROBES =
            Set.of("uprobe", "uprobe.s", "uretprobe", "uretprobe.s");

    private static final Set<String> USDT = Set.of("usdt", "usdt.s");

    private Probe() {}

    /**
     * Attaches a program to the place that its section names: {@code tp/CATEGORY/NAME} or {@code
     * raw_tp/NAME}, also under their longer names {@code tracepoint} and {@code raw_tracepoint};
     * {@code kprobe/FUNCTION}, also with an offset {@code FUNCTION+0x10}, {@code
     * kretprobe/FUNCTION}; {@code ksyscall/CALL} and {@code kretsyscall/CALL}; {@code
     * uprobe/FILE:FUNCTION} and {@code uretprobe/FILE:FUNCTION}; {@code kprobe.multi/PATTERN},
     * {@code uprobe.multi/FILE:PATTERN} and their likes for returns and sessions; {@code
     * usdt/FILE:PROVIDER:NAME}; and whatever is loaded for a type of the kernel: {@code fentry},
     * {@code fexit}, {@code fmod_ret}, {@code tp_btf}, {@code lsm} and {@code iter}, and {@code
     * freplace} for a function of another program.
     *
     * @param program the program
     * @return the link, which has to be closed; for an iterator an {@link IteratorLink}
     * @throws IllegalArgumentException if the section does not name a place of these kinds
     * @throws dev.purebpf.error.UnsupportedFeatureException if this kernel has no such places
     * @throws dev.purebpf.error.KernelException if there is no such place, or the kernel refuses
     */
    public static Link attach(Program program) {
        SectionDefinition definition =
                program.definition()
                        .orElseThrow(() -> refused(program, "says nothing about where it belongs"));
        String target = program.target();
        return switch (definition.programType()) {
            case TRACEPOINT -> {
                int slash = target.indexOf('/');
                if (slash <= 0 || slash == target.length() - 1) {
                    throw refused(
                            program,
                            "names no tracepoint: write SEC(\"tp/CATEGORY/NAME\"), or use"
                                    + " Tracepoint.of(category, name).attach(program)");
                }
                yield Tracepoint.of(target.substring(0, slash), target.substring(slash + 1))
                        .attach(program);
            }
            case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> {
                if (target.isEmpty()) {
                    throw refused(
                            program,
                            "names no tracepoint: write SEC(\"raw_tp/NAME\"), or use"
                                    + " RawTracepoint.of(name).attach(program)");
                }
                yield RawTracepoint.of(target).attach(program);
            }
            case KPROBE -> kprobe(program);
            case TRACING, LSM -> byType(program);
            case EXT -> Replacement.of().attach(program);
            default -> throw notBySection(program);
        };
    }

    private static Link byType(Program program) {
        return switch (program.attachType().orElse(null)) {
            case TRACE_RAW_TP, TRACE_FENTRY, TRACE_FEXIT, MODIFY_RETURN, LSM_MAC ->
                    Tracing.of().attach(program);
            case TRACE_ITER -> BpfIterator.of().attach(program);
            case LSM_CGROUP ->
                    throw refused(
                            program, "names no cgroup: use LsmCgroup.of(folder).attach(program)");
            case null, default -> throw notBySection(program);
        };
    }

    private static Link kprobe(Program program) {
        String kind = program.section().replaceFirst("/.*", "");
        String target = program.target();
        switch (program.attachType().orElse(null)) {
            case TRACE_UPROBE_MULTI, TRACE_UPROBE_SESSION -> {
                UprobeMulti probes = uprobes(program, target);
                return (kind.startsWith("uret") ? probes.returning() : probes).attach(program);
            }
            case TRACE_KPROBE_MULTI, TRACE_KPROBE_SESSION -> {
                if (target.isEmpty()) {
                    throw refused(
                            program,
                            "names no functions: write SEC(\"kprobe.multi/PATTERN\"), or use"
                                    + " KprobeMulti.of(functions).attach(program)");
                }
                KprobeMulti probes = KprobeMulti.matching(target);
                return (kind.startsWith("kret") ? probes.returning() : probes).attach(program);
            }
            case null, default -> {
                // One place only.
            }
        }
        if (USDT.contains(kind)) {
            return usdt(program, target).attach(program);
        }
        if (UPROBES.contains(kind)) {
            Uprobe probe = uprobe(program, target);
            return (kind.startsWith("uret") ? probe.returning() : probe).attach(program);
        }
        if (!KPROBES.contains(kind)) {
            throw notBySection(program);
        }
        if (target.isEmpty()) {
            throw refused(
                    program,
                    "names no function: write SEC(\""
                            + kind
                            + "/NAME\"), or use Kprobe.of(function).attach(program)");
        }
        return switch (kind) {
            case "ksyscall" -> Ksyscall.of(target).attach(program);
            case "kretsyscall" -> Ksyscall.of(target).returning().attach(program);
            case "kretprobe" -> Kprobe.of(target).returning().attach(program);
            default -> function(program, target).attach(program);
        };
    }

    /** {@return the place that {@code NAME}, {@code NAME+16} or {@code NAME+0x10} means} */
    private static Kprobe function(Program program, String target) {
        int plus = target.indexOf('+');
        if (plus < 0) {
            return Kprobe.of(target);
        }
        return Kprobe.of(target.substring(0, plus)).at(offset(program, target.substring(plus + 1)));
    }

    /**
     * {@return the place that {@code FILE:NAME}, {@code FILE:NAME+16} or {@code FILE:0x10} means}
     */
    private static Uprobe uprobe(Program program, String target) {
        int colon = target.indexOf(':');
        if (colon <= 0 || colon == target.length() - 1) {
            throw refused(
                    program,
                    "names no function of a file: write SEC(\"uprobe/FILE:FUNCTION\"), or use"
                            + " Uprobe.of(file, function).attach(program)");
        }
        String file = target.substring(0, colon);
        String place = target.substring(colon + 1);
        if (place.startsWith("0x")) {
            return Uprobe.ofOffset(file, offset(program, place));
        }
        int plus = place.indexOf('+');
        return plus < 0
                ? Uprobe.of(file, place)
                : Uprobe.of(file, place.substring(0, plus))
                        .at(offset(program, place.substring(plus + 1)));
    }

    /** {@return the places that {@code FILE:PATTERN} means} */
    private static UprobeMulti uprobes(Program program, String target) {
        int colon = target.indexOf(':');
        if (colon <= 0 || colon == target.length() - 1) {
            throw refused(
                    program,
                    "names no functions of a file: write SEC(\"uprobe.multi/FILE:PATTERN\"), or use"
                            + " UprobeMulti.of(file, functions).attach(program)");
        }
        return UprobeMulti.matching(target.substring(0, colon), target.substring(colon + 1));
    }

    /** {@return the place that {@code FILE:PROVIDER:NAME} means} */
    private static Usdt usdt(Program program, String target) {
        String[] parts = target.split(":", -1);
        if (parts.length != 3 || Arrays.stream(parts).anyMatch(String::isEmpty)) {
            throw refused(
                    program,
                    "names no USDT probe: write SEC(\"usdt/FILE:PROVIDER:NAME\"), or use"
                            + " Usdt.of(file, provider, name).attach(program)");
        }
        return Usdt.of(parts[0], parts[1], parts[2]);
    }

    private static long offset(Program program, String text) {
        try {
            return Long.decode(text);
        } catch (NumberFormatException e) {
            throw refused(program, "has an offset that is no number");
        }
    }

    private static IllegalArgumentException notBySection(Program program) {
        return refused(
                program,
                "is of a kind that cannot be attached by its section; tp, raw_tp, kprobe, ksyscall,"
                    + " uprobe, usdt, fentry, fexit, fmod_ret, freplace, tp_btf, lsm and iter can");
    }

    private static IllegalArgumentException refused(Program program, String why) {
        return new IllegalArgumentException(
                "program "
                        + program.name()
                        + " cannot be attached: its section SEC(\""
                        + program.section()
                        + "\") "
                        + why);
    }
}
