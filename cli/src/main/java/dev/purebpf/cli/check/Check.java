package dev.purebpf.cli.check;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.input.FileProblem;
import dev.purebpf.cli.input.KernelInput;
import dev.purebpf.cli.input.ObjectInput;
import dev.purebpf.cli.input.Targets;
import dev.purebpf.error.BpfException;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Links objects for one kernel after the other. Objects are opened anew for each: that costs
 * little, and however many there are, one object and one kernel are in memory.
 */
final class Check {
    private final List<String> objects;
    private final Targets targets;
    private final boolean allowPoisoned;
    private final VerdictWriter writer;
    private final Set<String> unopened = new HashSet<>();
    private boolean allFits = true;

    Check(List<String> objects, Targets targets, boolean allowPoisoned, VerdictWriter writer) {
        this.objects = objects;
        this.targets = targets;
        this.allowPoisoned = allowPoisoned;
        this.writer = writer;
    }

    /** {@return whether everything that was checked fits} */
    boolean allFits() {
        return allFits;
    }

    void against(KernelFile kernel) {
        Btf types;
        try {
            types =
                    kernel.path().equals(Path.of(KernelBtf.LIVE))
                            ? KernelInput.running()
                            : KernelInput.open(kernel.path());
        } catch (IOException | BpfException e) {
            unreadable(kernel, FileProblem.describe(kernel.path().toString(), e));
            return;
        }
        TargetKernel target;
        try {
            target = targets.of(types, kernel.modules());
        } catch (CommandFailure e) {
            unreadable(kernel, e.getMessage());
            return;
        }
        for (String path : objects) {
            if (!unopened.contains(path)) {
                against(kernel, target, path);
            }
        }
    }

    private void unreadable(KernelFile kernel, String problem) {
        allFits = false;
        writer.unreadableKernel(kernel, problem);
    }

    private void against(KernelFile kernel, TargetKernel target, String path) {
        ObjectFile object;
        try {
            object = ObjectInput.open(path);
        } catch (IOException | RuntimeException e) {
            allFits = false;
            unopened.add(path);
            writer.unopenedObject(path, FileProblem.describe(path, e));
            return;
        }
        try {
            var names =
                    object.programs().stream()
                            .map(ProgramDefinition::name)
                            .collect(Collectors.toUnmodifiableSet());
            LinkOptions options = LinkOptions.defaults().withPrograms(names);
            TargetKernel complete = targets.complete(target, object);
            for (LinkedProgram program : Linker.link(object, complete, options).programs()) {
                Verdict verdict = Verdict.of(path, program, target);
                tell(path, program.program(), kernel, verdict);
            }
        } catch (BpfException e) {
            // Types are damaged, of the object or the kernel.
            var fails = new Verdict.Fails(FileProblem.describe(path, e));
            for (ProgramDefinition program : object.programs()) {
                tell(path, program, kernel, fails);
            }
        }
    }

    private void tell(String path, ProgramDefinition program, KernelFile kernel, Verdict verdict) {
        allFits &=
                switch (verdict) {
                    case Verdict.Fits _ -> true;
                    case Verdict.Poisoned _ -> allowPoisoned;
                    case Verdict.Fails _ -> false;
                };
        writer.verdict(path, program, kernel, verdict);
    }
}
