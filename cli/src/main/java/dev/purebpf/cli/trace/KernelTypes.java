package dev.purebpf.cli.trace;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.BtfType.FunctionPrototype;
import dev.purebpf.btf.BtfType.Parameter;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;

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
 * What the kernel's types say of its functions and tracepoints. Read when first asked for; one
 * thread uses it.
 */
final class KernelTypes {
    /** A pointer to this is what each raw tracepoint calls: {@code void (void *__data, …)}. */
    private static final String TRACEPOINT = "btf_trace_";

    /** The kernel's own function that calls what is attached: it names the parameters. */
    private static final String ITERATOR = "__traceiter_";

    private Btf btf;
    private boolean missing;

    /** The ids of functions that were asked for, or expected; -1 for those that are not known. */
    private final Map<String, Integer> functions = new HashMap<>();

    private final Set<String> expected = new HashSet<>();

    /** Of the running kernel. */
    KernelTypes() {}

    /** Of a kernel whose types are known already. */
    KernelTypes(Btf btf) {
        this.btf = btf;
    }

    /**
     * {@return the types}
     *
     * @throws UnsupportedFeatureException if the kernel has none
     */
    Btf require() {
        if (btf == null) {
            try {
                btf = KernelBtf.load(Kernel.host());
            } catch (IOException e) {
                throw new CommandFailure("the kernel's types cannot be read: " + e.getMessage(), e);
            }
        }
        return btf;
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
        byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        Set<BtfKind> kinds = Set.of(BtfKind.FUNCTION);
        for (int id = btf.findNext(1, bytes, kinds);
                id > 0;
                id = btf.findNext(id + 1, bytes, kinds)) {
            functions.putIfAbsent(btf.name(id), id);
        }
    }

    /** {@return the parameters and the result of a function; empty if they are not known} */
    Optional<FunctionPrototype> function(String name) {
        if (!areThere()) {
            return Optional.empty();
        }
        int id = functions.computeIfAbsent(name, wanted -> btf.find(wanted, BtfKind.FUNCTION));
        return id > 0
                        && btf.type(id) instanceof BtfType.Function function
                        && btf.type(function.prototype()) instanceof FunctionPrototype prototype
                ? Optional.of(prototype)
                : Optional.empty();
    }

    /**
     * {@return a function's parameters and result as in C; empty if they are not known}
     *
     * @param name the function's name
     * @param parameters whether to tell the parameters
     * @param result whether to tell the result
     */
    String declaration(String name, boolean parameters, boolean result) {
        FunctionPrototype prototype = function(name).orElse(null);
        if (prototype == null) {
            return "";
        }
        String before = parameters ? CDeclaration.of(btf, prototype.parameters()) : "";
        return result ? before + " -> " + CDeclaration.of(btf, prototype.returnType(), "") : before;
    }

    /**
     * {@return what a raw tracepoint gives programs; empty if the types do not tell of it}
     *
     * <p>Its type has no names for the parameters. Since 5.10 there is a function that has them.
     *
     * @param name the name without a category, such as {@code sched_switch}
     */
    Optional<List<Parameter>> tracepoint(String name) {
        if (!areThere()) {
            return Optional.empty();
        }
        int id = btf.find(TRACEPOINT + name, BtfKind.TYPEDEF);
        if (id > 0
                && btf.type(id) instanceof BtfType.Typedef typedef
                && btf.type(typedef.type()) instanceof BtfType.Pointer pointer
                && btf.type(pointer.type()) instanceof FunctionPrototype prototype
                && !prototype.parameters().isEmpty()) {
            List<Parameter> typed = prototype.parameters();
            List<Parameter> named =
                    function(ITERATOR + name).map(FunctionPrototype::parameters).orElse(typed);
            List<Parameter> parameters = new ArrayList<>();
            // The first is the kernel's own.
            for (int i = 1; i < typed.size(); i++) {
                String parameter = i < named.size() ? named.get(i).name() : "";
                parameters.add(new Parameter(parameter, typed.get(i).type()));
            }
            return Optional.of(parameters);
        }
        return Optional.empty();
    }
}
