package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.Tracepoint;
import dev.purebpf.probe.TracepointFormat;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.Uprobe;
import dev.purebpf.symbol.Glob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Probes as a user names them: {@code tracepoint:CATEGORY:NAME}, {@code kprobe:FUNCTION}, {@code
 * uprobe:FILE:FUNCTION} and the latter two at the return of the function. Tracepoints and functions
 * of the kernel may be patterns.
 *
 * @param text as it was typed
 * @param kind what kind of probe
 * @param place the category, or the file; empty for a function of the kernel
 * @param name the tracepoint, or the function
 */
record ProbePattern(String text, Kind kind, String place, String name) {
    private static final String FORM =
            ": it has the form tracepoint:CATEGORY:NAME, kprobe:FUNCTION, kretprobe:FUNCTION,"
                    + " uprobe:FILE:FUNCTION or uretprobe:FILE:FUNCTION; see purebpf trace --help";

    /** Each takes a perf event on each CPU, and milliseconds to attach and to detach. */
    private static final int MOST = 512;

    /** The kinds of probes. */
    enum Kind {
        /** An event that the kernel's developers put there. */
        TRACEPOINT,
        /** The begin of a function of the kernel. */
        KPROBE,
        /** The return of a function of the kernel. */
        KRETPROBE,
        /** The begin of a function of a program or a library. */
        UPROBE,
        /** The return of a function of a program or a library. */
        URETPROBE;

        private static Kind of(String prefix) {
            return Arrays.stream(values())
                    .filter(kind -> kind.prefix().equals(prefix))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    new WrongUsage(
                                            "'"
                                                    + prefix
                                                    + "' is no kind of probe that can be traced"
                                                    + FORM));
        }

        private String prefix() {
            return name().toLowerCase(Locale.ROOT);
        }

        private boolean onReturn() {
            return this == KRETPROBE || this == URETPROBE;
        }

        private boolean inKernel() {
            return this == KPROBE || this == KRETPROBE;
        }
    }

    /**
     * {@return the probes that a text names}
     *
     * @param text as it was typed
     * @throws WrongUsage if it names none by its form
     */
    static ProbePattern parse(String text) {
        int first = text.indexOf(':');
        if (first < 0) {
            throw noProbe(text);
        }
        Kind kind = Kind.of(text.substring(0, first));
        String rest = text.substring(first + 1);
        // The name of a file may have colons itself.
        int last = rest.lastIndexOf(':');
        String place = last < 0 ? "" : rest.substring(0, last);
        String name = rest.substring(last + 1);
        if (kind.inKernel() != last < 0 || !kind.inKernel() && place.isEmpty() || name.isEmpty()) {
            throw noProbe(text);
        }
        if (kind == Kind.TRACEPOINT) {
            requireEntry(text, place);
            requireEntry(text, name);
        }
        if (kind.inKernel() && name.chars().anyMatch(c -> c <= ' ' || c == '/')) {
            throw noProbe(text);
        }
        return new ProbePattern(text, kind, place, name);
    }

    private static WrongUsage noProbe(String text) {
        return new WrongUsage("'" + text + "' is no probe" + FORM);
    }

    private static void requireEntry(String text, String part) {
        if (part.indexOf(':') >= 0) {
            throw noProbe(text);
        }
        if (part.indexOf('/') >= 0 || part.startsWith(".")) {
            throw new WrongUsage("'" + part + "' is no part of a probe's name" + FORM);
        }
    }

    /**
     * {@return the names of the probes of this machine that it stands for}
     *
     * @throws WrongUsage if there is no list of what it names
     */
    List<String> list() {
        return switch (kind) {
            case TRACEPOINT ->
                    Tracepoint.matching(new Glob(place), new Glob(name)).stream()
                            .map(found -> "tracepoint:" + found.category() + ":" + found.name())
                            .toList();
            case KPROBE, KRETPROBE ->
                    Kprobe.matching(Kernel.host(), new Glob(name)).stream()
                            .map(found -> kind.prefix() + ":" + found.function())
                            .toList();
            case UPROBE, URETPROBE ->
                    throw new WrongUsage("--list knows tracepoints and kprobes, not " + text);
        };
    }

    /**
     * {@return the probes that it stands for; one that it names as it is}
     *
     * @param pid the process that is traced; 0 for others
     * @param arguments how many parameters of functions without types to show
     */
    List<TracedProbe> probes(int pid, int arguments) {
        return switch (kind) {
            case TRACEPOINT -> tracepoints();
            case KPROBE, KRETPROBE -> kprobes(arguments);
            case UPROBE, URETPROBE -> List.of(uprobe(pid, arguments));
        };
    }

    private List<TracedProbe> tracepoints() {
        // Whether there is one turns out where its format is read, which proposes another.
        List<Tracepoint> found =
                Glob.isGlob(place) || Glob.isGlob(name)
                        ? Tracepoint.matching(new Glob(place), new Glob(name))
                        : List.of(Tracepoint.of(place, name));
        requireSome(found, "tracepoint", "tracepoint:*:*");
        requireFew(found.size());
        List<TracedProbe> probes = new ArrayList<>();
        for (Tracepoint tracepoint : found) {
            TracepointFormat format;
            try {
                format = TracepointFormat.of(tracepoint);
            } catch (KernelException e) {
                if (found.size() > 1 && e.errno() == Errno.ENOENT.number()) {
                    // Those of other programs come and go.
                    continue;
                }
                throw e;
            }
            probes.add(
                    new TracedProbe(
                            RecordLayout.of(tracepoint, format),
                            TracedProbe.TRACEPOINT,
                            (program, cookie) -> tracepoint.withCookie(cookie).attach(program)));
        }
        return probes;
    }

    private List<TracedProbe> kprobes(int arguments) {
        List<Kprobe> found =
                Glob.isGlob(name)
                        ? Kprobe.matching(Kernel.host(), new Glob(name))
                        : List.of(Kprobe.of(name));
        requireSome(found, "function", "kprobe:*");
        requireFew(found.size());
        Btf types = types();
        List<TracedProbe> probes = new ArrayList<>();
        for (Kprobe begin : found) {
            Kprobe probe = kind.onReturn() ? begin.returning() : begin;
            List<Field> fields = fields(types, probe.function(), arguments);
            probes.add(
                    new TracedProbe(
                            RecordLayout.ofFunction(
                                    kind.prefix() + ":" + probe.function(),
                                    fields,
                                    kind.onReturn()),
                            TracedProbe.FUNCTION,
                            (program, cookie) -> {
                                try {
                                    return probe.withCookie(cookie).attach(program);
                                } catch (UnsupportedFeatureException e) {
                                    throw new CommandFailure(
                                            e.getMessage()
                                                    + "; tracepoints and uprobes work without: see"
                                                    + " purebpf trace --list 'tracepoint:*:*'",
                                            e);
                                }
                            }));
        }
        return probes;
    }

    private List<Field> fields(Btf types, String function, int arguments) {
        if (types == null || !FunctionFields.isKnown(types, function)) {
            return untyped(arguments);
        }
        return kind.onReturn()
                ? FunctionFields.result(types, function)
                : FunctionFields.parameters(types, function);
    }

    private List<Field> untyped(int arguments) {
        return kind.onReturn()
                ? FunctionFields.untypedResult()
                : FunctionFields.untypedParameters(arguments);
    }

    private void requireSome(List<?> found, String what, String all) {
        if (found.isEmpty()) {
            throw new CommandFailure(
                    "no "
                            + what
                            + " of this kernel matches '"
                            + text
                            + "'; purebpf trace --list '"
                            + all
                            + "' prints them all");
        }
    }

    /**
     * Refuses more probes than can be traced at once.
     *
     * @throws CommandFailure if it is more
     */
    static void requireFew(int count) {
        if (count > MOST) {
            throw new CommandFailure(
                    count
                            + " probes are too many at once; "
                            + MOST
                            + " is the limit, so name fewer");
        }
    }

    /** {@return the kernel's types; {@code null} if it has none} */
    private static Btf types() {
        try {
            return KernelBtf.load(Kernel.host());
        } catch (UnsupportedFeatureException e) {
            return null;
        } catch (IOException e) {
            throw new CommandFailure("the kernel's types cannot be read: " + e.getMessage(), e);
        }
    }

    private TracedProbe uprobe(int pid, int arguments) {
        Uprobe begin = Uprobe.of(place, name);
        Uprobe whole = kind.onReturn() ? begin.returning() : begin;
        Uprobe probe = pid == 0 ? whole : whole.inProcess(pid);
        return new TracedProbe(
                RecordLayout.ofFunction(text, untyped(arguments), kind.onReturn()),
                TracedProbe.FUNCTION,
                (program, cookie) -> probe.withCookie(cookie).attach(program));
    }
}
