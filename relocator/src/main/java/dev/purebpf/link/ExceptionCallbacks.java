package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The subprograms that run when a program throws an exception: declaration tags {@code
 * exception_callback:NAME} name them, and nothing calls them.
 */
final class ExceptionCallbacks {
    private static final String PREFIX = "exception_callback:";

    private final List<FittedFunction> subprograms;
    private final Map<String, String> names = new HashMap<>();
    private final Set<String> ambiguous = new HashSet<>();
    private final Set<String> globals = new HashSet<>();
    private String misplaced;

    ExceptionCallbacks(ObjectFile object, List<FittedFunction> subprograms) {
        this.subprograms = subprograms;
        object.btf().ifPresent(this::read);
    }

    private void read(Btf btf) {
        byte[] prefix = PREFIX.getBytes(StandardCharsets.UTF_8);
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.kind(id) != BtfKind.DECL_TAG
                    || !btf.nameStartsWith(id, prefix)
                    || !(btf.type(id) instanceof BtfType.DeclTag tag)
                    || tag.component() >= 0) {
                continue;
            }
            if (btf.type(tag.type()) instanceof BtfType.Function function
                    && function.linkage() == Linkage.GLOBAL) {
                String callback = tag.name().substring(PREFIX.length());
                if (names.putIfAbsent(function.name(), callback) != null) {
                    ambiguous.add(function.name());
                }
            } else if (misplaced == null) {
                misplaced = tag.name();
            }
        }
        if (names.isEmpty()) {
            return;
        }
        for (int id = 1; id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.FUNCTION
                    && btf.type(id) instanceof BtfType.Function function
                    && function.linkage() == Linkage.GLOBAL) {
                globals.add(function.name());
            }
        }
    }

    /** A tag cannot be followed. */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String problem) {
            super(problem);
        }
    }

    /** {@return the callback of an entry program; none where it names several, for the verifier} */
    Optional<FittedFunction> of(String program) throws Unfit {
        if (misplaced != null) {
            throw new Unfit(
                    "declaration tag \""
                            + misplaced
                            + "\" is on something else than a global function");
        }
        String name = names.get(program);
        if (name == null || ambiguous.contains(program)) {
            return Optional.empty();
        }
        for (FittedFunction subprogram : subprograms) {
            if (subprogram.definition().name().equals(name)) {
                if (!globals.contains(name)) {
                    throw new Unfit(
                            "exception callback "
                                    + name
                                    + " is static or hidden, but must be global");
                }
                return Optional.of(subprogram);
            }
        }
        throw new Unfit("exception callback \"" + name + "\" is no subprogram of the object");
    }
}
