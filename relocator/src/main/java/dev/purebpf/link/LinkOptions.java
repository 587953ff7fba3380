package dev.purebpf.link;

import dev.purebpf.btf.Btf;

import java.util.List;
import java.util.Set;

/**
 * How to link: which programs, and what else is known about the kernel.
 *
 * <p>Immutable; {@code with…} methods give changed copies.
 */
public final class LinkOptions {
    private static final LinkOptions DEFAULTS = new LinkOptions(null, List.of());

    private final Set<String> programs;
    private final List<Btf> modules;

    private LinkOptions(Set<String> programs, List<Btf> modules) {
        this.programs = programs;
        this.modules = modules;
    }

    /** {@return options to link the programs with autoload on, for a kernel without modules} */
    public static LinkOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return a copy that links these programs only, whatever their autoload says}
     *
     * @param names the names of entry programs
     */
    public LinkOptions withPrograms(Set<String> names) {
        return new LinkOptions(Set.copyOf(names), modules);
    }

    /**
     * {@return a copy that looks for types in these modules, too, when the kernel has no candidate}
     *
     * @param btfs split BTF over the kernel's
     */
    public LinkOptions withModules(List<Btf> btfs) {
        return new LinkOptions(programs, List.copyOf(btfs));
    }

    /**
     * {@return whether a program is to be linked}
     *
     * @param program the program
     */
    public boolean selects(ProgramDefinition program) {
        return programs == null ? program.autoload() : programs.contains(program.name());
    }

    /** {@return the types of kernel modules} */
    public List<Btf> modules() {
        return modules;
    }
}
