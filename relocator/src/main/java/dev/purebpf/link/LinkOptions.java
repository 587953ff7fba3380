package dev.purebpf.link;

import java.util.Set;

/**
 * How to link: which programs.
 *
 * <p>Immutable; {@code with…} methods give changed copies.
 */
public final class LinkOptions {
    private static final LinkOptions DEFAULTS = new LinkOptions(null);

    private final Set<String> programs;

    private LinkOptions(Set<String> programs) {
        this.programs = programs;
    }

    /** {@return options to link the programs with autoload on} */
    public static LinkOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return a copy that links these programs only, whatever their autoload says}
     *
     * @param names the names of entry programs
     */
    public LinkOptions withPrograms(Set<String> names) {
        return new LinkOptions(Set.copyOf(names));
    }

    /**
     * {@return whether a program is to be linked}
     *
     * @param program the program
     */
    public boolean selects(ProgramDefinition program) {
        return programs == null ? program.autoload() : programs.contains(program.name());
    }
}
