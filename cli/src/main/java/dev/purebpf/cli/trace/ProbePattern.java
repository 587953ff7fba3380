package dev.purebpf.cli.trace;

import dev.purebpf.cli.WrongUsage;
import dev.purebpf.probe.Tracepoint;
import dev.purebpf.symbol.Glob;

import java.util.List;

/**
 * Probes as a user names them: {@code tracepoint:CATEGORY:NAME}, of which the last two may be
 * patterns.
 *
 * @param text as it was typed
 * @param category which categories
 * @param name which names in these
 */
record ProbePattern(String text, Glob category, Glob name) {
    private static final String FORM =
            ": it has the form tracepoint:CATEGORY:NAME, such as tracepoint:sched:sched_switch;"
                    + " see purebpf trace --list 'tracepoint:*:*'";

    /**
     * {@return the probes that a text names}
     *
     * @param text as it was typed
     * @throws WrongUsage if it names none by its form
     */
    static ProbePattern parse(String text) {
        String[] parts = text.split(":", -1);
        if (!parts[0].equals("tracepoint") && parts.length > 1) {
            throw new WrongUsage(
                    "'" + parts[0] + "' is no kind of probe that can be traced" + FORM);
        }
        if (parts.length != 3 || parts[1].isEmpty() || parts[2].isEmpty()) {
            throw new WrongUsage("'" + text + "' is no probe" + FORM);
        }
        for (int i = 1; i < parts.length; i++) {
            if (parts[i].indexOf('/') >= 0 || parts[i].startsWith(".")) {
                throw new WrongUsage("'" + parts[i] + "' is no part of a probe's name" + FORM);
            }
        }
        return new ProbePattern(text, new Glob(parts[1]), new Glob(parts[2]));
    }

    /** {@return the tracepoints of this machine that it stands for; one that it names as it is} */
    List<Tracepoint> tracepoints() {
        if (Glob.isGlob(category.pattern()) || Glob.isGlob(name.pattern())) {
            return Tracepoint.matching(category, name);
        }
        // Whether there is one turns out where its format is read, which proposes another.
        return List.of(Tracepoint.of(category.pattern(), name.pattern()));
    }
}
