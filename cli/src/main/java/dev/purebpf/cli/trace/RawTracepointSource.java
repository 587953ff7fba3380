package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.trace.KernelTypes.TypedTracepoint;
import dev.purebpf.error.NearestNames;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.RawTracepoint;
import dev.purebpf.probe.Tracing;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;

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

    private List<KernelName> matching() {
        return matching(pattern.name());
    }

    private static List<KernelName> matching(String name) {
        try {
            return RawTracepoint.names(Kernel.host(), new Glob(name));
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
                                        pattern.named(name.name()),
                                        name.module(),
                                        () ->
                                                types.tracepoint(name.name())
                                                        .map(
                                                                typed ->
                                                                        CDeclaration.of(
                                                                                typed.btf(),
                                                                                typed.parameters()))
                                                        .orElse("")))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        List<String> found =
                Glob.isGlob(pattern.name())
                        ? matching().stream().map(KernelName::name).distinct().toList()
                        : List.of(pattern.name());
        pattern.requireSome(found, "tracepoint of this kernel", pattern.named("*"));
        ProbeLimit.SINGLE.require(found.size());
        List<TracedProbe> probes = new ArrayList<>();
        for (String name : found) {
            TypedTracepoint typed = scope.types().tracepoint(name).orElse(null);
            if (typed == null && isTyped()) {
                throw new CommandFailure(
                        "the kernel's types tell of no tracepoint "
                                + name
                                + ": it is not there; purebpf trace --list"
                                + " 'tp_btf:*' prints them all, and rawtracepoint:"
                                + name
                                + " needs no types"
                                + NearestNames.say(
                                        name,
                                        matching("*").stream().map(KernelName::name).toList()));
            }
            RecordLayout layout =
                    RecordLayout.ofFunction(
                            pattern.named(name),
                            typed == null
                                    ? List.of()
                                    : FunctionFields.arguments(typed.btf(), typed.parameters()),
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
