package dev.purebpf.link;

import dev.purebpf.btf.BtfExt.CoreRelocation;
import dev.purebpf.core.CoreRelocator;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes final programs: finds out what externs are, fits instructions to the kernel's types
 * (CO-RE), appends subprograms, and resolves references.
 *
 * <p>A pure function of the object and what is known about the kernel.
 */
public final class Linker {
    private final ObjectFile object;
    private final List<FittedFunction> entries = new ArrayList<>();
    private final List<FittedFunction> subprograms = new ArrayList<>();

    private Linker(ObjectFile object, LinkOptions options) {
        this.object = object;
        for (ProgramDefinition program : object.programs()) {
            if (options.selects(program)) {
                entries.add(new FittedFunction(program));
            }
        }
        for (ProgramDefinition subprogram : object.subprograms()) {
            subprograms.add(new FittedFunction(subprogram));
        }
    }

    /**
     * Links the programs of an object for a kernel.
     *
     * @param object the object
     * @param kernel what is known about the kernel; {@link TargetKernel#lacks} tells what the
     *     object needs
     * @param options which programs
     * @return the programs; what cannot be linked carries its failure. Where an extern cannot be
     *     resolved, no program of the object can be linked, not even those that do not refer to it.
     * @throws dev.purebpf.error.MalformedObjectException if the types of the object or the kernel
     *     are damaged, or the object's arena has no room for its variables
     */
    public static LinkedObject link(ObjectFile object, TargetKernel kernel, LinkOptions options) {
        var linker = new Linker(object, options);
        ArenaGlobals.requireRoom(object, kernel);
        ResolvedExterns externs = ExternResolver.resolve(object, kernel);
        linker.fit(kernel);
        return new LinkedObject(object, linker.assemble(kernel, externs), externs);
    }

    /** An instruction with relocations, and where it is. */
    private record Site(int order, FittedFunction function, int index) {}

    private void fit(TargetKernel kernel) {
        if (object.btfExt().isEmpty()) {
            return;
        }
        List<Site> sites = sites();
        CoreRelocator relocator = null;
        for (Site site : sites) {
            FittedFunction function = site.function;
            if (function.failure() != null) {
                continue;
            }
            Instruction instruction = function.definition().instructions().get(site.index);
            int slot = function.slot(site.index);
            if (relocator == null && kernel.types().isPresent()) {
                relocator =
                        new CoreRelocator(
                                object.btf().orElseThrow(),
                                kernel.types().get(),
                                () -> kernel.modules().stream().map(KernelModule::types).toList());
            }
            try {
                if (relocator == null) {
                    throw new RelocationException(
                            function.definition().name(),
                            slot,
                            function.sourceLine(site.index),
                            null,
                            "is to be fitted to the kernel's types, but those are not known; the"
                                    + " kernel needs CONFIG_DEBUG_INFO_BTF, or name a BTF file");
                }
                function.replace(
                        site.index,
                        relocator.relocate(
                                function.definition().name(),
                                slot,
                                () -> function.sourceLine(site.index),
                                instruction));
            } catch (RelocationException e) {
                function.fail(e);
            }
        }
    }

    /**
     * {@return all instructions with relocations, in the order of {@code .BTF.ext}} The order
     * matters where the kernel has several candidates for a type, see {@link CoreRelocator}.
     */
    private List<Site> sites() {
        Map<CoreRelocation, Integer> order = new IdentityHashMap<>();
        for (CoreRelocation relocation : object.btfExt().orElseThrow().relocations()) {
            order.put(relocation, order.size());
        }
        var sites = new ArrayList<Site>();
        for (List<FittedFunction> functions : List.of(entries, subprograms)) {
            for (FittedFunction function : functions) {
                List<Instruction> instructions = function.definition().instructions();
                for (int i = 0; i < instructions.size(); i++) {
                    List<CoreRelocation> relocations = instructions.get(i).relocations();
                    if (!relocations.isEmpty()) {
                        sites.add(new Site(order.get(relocations.getFirst()), function, i));
                    }
                }
            }
        }
        sites.sort(Comparator.comparingInt(Site::order));
        return sites;
    }

    private List<LinkedProgram> assemble(TargetKernel kernel, ResolvedExterns externs) {
        var linked = new ArrayList<LinkedProgram>();
        var assembler = new Assembler(object, subprograms, kernel, externs);
        for (FittedFunction entry : entries) {
            linked.add(assembler.assemble(entry));
        }
        return linked;
    }
}
