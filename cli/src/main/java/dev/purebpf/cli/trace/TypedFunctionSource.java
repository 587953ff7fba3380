package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.Tracing;
import dev.purebpf.symbol.Glob;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code fentry:FUNCTION} and {@code fexit:FUNCTION}: functions of the kernel by its types, with
 * the parameters also at the end.
 */
record TypedFunctionSource(ProbePattern pattern) implements ProbeSource {

    private boolean onReturn() {
        return pattern.kind() == ProbePattern.Kind.FEXIT;
    }

    /** {@return the functions that can be traced and that have types} */
    private List<String> matching(KernelTypes types) {
        types.require();
        List<String> traceable =
                Kprobe.matching(Kernel.host(), new Glob(pattern.name())).stream()
                        .map(Kprobe::function)
                        .toList();
        types.expect(new Glob(pattern.name()).prefix());
        return traceable.stream().filter(name -> types.function(name).isPresent()).toList();
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching(types).stream()
                .map(
                        function ->
                                new Listing(
                                        pattern.named(function),
                                        () -> types.declaration(function, true, onReturn())))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        KernelTypes types = scope.types();
        List<String> found =
                Glob.isGlob(pattern.name()) ? matching(types) : List.of(pattern.name());
        pattern.requireSome(found, "function of this kernel", pattern.named("*"));
        List<TracedProbe> probes = new ArrayList<>();
        for (String function : found) {
            List<Field> fields =
                    types.function(function)
                            .map(
                                    prototype ->
                                            onReturn()
                                                    ? FunctionFields.argumentsAndResult(
                                                            types.require(), prototype)
                                                    : FunctionFields.arguments(
                                                            types.require(),
                                                            prototype.parameters()))
                            .orElseThrow(() -> unknown(function));
            probes.add(
                    new TracedProbe(
                            RecordLayout.ofFunction(pattern.named(function), fields, false),
                            onReturn() ? HitProgram.END : HitProgram.BEGIN,
                            function,
                            (TracedProbe.Single) (program, _) -> Tracing.of().attach(program)));
        }
        return probes;
    }

    private CommandFailure unknown(String function) {
        return new CommandFailure(
                "the kernel's types tell of no function "
                        + function
                        + ": it is not there, inlined, or of a module; "
                        + (onReturn() ? "kretprobe:" : "kprobe:")
                        + function
                        + " needs no types");
    }
}
