package dev.purebpf.cli.relocate;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.input.FileProblem;
import dev.purebpf.cli.input.ObjectInput;
import dev.purebpf.cli.input.Targets;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Links object after object for one kernel; what cannot be linked does not stop the others. */
final class ObjectRelocation {
    private final Targets targets;
    private final TargetKernel kernel;
    private final String program;
    private final ProgramWriter writer;
    private boolean failed;
    private boolean found;

    /**
     * @param targets completes what is known about the kernel
     * @param kernel the kernel
     * @param program the name of the only program to write; {@code null} for all
     * @param writer takes the programs
     */
    ObjectRelocation(Targets targets, TargetKernel kernel, String program, ProgramWriter writer) {
        this.targets = targets;
        this.kernel = kernel;
        this.program = program;
        this.writer = writer;
    }

    /** Links the programs of an object and hands them to the writer. */
    void relocate(String path) {
        ObjectFile object;
        try {
            object = ObjectInput.open(path);
        } catch (IOException | RuntimeException e) {
            failed = true;
            writer.unopened(path, FileProblem.describe(path, e));
            writer.flush();
            return;
        }
        writer.object(path);
        List<LinkedProgram> programs;
        try {
            programs = link(object);
        } catch (RuntimeException e) {
            for (ProgramDefinition definition : object.programs()) {
                if (isWanted(definition)) {
                    fail(definition, FileProblem.describe(path, e));
                }
            }
            return;
        }
        for (LinkedProgram linked : programs) {
            if (!isWanted(linked.program())) {
                continue;
            }
            if (linked.failure().isPresent()) {
                fail(linked.program(), FileProblem.describe(path, linked.failure().get()));
            } else {
                writer.program(linked, object.byteOrder());
            }
        }
        writer.flush();
    }

    /** All programs, whatever their autoload and whichever are written: they share candidates. */
    private List<LinkedProgram> link(ObjectFile object) {
        var names =
                object.programs().stream()
                        .map(ProgramDefinition::name)
                        .collect(Collectors.toUnmodifiableSet());
        return Linker.link(
                        object,
                        targets.complete(kernel, object),
                        LinkOptions.defaults().withPrograms(names))
                .programs();
    }

    private boolean isWanted(ProgramDefinition definition) {
        boolean wanted = program == null || definition.name().equals(program);
        found |= wanted;
        return wanted;
    }

    private void fail(ProgramDefinition definition, String problem) {
        failed = true;
        writer.failed(definition, problem);
    }

    /**
     * {@return 0 when everything could be linked, else 1}
     *
     * @throws CommandFailure if nothing has the program that was asked for
     */
    int exitCode() {
        if (program != null && !found && !failed) {
            throw new CommandFailure("there is no program '" + program + "'");
        }
        return failed ? 1 : 0;
    }
}
