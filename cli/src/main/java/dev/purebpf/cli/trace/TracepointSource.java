package dev.purebpf.cli.trace;

import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.probe.Tracepoint;
import dev.purebpf.probe.TracepointFormat;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.symbol.Glob;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code tracepoint:CATEGORY:NAME}, with the fields that tracefs describes. */
record TracepointSource(ProbePattern pattern) implements ProbeSource {

    private List<Tracepoint> matching() {
        return Tracepoint.matching(new Glob(pattern.place()), new Glob(pattern.name()));
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching().stream()
                .map(found -> new Listing(name(found), () -> declared(format(found, true))))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        // Whether there is one turns out where its format is read, which proposes another.
        boolean isGlob = Glob.isGlob(pattern.place()) || Glob.isGlob(pattern.name());
        List<Tracepoint> found =
                isGlob ? matching() : List.of(Tracepoint.of(pattern.place(), pattern.name()));
        pattern.requireSome(found, "tracepoint of this kernel", "tracepoint:*:*");
        // Before their formats are read: each is a file that the kernel writes when it is asked.
        ProbeLimit.SINGLE.require(found.size());
        List<TracedProbe> probes = new ArrayList<>();
        for (Tracepoint tracepoint : found) {
            TracepointFormat format = format(tracepoint, isGlob);
            if (format != null) {
                probes.add(
                        new TracedProbe(
                                RecordLayout.of(tracepoint, format),
                                HitProgram.TRACEPOINT,
                                (TracedProbe.Single)
                                        (program, cookie) ->
                                                tracepoint.withCookie(cookie).attach(program)));
            }
        }
        return probes;
    }

    /** {@return the fields; {@code null} for one of another program's, which come and go} */
    private static TracepointFormat format(Tracepoint tracepoint, boolean mayBeGone) {
        try {
            return TracepointFormat.of(tracepoint);
        } catch (KernelException e) {
            if (mayBeGone && Errno.ENOENT.is(e)) {
                return null;
            }
            throw e;
        }
    }

    private static String name(Tracepoint tracepoint) {
        return "tracepoint:" + tracepoint.category() + ":" + tracepoint.name();
    }

    private static String declared(TracepointFormat format) {
        return format == null
                ? ""
                : format.fields().stream()
                        .filter(field -> !field.isCommon())
                        .map(TracepointSource::declared)
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String declared(Field field) {
        String name = field.type() + (field.type().endsWith("*") ? "" : " ") + field.name();
        if (!field.array()) {
            return name;
        }
        return name + "[" + (field.length() > 0 ? field.length() : "") + "]";
    }
}
