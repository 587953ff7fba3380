package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.WrongUsage;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Probes as a user names them: {@code kprobe:FUNCTION}, {@code uprobe:FILE:FUNCTION}, and so on.
 * The names may be patterns, those of files may not.
 *
 * @param text as it was typed
 * @param kind what kind of probe
 * @param place the category, or the file; empty for what the kernel has no categories for
 * @param name the tracepoint, or the function; PROVIDER:NAME of a USDT probe
 */
record ProbePattern(String text, Kind kind, String place, String name) {
    private static final String FORM =
            ": it has the form tracepoint:CATEGORY:NAME, kprobe:FUNCTION, kretprobe:FUNCTION,"
                    + " fentry:FUNCTION, fexit:FUNCTION, tp_btf:NAME, rawtracepoint:NAME,"
                    + " uprobe:FILE:FUNCTION, uretprobe:FILE:FUNCTION or usdt:FILE:PROVIDER:NAME";

    /** As other tracers have it: {@code vfs_read+4}. */
    private static final Pattern OFFSET = Pattern.compile("\\+(0[xX][0-9a-fA-F]+|[0-9]+)$");

    /** The kinds of probes. */
    enum Kind {
        /** An event that the kernel's developers put there. */
        TRACEPOINT,
        /** The begin of a function of the kernel. */
        KPROBE,
        /** The return of a function of the kernel. */
        KRETPROBE,
        /** The begin of a function of the kernel, by its types. */
        FENTRY,
        /** The end of a function of the kernel, by its types. */
        FEXIT,
        /** A tracepoint, with the arguments that the kernel's code passes, by the types. */
        TP_BTF,
        /** The same, without the types having a say. */
        RAWTRACEPOINT,
        /** The begin of a function of a program or a library. */
        UPROBE,
        /** The return of a function of a program or a library. */
        URETPROBE,
        /** A place that the authors of a program or a library marked. */
        USDT;

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

        /** {@return how many names follow that of the category or the file} */
        private int names() {
            return this == USDT ? 2 : 1;
        }

        private boolean isOfFunction() {
            return switch (this) {
                case KPROBE, KRETPROBE, FENTRY, FEXIT, UPROBE, URETPROBE -> true;
                case TRACEPOINT, TP_BTF, RAWTRACEPOINT, USDT -> false;
            };
        }

        private boolean hasPlace() {
            return switch (this) {
                case TRACEPOINT, UPROBE, URETPROBE, USDT -> true;
                case KPROBE, KRETPROBE, FENTRY, FEXIT, TP_BTF, RAWTRACEPOINT -> false;
            };
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
        int colon = rest.length();
        for (int i = 0; i < kind.names() && colon >= 0; i++) {
            colon = rest.lastIndexOf(':', colon - 1);
        }
        String place = colon < 0 ? "" : rest.substring(0, colon);
        String name = rest.substring(colon + 1);
        if (kind.hasPlace() == colon < 0
                || kind.hasPlace() == place.isEmpty()
                || Arrays.stream(name.split(":", -1)).anyMatch(String::isEmpty)) {
            throw noProbe(text);
        }
        if (kind == Kind.TRACEPOINT) {
            requireEntry(text, place);
            requireEntry(text, name);
        }
        if (!kind.hasPlace() && name.chars().anyMatch(c -> c <= ' ' || c == '/')) {
            throw noProbe(text);
        }
        ProbePattern pattern = new ProbePattern(text, kind, place, name);
        if (kind.isOfFunction() && OFFSET.matcher(name).find()) {
            String function = OFFSET.matcher(name).replaceFirst("");
            throw new WrongUsage(
                    "'"
                            + name
                            + "' is a place within a function, or behind it; only the begin and the"
                            + " return of functions can be traced: "
                            + pattern.named(function));
        }
        return pattern;
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

    /** {@return where its probes come from} */
    ProbeSource source() {
        return switch (kind) {
            case TRACEPOINT -> new TracepointSource(this);
            case KPROBE, KRETPROBE -> new KernelFunctionSource(this);
            case FENTRY, FEXIT -> new TypedFunctionSource(this);
            case TP_BTF, RAWTRACEPOINT -> new RawTracepointSource(this);
            case UPROBE, URETPROBE -> new FileFunctionSource(this);
            case USDT -> new UsdtSource(this);
        };
    }

    /**
     * {@return the name of a probe of this kind, at the same place}
     *
     * @param other the tracepoint's or function's name
     */
    String named(String other) {
        return kind.prefix() + ":" + (place.isEmpty() ? "" : place + ":") + other;
    }

    /**
     * Refuses to trace nothing.
     *
     * @param found what was found
     * @param what what was looked for
     * @param all the pattern of all of them
     * @throws CommandFailure if that is none
     */
    void requireSome(Collection<?> found, String what, String all) {
        if (found.isEmpty()) {
            throw new CommandFailure(
                    "no "
                            + what
                            + " matches '"
                            + text
                            + "'; purebpf trace --list '"
                            + all
                            + "' prints all that can be traced");
        }
    }
}
