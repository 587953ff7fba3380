package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.FunctionPrototype;
import dev.purebpf.btf.BtfType.Parameter;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.error.NearestNames;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.link.KernelModule;
import dev.purebpf.link.TargetKernel;
import dev.purebpf.link.TargetKernel.Found;
import dev.purebpf.symbol.KernelName;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the types of the kernel and its modules say of their functions and tracepoints. Read when
 * first asked for, those of modules only for what the kernel itself does not have; one thread uses
 * it.
 */
final class KernelTypes {
    /** A pointer to this is what each raw tracepoint calls: {@code void (void *__data, …)}. */
    private static final String TRACEPOINT = "btf_trace_";

    /** The kernel's own function that calls what is attached: it names the parameters. */
    private static final String ITERATOR = "__traceiter_";

    private TargetKernel kernel;
    private boolean missing;

    /** Functions of the kernel itself that were expected, by their names. */
    private final Map<String, Integer> own = new HashMap<>();

    private final Map<KernelName, Optional<TypedFunction>> functions = new HashMap<>();
    private final Map<String, Optional<TypedFunction>> anywhere = new HashMap<>();
    private final Set<String> expected = new HashSet<>();

    /**
     * A function of which the types are known.
     *
     * @param name its name and its module's
     * @param btf the types that the following are of
     * @param prototype its parameters and result
     */
    record TypedFunction(KernelName name, Btf btf, FunctionPrototype prototype) {}

    /**
     * A tracepoint of which the types are known.
     *
     * @param name its name and its module's
     * @param btf the types that the parameters are of
     * @param parameters what it gives programs
     */
    record TypedTracepoint(KernelName name, Btf btf, List<Parameter> parameters) {}

    /** Of the running kernel. */
    KernelTypes() {}

    /** Of a kernel whose types are known already, and its modules. */
    KernelTypes(Btf btf, KernelModule... modules) {
        this.kernel = TargetKernel.of(btf).withModules(List.of(modules));
    }

    /**
     * Reads the kernel's types.
     *
     * @throws UnsupportedFeatureException if the kernel has none
     */
    void require() {
        if (kernel == null) {
            try {
                Btf btf = KernelBtf.load(Kernel.host());
                kernel =
                        TargetKernel.of(btf)
                                .withModules(() -> KernelBtf.ofModules(Kernel.host(), btf));
            } catch (IOException e) {
                throw new CommandFailure("the kernel's types cannot be read: " + e.getMessage(), e);
            }
        }
    }

    /** {@return whether there are types; without, functions are shown as plain registers} */
    private boolean areThere() {
        if (missing) {
            return false;
        }
        try {
            require();
        } catch (UnsupportedFeatureException e) {
            missing = true;
        }
        return !missing;
    }

    /**
     * Prepares for questions about many functions: one walk through all types is quicker than a
     * search for each.
     *
     * @param prefix what their names begin with
     */
    void expect(String prefix) {
        if (!areThere() || !expected.add(prefix)) {
            return;
        }
        Btf btf = kernel.types().orElseThrow();
        byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        Set<BtfKind> kinds = Set.of(BtfKind.FUNCTION);
        for (int id = btf.findNext(1, bytes, kinds);
                id > 0;
                id = btf.findNext(id + 1, bytes, kinds)) {
            own.putIfAbsent(btf.name(id), id);
        }
    }

    /**
     * {@return a function of the kernel, or else of the first module that has one of that name;
     * empty if its types are not known}
     *
     * @param name its name
     */
    Optional<TypedFunction> function(String name) {
        return anywhere.computeIfAbsent(
                name,
                wanted ->
                        function(new KernelName(wanted, ""))
                                .or(
                                        () ->
                                                kernel().flatMap(
                                                                all ->
                                                                        all.find(
                                                                                wanted,
                                                                                BtfKind.FUNCTION))
                                                        .flatMap(found -> typed(wanted, found))));
    }

    /**
     * {@return a function of the kernel itself or of a certain module; empty if its types are not
     * known}
     *
     * @param name its name and its module's
     */
    Optional<TypedFunction> function(KernelName name) {
        return functions.computeIfAbsent(
                name, wanted -> find(wanted).flatMap(found -> typed(wanted.name(), found)));
    }

    /**
     * {@return which functions of the kernel itself somebody may have meant, for the end of a
     * message; nothing if none comes near}
     *
     * @param function the name that there is not
     */
    String nearest(String function) {
        NearestNames near = NearestNames.to(function);
        if (areThere()) {
            kernel.types().orElseThrow().addNames(BtfKind.FUNCTION, near);
        }
        return near.say();
    }

    private Optional<TargetKernel> kernel() {
        return areThere() ? Optional.of(kernel) : Optional.empty();
    }

    private Optional<Found> find(KernelName name) {
        if (!areThere()) {
            return Optional.empty();
        }
        if (!name.module().isEmpty()) {
            return kernel.findInModule(name.module(), name.name(), BtfKind.FUNCTION);
        }
        Btf btf = kernel.types().orElseThrow();
        int id = own.computeIfAbsent(name.name(), wanted -> btf.find(wanted, BtfKind.FUNCTION));
        return id > 0 ? Optional.of(new Found("", btf, id)) : Optional.empty();
    }

    private static Optional<TypedFunction> typed(String name, Found found) {
        Btf btf = found.types();
        return btf.type(found.id()) instanceof BtfType.Function function
                        && btf.type(function.prototype()) instanceof FunctionPrototype prototype
                ? Optional.of(
                        new TypedFunction(new KernelName(name, found.module()), btf, prototype))
                : Optional.empty();
    }

    /**
     * {@return a function's parameters and result as in C; empty if they are not known}
     *
     * @param name the function's name and its module's
     * @param parameters whether to tell the parameters
     * @param result whether to tell the result
     */
    String declaration(KernelName name, boolean parameters, boolean result) {
        TypedFunction function = function(name).orElse(null);
        if (function == null) {
            return "";
        }
        Btf btf = function.btf();
        FunctionPrototype prototype = function.prototype();
        String before = parameters ? CDeclaration.of(btf, prototype.parameters()) : "";
        return result ? before + " -> " + CDeclaration.of(btf, prototype.returnType(), "") : before;
    }

    /**
     * {@return what a raw tracepoint of the kernel or of a module gives programs; empty if the
     * types do not tell of it}
     *
     * <p>Its type has no names for the parameters. Since 5.10 there is a function that has them.
     *
     * @param name the name without a category, such as {@code sched_switch}
     */
    Optional<TypedTracepoint> tracepoint(String name) {
        return kernel().flatMap(all -> all.find(TRACEPOINT + name, BtfKind.TYPEDEF))
                .flatMap(found -> tracepoint(new KernelName(name, found.module()), found));
    }

    private Optional<TypedTracepoint> tracepoint(KernelName name, Found found) {
        Btf btf = found.types();
        if (btf.type(found.id()) instanceof BtfType.Typedef typedef
                && btf.type(typedef.type()) instanceof BtfType.Pointer pointer
                && btf.type(pointer.type()) instanceof FunctionPrototype prototype
                && !prototype.parameters().isEmpty()) {
            List<Parameter> typed = prototype.parameters();
            List<Parameter> named =
                    function(new KernelName(ITERATOR + name.name(), name.module()))
                            .map(function -> function.prototype().parameters())
                            .orElse(typed);
            List<Parameter> parameters = new ArrayList<>();
            // The first is the kernel's own.
            for (int i = 1; i < typed.size(); i++) {
                String parameter = i < named.size() ? named.get(i).name() : "";
                parameters.add(new Parameter(parameter, typed.get(i).type()));
            }
            return Optional.of(new TypedTracepoint(name, btf, parameters));
        }
        return Optional.empty();
    }
}
