package dev.purebpf.cli.trace;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.Uprobe;
import dev.purebpf.probe.UprobeMulti;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.UserFunction;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * {@code uprobe:FILE:FUNCTION} and {@code uretprobe:FILE:FUNCTION}, of which no types are known.
 */
record FileFunctionSource(ProbePattern pattern) implements ProbeSource {

    private boolean onReturn() {
        return pattern.kind() == ProbePattern.Kind.URETPROBE;
    }

    private List<UserFunction> matching(int pid) {
        return Uprobe.matching(Kernel.host(), pattern.place(), pid, new Glob(pattern.name()));
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching(-1).stream()
                .map(UserFunction::name)
                .distinct()
                .map(function -> new Listing(pattern.named(function), () -> ""))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        if (!Glob.isGlob(pattern.name())) {
            Uprobe probe = Uprobe.of(pattern.place(), pattern.name());
            return List.of(traced(scope, pattern.name(), single(scope, probe)));
        }
        List<UserFunction> found = matching(scope.pid());
        pattern.requireSome(found, "function of " + pattern.place(), pattern.named("*"));
        boolean together = Kernel.host().features().has(Feature.UPROBE_MULTI);
        Together group = new Together(pattern.place(), scope.pid(), onReturn());
        Set<Long> places = new HashSet<>();
        List<TracedProbe> probes = new ArrayList<>();
        for (UserFunction function : found) {
            // One call is one hit, by however many names the function goes.
            if (!places.add(function.offset())) {
                continue;
            }
            probes.add(
                    together
                            ? new TracedProbe(
                                    layout(scope, function.name()),
                                    HitProgram.FILE_FUNCTIONS,
                                    new TracedProbe.Member(group, function.offset()))
                            : traced(
                                    scope,
                                    function.name(),
                                    new TracedProbe.Matched(
                                            single(
                                                    scope,
                                                    Uprobe.ofOffset(
                                                            pattern.place(), function.offset())))));
        }
        return probes;
    }

    private TracedProbe.Single single(Scope scope, Uprobe place) {
        Uprobe begin = place.inProcess(scope.pid());
        Uprobe probe = onReturn() ? begin.returning() : begin;
        return (program, cookie) -> probe.withCookie(cookie).attach(program);
    }

    private TracedProbe traced(Scope scope, String function, TracedProbe.Attachment attachment) {
        return new TracedProbe(layout(scope, function), HitProgram.FUNCTION, attachment);
    }

    private RecordLayout layout(Scope scope, String function) {
        List<Field> fields =
                onReturn()
                        ? FunctionFields.untypedResult()
                        : FunctionFields.untypedParameters(scope.arguments());
        return RecordLayout.ofFunction(pattern.named(function), fields, onReturn());
    }

    /** Functions of one file, by their offsets in it. */
    private record Together(String file, int pid, boolean onReturn) implements TracedProbe.Group {
        @Override
        public Link attach(Program program, List<TracedProbe.Place> places) {
            UprobeMulti begin =
                    UprobeMulti.of(
                                    file,
                                    places.stream()
                                            .map(
                                                    place ->
                                                            new UprobeMulti.Place(
                                                                    "",
                                                                    place.place(),
                                                                    0,
                                                                    place.cookie()))
                                            .toList())
                            .inProcess(pid);
            return (onReturn ? begin.returning() : begin).attach(program);
        }
    }
}
