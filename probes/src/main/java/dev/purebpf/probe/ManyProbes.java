package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.Feature;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.ProgramType;

import java.util.List;

/** What links of many kprobes and of many uprobes have in common. */
enum ManyProbes {
    KPROBES(
            "kprobe",
            AttachType.TRACE_KPROBE_MULTI,
            AttachType.TRACE_KPROBE_SESSION,
            Feature.KPROBE_MULTI,
            Feature.KPROBE_SESSION),
    UPROBES(
            "uprobe",
            AttachType.TRACE_UPROBE_MULTI,
            AttachType.TRACE_UPROBE_SESSION,
            Feature.UPROBE_MULTI,
            Feature.UPROBE_SESSION);

    /** A pattern may stand for thousands of places, and messages are read by people. */
    private static final int SHOWN = 8;

    private final String probe;
    private final AttachType multi;
    private final AttachType session;
    private final Feature multiFeature;
    private final Feature sessionFeature;

    ManyProbes(
            String probe,
            AttachType multi,
            AttachType session,
            Feature multiFeature,
            Feature sessionFeature) {
        this.probe = probe;
        this.multi = multi;
        this.session = session;
        this.multiFeature = multiFeature;
        this.sessionFeature = sessionFeature;
    }

    /**
     * {@return how a program is attached}
     *
     * @throws IllegalArgumentException if it is of another kind, or a session is to run at returns
     *     only
     * @throws dev.purebpf.error.UnsupportedFeatureException if this kernel has no such links
     */
    AttachType require(Program program, boolean onReturn) {
        AttachType type = program.attachType().orElse(null);
        boolean isSession = type == session;
        if (program.type() != ProgramType.KPROBE
                || !isSession && type != multi
                || isSession && onReturn) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": many "
                            + probe
                            + "s take SEC(\""
                            + named(onReturn)
                            + ".multi\")"
                            + (onReturn ? "" : " or SEC(\"" + probe + ".session\")"));
        }
        program.kernel().features().require(isSession ? sessionFeature : multiFeature);
        return type;
    }

    /**
     * {@return the places for people, the first of them if they are many}
     *
     * @param prefix what is before them, such as the file
     * @param pattern the functions' names; empty where there are places
     * @param places names, or {@code 0x…}
     */
    String target(
            AttachType type, boolean onReturn, String prefix, String pattern, List<String> places) {
        return (type == session ? probe + ".session " : named(onReturn) + ".multi ")
                + prefix
                + (pattern.isEmpty() ? some(places) : pattern);
    }

    private static String some(List<String> places) {
        return places.size() <= SHOWN
                ? String.join(",", places)
                : String.join(",", places.subList(0, SHOWN)) + ",… (" + places.size() + " places)";
    }

    /** {@return a place for people: its name, or its number} */
    static String place(String function, long number) {
        return function.isEmpty() ? "0x" + Long.toHexString(number) : function;
    }

    private String named(boolean onReturn) {
        return onReturn ? probe.charAt(0) + "retprobe" : probe;
    }
}
