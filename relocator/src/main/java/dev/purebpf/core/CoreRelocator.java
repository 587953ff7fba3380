package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.core.Candidates.Candidate;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Fits instructions to the kernel's types, one CO-RE relocation at a time.
 *
 * <p>As libbpf does it, the candidates for a type of the object are searched once; when some of
 * them have what a relocation asks for, the others are forgotten. Relocations are therefore to be
 * given in the order of the object's {@code .BTF.ext}.
 *
 * <p>Not safe to share between threads.
 */
public final class CoreRelocator {
    private final Types local;
    private final LocalSpecs localSpecs;
    private final Candidates search;
    private final Map<Types, TargetSpecs> targetSpecs = new HashMap<>();
    private final Map<Integer, List<Candidate>> candidates = new HashMap<>();
    private List<Types> moduleTypes;

    /**
     * Prepares to relocate the instructions of an object.
     *
     * @param local the object's types
     * @param kernel the kernel's types
     * @param modules gives the types of kernel modules, split BTF over the kernel's; asked, once,
     *     when the kernel has no candidate for something
     */
    public CoreRelocator(Btf local, Btf kernel, Supplier<List<Btf>> modules) {
        this.local = new Types(local);
        this.localSpecs = new LocalSpecs(this.local);
        this.search = new Candidates(new Types(kernel), () -> ofModules(modules));
    }

    private List<Types> ofModules(Supplier<List<Btf>> modules) {
        if (moduleTypes == null) {
            moduleTypes = modules.get().stream().map(Types::new).toList();
        }
        return moduleTypes;
    }

    /**
     * {@return the instruction as it fits the kernel, and what its relocations were answered}
     *
     * @param program the name of the function, for messages
     * @param slot the index of the instruction's slot within the function, for messages
     * @param source gives the line of C for messages, {@code null} when unknown; asked only then
     * @param instruction the instruction with its relocations
     * @throws RelocationException if it cannot be fitted
     */
    public Relocated relocate(
            String program, int slot, Supplier<String> source, Instruction instruction) {
        List<Instruction> result = List.of(instruction);
        var resolutions = new ArrayList<Resolution>(1);
        for (CoreRelocation relocation : instruction.relocations()) {
            Resolution resolution = resolve(program, slot, source, relocation);
            resolutions.add(resolution);
            try {
                var patched = new ArrayList<>(Patch.apply(result.getFirst(), resolution));
                patched.addAll(result.subList(1, result.size()));
                result = patched;
            } catch (CoreProblem e) {
                throw exception(
                        program, slot, source, relocation, describe(resolution), e.getMessage());
            }
        }
        return new Relocated(result, resolutions);
    }

    /**
     * {@return what becomes of a relocation}
     *
     * @param program the name of the function, for messages
     * @param slot the index of the instruction's slot within the function, for messages
     * @param source gives the line of C for messages, {@code null} when unknown; asked only then
     * @param relocation the relocation
     * @throws RelocationException if that cannot be told
     */
    public Resolution resolve(
            String program, int slot, Supplier<String> source, CoreRelocation relocation) {
        AccessSpec asked = null;
        try {
            asked = localSpecs.parse(relocation);
            return resolve(relocation, asked);
        } catch (CoreProblem e) {
            throw exception(
                    program,
                    slot,
                    source,
                    relocation,
                    asked == null ? "type " + relocation.type() : asked.toString(),
                    e.getMessage());
        }
    }

    private Resolution resolve(CoreRelocation relocation, AccessSpec asked) throws CoreProblem {
        CoreRelocationKind kind = relocation.kind();
        if (kind == CoreRelocationKind.TYPE_ID_LOCAL) {
            // Linkers renumber types, so what the instruction has may be out of date.
            return new Resolution(
                    relocation, asked, null, asked.rootType(), asked.rootType(), false, false);
        }
        String name = local.btf().name(relocation.type());
        if (name.isEmpty()) {
            throw new CoreProblem("a type without a name cannot be found in the kernel");
        }
        List<Candidate> known = candidates.get(relocation.type());
        if (known == null) {
            known = search.find(name, local.btf().kind(relocation.type()));
            candidates.put(relocation.type(), known);
        }

        var matching = new ArrayList<Candidate>();
        Resolution result = null;
        for (Candidate candidate : known) {
            AccessSpec found =
                    targetSpecs
                            .computeIfAbsent(
                                    candidate.types(), types -> new TargetSpecs(local, types))
                            .match(asked, kind, candidate.id());
            if (found == null) {
                continue;
            }
            Resolution other = evaluate(relocation, asked, found);
            if (result == null) {
                result = other;
            } else {
                requireAgreement(result, other);
            }
            matching.add(candidate);
        }
        if (result == null) {
            return evaluate(relocation, asked, null);
        }
        candidates.put(relocation.type(), matching);
        return result;
    }

    private static void requireAgreement(Resolution first, Resolution second) throws CoreProblem {
        AccessSpec firstSpec = first.target().orElseThrow();
        AccessSpec secondSpec = second.target().orElseThrow();
        if (firstSpec.bitOffset() != secondSpec.bitOffset()
                || first.poisoned() != second.poisoned()
                || first.value() != second.value()) {
            throw new CoreProblem(
                    "is ambiguous: this kernel has "
                            + firstSpec
                            + " and "
                            + secondSpec
                            + ", which give "
                            + first.value()
                            + " and "
                            + second.value());
        }
    }

    /** Computes both sides' answers; {@code found} is {@code null} when the kernel has none. */
    private Resolution evaluate(CoreRelocation relocation, AccessSpec asked, AccessSpec found)
            throws CoreProblem {
        CoreRelocationKind kind = relocation.kind();
        if (kind.isField()) {
            return evaluateField(relocation, asked, found);
        }
        return switch (kind) {
            case TYPE_ID_TARGET ->
                    new Resolution(
                            relocation,
                            asked,
                            found,
                            asked.rootType(),
                            found == null ? 0 : found.rootType(),
                            false,
                            false);
            case TYPE_EXISTS, TYPE_MATCHES, ENUMERATOR_EXISTS ->
                    new Resolution(relocation, asked, found, 1, found == null ? 0 : 1, true, false);
            case TYPE_SIZE -> {
                long size = local.size(asked.rootType());
                long there = found == null ? 0 : found.types().size(found.rootType());
                yield new Resolution(relocation, asked, found, size, there, true, false);
            }
            case ENUMERATOR_VALUE ->
                    new Resolution(
                            relocation,
                            asked,
                            found,
                            asked.enumerator(),
                            found == null ? 0 : found.enumerator(),
                            true,
                            found == null);
            default -> throw new IllegalArgumentException(kind.toString());
        };
    }

    private Resolution evaluateField(CoreRelocation relocation, AccessSpec asked, AccessSpec found)
            throws CoreProblem {
        CoreRelocationKind kind = relocation.kind();
        FieldValue here = FieldValue.of(kind, asked);
        if (found == null) {
            boolean exists = kind == CoreRelocationKind.FIELD_EXISTS;
            return new Resolution(relocation, asked, null, here.value(), 0, true, !exists);
        }
        FieldValue there = FieldValue.of(kind, found);
        return new Resolution(
                relocation,
                asked,
                Optional.of(found),
                here.value(),
                there.value(),
                here.validated(),
                false,
                here.accessSize(),
                there.accessSize(),
                isResizable(asked, here, found, there));
    }

    /**
     * {@return whether an access of one size may become one of the other} Only where zeroes fill up
     * what is missing: pointers, whose size in BPF is 8 on any machine, and unsigned numbers.
     */
    private static boolean isResizable(
            AccessSpec asked, FieldValue here, AccessSpec found, FieldValue there) {
        if (here.accessSize() == there.accessSize()) {
            return true;
        }
        BtfType first = asked.types().type(here.accessType());
        BtfType second = found.types().type(there.accessType());
        if (first instanceof BtfType.Pointer && second instanceof BtfType.Pointer) {
            return true;
        }
        return first instanceof BtfType.Int a
                && second instanceof BtfType.Int b
                && a.encoding() != BtfType.Int.SIGNED
                && b.encoding() != BtfType.Int.SIGNED;
    }

    private static String describe(Resolution resolution) {
        return resolution.local()
                + resolution.target().map(spec -> ", in this kernel " + spec).orElse("");
    }

    private static RelocationException exception(
            String program,
            int slot,
            Supplier<String> source,
            CoreRelocation relocation,
            String spec,
            String problem) {
        String kind = relocation.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return new RelocationException(program, slot, source.get(), kind + " of " + spec, problem);
    }
}
