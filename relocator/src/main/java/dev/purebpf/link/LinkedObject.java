package dev.purebpf.link;

import dev.purebpf.error.RelocationException;

import java.util.List;
import java.util.Optional;

/**
 * The programs of an object, fitted to a kernel and complete but for the numbers that only a
 * running kernel gives out.
 *
 * @param object the object
 * @param programs the programs that were asked for, in the order of the object; some may have
 *     failed
 */
public record LinkedObject(ObjectFile object, List<LinkedProgram> programs) {
    /** Copies the programs. */
    public LinkedObject {
        programs = List.copyOf(programs);
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
