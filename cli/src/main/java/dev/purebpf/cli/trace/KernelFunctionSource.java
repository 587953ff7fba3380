package dev.purebpf.cli.trace;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.trace.KernelTypes.TypedFunction;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.KprobeMulti;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;
import dev.purebpf.symbol.TraceableFunction;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code kprobe:FUNCTION} and {@code kretprobe:FUNCTION}, with the kernel's types. */
record KernelFunctionSource(ProbePattern pattern) implements ProbeSource {

    private List<KernelName> matching() {
        return Kprobe.names(Kernel.host(), new Glob(pattern.name()));
    }

    private String prefix() {
        return new Glob(pattern.name()).prefix();
    }

    private boolean onReturn() {
        return pattern.kind() == ProbePattern.Kind.KRETPROBE;
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching().stream()
                .map(
                        function ->
                                new Listing(
                                        pattern.named(function.name()),
                                        function.module(),
                                        () -> {
                                            types.expect(prefix());
                                            return types.declaration(
                                                    function, !onReturn(), onReturn());
                                        }))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        if (!Glob.isGlob(pattern.name())) {
            return List.of(
                    new TracedProbe(
                            layout(scope, pattern.name(), scope.types().function(pattern.name())),
                            HitProgram.FUNCTION,
                            single(pattern.name())));
        }
        List<TracedProbe> probes = new ArrayList<>();
        if (Kernel.host().features().has(Feature.KPROBE_MULTI)) {
            List<TraceableFunction> found = scope.functions().matching(pattern.name());
            ProbeLimit.TOGETHER.require(found.size());
            scope.types().expect(prefix());
            Together group = new Together(onReturn());
            for (TraceableFunction function : found) {
                probes.add(
                        new TracedProbe(
                                layout(
                                        scope,
                                        function.name().name(),
                                        scope.types().function(function.name())),
                                HitProgram.KERNEL_FUNCTIONS,
                                new TracedProbe.Member(group, function.address())));
            }
        } else {
            List<KernelName> found = matching();
            ProbeLimit.SINGLE.require(found.size());
            scope.types().expect(prefix());
            for (KernelName function : found) {
                probes.add(
                        new TracedProbe(
                                layout(scope, function.name(), scope.types().function(function)),
                                HitProgram.FUNCTION,
                                new TracedProbe.Matched(single(function.name()))));
            }
        }
        pattern.requireSome(probes, "function of this kernel", pattern.named("*"));
        return probes;
    }

    private TracedProbe.Single single(String function) {
        Kprobe begin = Kprobe.of(function);
        Kprobe probe = onReturn() ? begin.returning() : begin;
        return (program, cookie) -> {
            try {
                return probe.withCookie(cookie).attach(program);
            } catch (UnsupportedFeatureException e) {
                throw withAlternative(e);
            }
        };
    }

    private RecordLayout layout(Scope scope, String function, Optional<TypedFunction> typed) {
        List<Field> fields =
                typed.map(
                                found ->
                                        onReturn()
                                                ? FunctionFields.result(
                                                        found.btf(), found.prototype())
                                                : FunctionFields.parameters(
                                                        found.btf(), found.prototype()))
                        .orElseGet(
                                () ->
                                        onReturn()
                                                ? FunctionFields.untypedResult()
                                                : FunctionFields.untypedParameters(
                                                        scope.arguments()));
        return RecordLayout.ofFunction(pattern.named(function), fields, onReturn());
    }

    private static CommandFailure withAlternative(UnsupportedFeatureException e) {
        return new CommandFailure(
                e.getMessage()
                        + "; tracepoints and uprobes work without: see purebpf trace --list"
                        + " 'tracepoint:*:*'",
                e);
    }

    /** Functions of the kernel, by their addresses. */
    private record Together(boolean onReturn) implements TracedProbe.Group {
        @Override
        public Link attach(Program program, List<TracedProbe.Place> places) {
            KprobeMulti begin =
                    KprobeMulti.of(
                            places.stream()
                                    .map(
                                            place ->
                                                    KprobeMulti.Place.ofAddress(place.place())
                                                            .withCookie(place.cookie()))
                                    .toList());
            return (onReturn ? begin.returning() : begin).attach(program);
        }
    }
}
