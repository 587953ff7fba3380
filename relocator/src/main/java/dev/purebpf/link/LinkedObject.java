package dev.purebpf.link;

import dev.purebpf.error.RelocationException;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs of an object, fitted to a kernel and complete but for the numbers that only a
 * running kernel gives out. Immutable.
 */
public final class LinkedObject {
    private final ObjectFile object;
    private final List<LinkedProgram> programs;
    private final ResolvedExterns externs;

    LinkedObject(ObjectFile object, List<LinkedProgram> programs, ResolvedExterns externs) {
        this.object = object;
        this.programs = List.copyOf(programs);
        this.externs = externs;
    }

    /** {@return the object} */
    public ObjectFile object() {
        return object;
    }

    /**
     * {@return the programs that were asked for, in the order of the object; some may have failed}
     */
    public List<LinkedProgram> programs() {
        return programs;
    }

    /**
     * {@return what the object's externs are in this kernel, by name, in the order of {@link
     * ObjectFile#externs()}; those that could not be resolved are missing}
     */
    public Map<String, ExternValue> externs() {
        return externs.values();
    }

    /** {@return why externs could not be resolved, by their names; empty when all could} */
    public Map<String, String> unresolvedExterns() {
        return externs.problems();
    }

    /**
     * {@return a copy of the value of map {@code .kconfig}: the kernel's settings, where each is
     * told by {@link ExternDefinition.Setting#offset}; empty when the object has none}
     */
    public byte[] settings() {
        return externs.settings().clone();
    }

    /**
     * {@return the modules whose functions the programs call} A program that does is loaded with an
     * array of descriptors: the first stands for the kernel itself, those of the modules' BTF
     * follow in this order.
     */
    public List<String> functionModules() {
        return externs.functionModules();
    }

    /**
     * {@return the program of a name}
     *
     * @param name the name
     */
    public Optional<LinkedProgram> program(String name) {
        return programs.stream().filter(p -> p.name().equals(name)).findFirst();
    }

    /**
     * {@return this, when all programs could be linked}
     *
     * @throws RelocationException what went wrong with the first that could not
     */
    public LinkedObject orThrow() {
        for (LinkedProgram program : programs) {
            if (program.failure().isPresent()) {
                throw program.failure().get();
            }
        }
        return this;
    }
}
