package dev.purebpf.cli.check;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.cli.input.FileProblem;
import dev.purebpf.link.AppliedRelocation;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.TargetKernel;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether a program fits a kernel. */
sealed interface Verdict {
    /** {@return the verdict in a word} */
    String word();

    /** Everything that it asks for is there, or it asked first. */
    record Fits() implements Verdict {
        @Override
        public String word() {
            return "fits";
        }
    }

    /**
     * It can be linked, but some of its instructions cannot be right there: the verifier refuses
     * the program if it can reach one of them.
     *
     * @param findings those instructions
     */
    record Poisoned(List<Finding> findings) implements Verdict {
        /** Copies the findings. */
        public Poisoned {
            findings = List.copyOf(findings);
        }

        @Override
        public String word() {
            return "poisoned";
        }
    }

    /**
     * It cannot be linked.
     *
     * @param reason why, in one line
     */
    record Fails(String reason) implements Verdict {
        @Override
        public String word() {
            return "fails";
        }
    }

    /**
     * An instruction that would be poisoned.
     *
     * @param function the function that has it
     * @param source the line of C that it was compiled from
     * @param asked what was asked: {@code field byte offset of struct task_struct.cpu}
     * @param path the way that was asked for: {@code struct task_struct.cpu}
     * @param reason what the kernel has instead
     */
    record Finding(
            String function,
            Optional<BtfExt.LineInfo> source,
            String asked,
            String path,
            String reason) {}

    /**
     * {@return the verdict on a linked program}
     *
     * @param object the object's file, for messages
     * @param program the program
     * @param kernel the kernel that it was linked for
     */
    static Verdict of(String object, LinkedProgram program, TargetKernel kernel) {
        if (program.failure().isPresent()) {
            return new Fails(FileProblem.describe(object, program.failure().get()));
        }
        List<Finding> findings =
                program.relocations().stream()
                        .filter(AppliedRelocation::poisoned)
                        .map(relocation -> finding(relocation, kernel))
                        .toList();
        return findings.isEmpty() ? new Fits() : new Poisoned(findings);
    }

    private static Finding finding(AppliedRelocation relocation, TargetKernel kernel) {
        var resolution = relocation.resolution();
        String kind = resolution.relocation().kind().name().toLowerCase(Locale.ROOT);
        String path = resolution.local().path();
        return new Finding(
                relocation.function(),
                relocation.line(),
                kind.replace('_', ' ') + " of " + path,
                path,
                kernel.describeAbsence(resolution));
    }
}
