package dev.purebpf.cli.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.go.EntryPlaces;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * How a function is called: with what, and where that is.
 *
 * <p>Debugging information leaves out parameters, and a program has functions of two conventions.
 * But Go's table of functions says how many bytes the arguments of each take, and the compiler
 * where those are that it uses: only what agrees with both is taken for true.
 *
 * @param signature what the function takes and gives
 * @param abi how values are handed over
 * @param call where they are
 */
record Convention(GoSignature signature, GoAbi abi, GoCall call) {
    /** What names of functions with type parameters have since Go 1.18. */
    private static final String SHAPE = "[go.shape.";

    private static final String DICTIONARY = ".dict";

    /** The name of a value that has none. */
    private static final String UNNAMED = "~p";

    /**
     * What a program's file says of a function beside its signature.
     *
     * @param abi how the program hands values over
     * @param machine its {@link dev.purebpf.elf.ElfFile#machine()}
     * @param argumentsSize how many bytes the function's arguments take; negative if not known
     * @param isAssembly whether it is written in assembly
     * @param isSpecial whether it may be there only to call another one, by the other convention
     * @param takesStack tells of what is special whether its symbol says that it is called as
     *     assembly is
     */
    record Facts(
            GoAbi abi,
            int machine,
            int argumentsSize,
            boolean isAssembly,
            boolean isSpecial,
            BooleanSupplier takesStack) {}

    /**
     * {@return how a function is called; empty if debugging information lacks something that cannot
     * be inferred}
     *
     * @param entry what debugging information says of the function
     * @param facts what else is known
     */
    static Optional<Convention> of(Die entry, Facts facts) {
        boolean takesStack = facts.isAssembly || facts.isSpecial && facts.takesStack.getAsBoolean();
        GoAbi abi = takesStack ? GoAbi.STACK : facts.abi;
        GoSignature said = GoSignature.of(entry);
        for (GoSignature signature : signatures(said)) {
            GoCall call = abi.assign(signature);
            boolean hasSize =
                    facts.argumentsSize >= 0
                            ? facts.argumentsSize == call.argumentsSize()
                            : !facts.isAssembly;
            int added = signature.parameters().size() - said.parameters().size();
            if (hasSize
                    && EntryPlaces.contradiction(behind(call, added), entry, facts.machine)
                            == null) {
                return Optional.of(new Convention(signature, abi, call));
            }
        }
        return Optional.empty();
    }

    /** {@return a call without its first parameters} */
    private static GoCall behind(GoCall call, int added) {
        return new GoCall(
                call.parameters().subList(added, call.parameters().size()),
                call.results(),
                call.stackSize(),
                call.spillSize());
    }

    /** {@return a signature as it is said, then as it may be where old compilers leave out} */
    private static List<GoSignature> signatures(GoSignature said) {
        List<GoSignature> all = new ArrayList<>(List.of(said));
        boolean hasDictionary =
                said.parameters().stream().anyMatch(one -> one.name().equals(DICTIONARY));
        if (said.name().contains(SHAPE) && !hasDictionary) {
            all.add(with(said, DICTIONARY));
        } else if (said.name().contains(".(*")) {
            all.add(with(said, UNNAMED));
        }
        return all;
    }

    /** {@return a signature with an address before all parameters} */
    private static GoSignature with(GoSignature said, String name) {
        List<Parameter> parameters = new ArrayList<>();
        parameters.add(
                new Parameter(
                        name,
                        new GoType.Pointer(
                                "unsafe.Pointer",
                                GoType.PointerKind.UNSAFE,
                                () -> Optional.empty())));
        parameters.addAll(said.parameters());
        return new GoSignature(said.name(), parameters, said.results());
    }
}
