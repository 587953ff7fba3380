package dev.purebpf.cli.trace;

import dev.purebpf.link.AttachType;

import java.util.Optional;

/** The programs of {@code trace.bpf.c} that probes are served by. */
enum HitProgram {
    /** At tracepoints. */
    TRACEPOINT("at_tracepoint", Choice.BY_COOKIE_IF_ANY),
    /** At single functions of the kernel or of files. */
    FUNCTION("at_function", Choice.BY_COOKIE_IF_ANY),
    /** At functions of the kernel, many by one link. */
    KERNEL_FUNCTIONS("at_functions", Choice.BY_COOKIE),
    /** At functions of a file, many by one link. */
    FILE_FUNCTIONS("at_file_functions", Choice.BY_COOKIE),
    /** At USDT probes. */
    MARK("at_mark", Choice.BY_COOKIE),
    /** At the begin of a function of the kernel, by its types. */
    BEGIN("at_typed", Choice.BY_NUMBER, AttachType.TRACE_FENTRY),
    /** At the end of a function of the kernel, by its types. */
    END("at_typed", Choice.BY_NUMBER, AttachType.TRACE_FEXIT),
    /** At a tracepoint, by the kernel's types. */
    TYPED_TRACEPOINT("at_typed", Choice.BY_NUMBER, AttachType.TRACE_RAW_TP),
    /** At a tracepoint, without types. */
    RAW_TRACEPOINT("at_raw", Choice.BY_NUMBER);

    /** How many programs of each kind there are that serve one probe. */
    static final int SLOTS = 24;

    private final String function;
    private final Choice choice;
    private final AttachType attachType;

    HitProgram(String function, Choice choice) {
        this(function, choice, null);
    }

    HitProgram(String function, Choice choice, AttachType attachType) {
        this.function = function;
        this.choice = choice;
        this.attachType = attachType;
    }

    private enum Choice {
        /** One program serves all, which is told by a cookie which it is. */
        BY_COOKIE,
        /** The same where the kernel has cookies. */
        BY_COOKIE_IF_ANY,
        /** Each probe has a program of its own. */
        BY_NUMBER
    }

    /**
     * {@return whether each probe needs a program of its own}
     *
     * @param cookies whether the kernel has BPF cookies
     */
    boolean isOwn(boolean cookies) {
        return choice == Choice.BY_NUMBER || choice == Choice.BY_COOKIE_IF_ANY && !cookies;
    }

    /** {@return what a program that is for types of the kernel is loaded as; else empty} */
    Optional<AttachType> attachType() {
        return Optional.ofNullable(attachType);
    }

    /**
     * {@return the program's name}
     *
     * @param slot its number, of those that serve one probe; 0 for one that serves all
     */
    String function(int slot) {
        boolean isOne = choice == Choice.BY_COOKIE;
        return isOne ? function : function + slot;
    }
}
