package dev.purebpf.cli.trace;

import dev.purebpf.btf.BtfType.Parameter;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.RawTracepoint;
import dev.purebpf.probe.Tracing;
import dev.purebpf.symbol.Glob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code tp_btf:NAME} and {@code rawtracepoint:NAME}: tracepoints with what the kernel's code
 * passes to them.
 */
record RawTracepointSource(ProbePattern pattern) implements ProbeSource {

    private boolean isTyped() {
        return pattern.kind() == ProbePattern.Kind.TP_BTF;
    }

    private List<String> matching() {
        try {
            return RawTracepoint.matching(Kernel.host(), new Glob(pattern.name())).stream()
                    .map(RawTracepoint::name)
                    .toList();
        } catch (IOException e) {
            throw new CommandFailure("the kernel's types cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching().stream()
                .map(
                        name ->
                                new Listing(
                                        pattern.named(name),
                                        () ->
                                                types.tracepoint(name)
                                                        .map(
                                                                parameters ->
                                                                        CDeclaration.of(
                                                                                types.require(),
                                                                                parameters))
                                                        .orElse("")))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        List<String> found = Glob.isGlob(pattern.name()) ? matching() : List.of(pattern.name());
        pattern.requireSome(found, "tracepoint of this kernel", pattern.named("*"));
        List<TracedProbe> probes = new ArrayList<>();
        for (String name : found) {
            List<Parameter> parameters = scope.types().tracepoint(name).orElse(List.of());
            if (parameters.isEmpty() && isTyped()) {
                throw new CommandFailure(
                        "the kernel's types tell of no tracepoint "
                                + name
                                + ": it is not there, or of a module; purebpf trace --list"
                                + " 'tp_btf:*' prints them all, and rawtracepoint:"
                                + name
                                + " needs no types");
            }
            RecordLayout layout =
                    RecordLayout.ofFunction(
                            pattern.named(name),
                            parameters.isEmpty()
                                    ? List.of()
                                    : FunctionFields.arguments(scope.types().require(), parameters),
                            false);
            probes.add(
                    isTyped()
                            ? new TracedProbe(
                                    layout,
                                    HitProgram.TYPED_TRACEPOINT,
                                    name,
                                    (TracedProbe.Single)
                                            (program, _) -> Tracing.of().attach(program))
                            : new TracedProbe(
                                    layout,
                                    HitProgram.RAW_TRACEPOINT,
                                    (TracedProbe.Single)
                                            (program, _) ->
                                                    RawTracepoint.of(name).attach(program)));
        }
        return probes;
    }
}
