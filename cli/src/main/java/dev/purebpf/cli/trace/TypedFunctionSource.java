package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfType.FunctionPrototype;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.trace.KernelTypes.TypedFunction;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Kprobe;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.Tracing;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code fentry:FUNCTION} and {@code fexit:FUNCTION}: functions of the kernel and its modules by
 * their types, with the parameters also at the end.
 */
record TypedFunctionSource(ProbePattern pattern) implements ProbeSource {

    private boolean onReturn() {
        return pattern.kind() == ProbePattern.Kind.FEXIT;
    }

    /** {@return the functions that can be traced and that have types} */
    private List<TypedFunction> matching(KernelTypes types) {
        types.require();
        List<KernelName> traceable = Kprobe.names(Kernel.host(), new Glob(pattern.name()));
        types.expect(new Glob(pattern.name()).prefix());
        return traceable.stream().flatMap(name -> types.function(name).stream()).toList();
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        return matching(types).stream()
                .map(TypedFunction::name)
                .map(
                        function ->
                                new Listing(
                                        pattern.named(function.name()),
                                        function.module(),
                                        () -> types.declaration(function, true, onReturn())))
                .toList();
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        KernelTypes types = scope.types();
        types.require();
        List<TypedFunction> found =
                Glob.isGlob(pattern.name())
                        ? matching(types)
                        : List.of(
                                types.function(pattern.name())
                                        .orElseThrow(() -> unknown(types, pattern.name())));
        pattern.requireSome(found, "function of this kernel", pattern.named("*"));
        ProbeLimit.SINGLE.require(found.size());
        List<TracedProbe> probes = new ArrayList<>();
        for (TypedFunction function : found) {
            Btf btf = function.btf();
            FunctionPrototype prototype = function.prototype();
            List<Field> fields =
                    onReturn()
                            ? FunctionFields.argumentsAndResult(btf, prototype)
                            : FunctionFields.arguments(btf, prototype.parameters());
            KernelName name = function.name();
            probes.add(
                    new TracedProbe(
                            RecordLayout.ofFunction(pattern.named(name.name()), fields, false),
                            onReturn() ? HitProgram.END : HitProgram.BEGIN,
                            name.module().isEmpty()
                                    ? name.name()
                                    : name.module() + ":" + name.name(),
                            (TracedProbe.Single) (program, _) -> Tracing.of().attach(program)));
        }
        return probes;
    }

    private CommandFailure unknown(KernelTypes types, String function) {
        return new CommandFailure(
                "the kernel's types tell of no function "
                        + function
                        + ": it is not there, or inlined; "
                        + (onReturn() ? "kretprobe:" : "kprobe:")
                        + function
                        + " needs no types"
                        + types.nearest(function));
    }
}
