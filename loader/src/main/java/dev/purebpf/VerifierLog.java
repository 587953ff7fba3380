package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfExt;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.VerifierException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ObjectFile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds in the verifier's log what a person wants to know first: why, and at which line of C.
 *
 * <p>The log of a refused program is a walk through its instructions that ends at the one that was
 * refused, then the reason, then statistics. Only its end is read: logs reach hundreds of
 * megabytes.
 */
final class VerifierLog {
    /**
     * An instruction: {@code 12: (61) r0 = *(u32 *)(r1 +0)}, perhaps with the registers after it.
     */
    private static final Pattern INSTRUCTION = Pattern.compile("^(\\d+): \\([0-9a-f]{2}\\) .*");

    /** A comment with C, since 6.9 with its place: {@code ; *p = 1; @ x.bpf.c:12}. */
    private static final Pattern COMMENT = Pattern.compile("^; (.*)");

    /** What the verifier tells about its own work and state. */
    private static final Pattern NOISE =
            Pattern.compile(
                    "^\\s*$|^; .*|^\\d+: \\([0-9a-f]{2}\\) .*|^(\\d+: )?\\s*(frame\\d+:"
                        + " ?)?(R\\d+(_[a-zA-Z]+)?=|fp-\\d+(_[a-zA-Z]+)?=).*|^(from )?\\d+ (to"
                        + " \\d+|\\(.*)(:.*)?$|^processed \\d+ insns? .*|^(verification time|stack"
                        + " depth|max_states|mark_read|total_states)"
                        + " .*|^(mark_precise|last_idx|first_idx|regs=|parent"
                        + " (didn't|already)).*|^(func#\\d+ @|Live regs before|Func#\\d+|Validating"
                        + " ).*|^\\s*\\d+: [.0-9]{10,} \\(.*|^(cur|old)"
                        + " state:.*|^(caller|callee|returning from callee|to caller"
                        + " at).*:?.*|^propagating .*|^\\d+: safe$|^safe$|^\\(truncated.*");

    private static final Pattern AT_INSTRUCTION =
            Pattern.compile("(?:at|unreachable|jump out of range from|from) insn (\\d+)");
    private static final Pattern ALLOCATED = Pattern.compile("alloc_insn=(\\d+)");
    private static final Pattern UNKNOWN_HELPER = Pattern.compile("invalid func unknown#(\\d+)");

    /** The helper that a CO-RE relocation without a target becomes a call of. */
    private static final long POISON = 195_896_080;

    /** The first of the helpers that references to maps that were not created become calls of. */
    private static final long MISSING_MAP = LinkedProgram.MISSING_MAP;

    /** The first of the helpers that calls of missing kernel functions become calls of. */
    private static final long MISSING_FUNCTION = LinkedProgram.MISSING_FUNCTION;

    /**
     * Begins what the verifier, since 7.3, says once more at length, below the reason: an
     * explanation, the C and the instructions of the whole path, and a suggestion.
     */
    private static final String EXPLANATION = "\nVerification failed: ";

    /** No explanation is longer. */
    private static final int EXPLANATION_ROOM = 1 << 18;

    /** Neither the reason nor the last instruction is further from the end than so many lines. */
    private static final int LINES_READ = 2_000;

    /** The reason may come in several lines, the last of which alone says little. */
    private static final int REASON_LINES = 3;

    private final List<String> reasons;
    private final String comment;
    private final int instruction;

    private VerifierLog(List<String> reasons, String comment, int instruction) {
        this.reasons = reasons;
        this.comment = comment;
        this.instruction = instruction;
    }

    /** {@return what is to be thrown for a program that was not loaded} */
    static BpfException failure(
            Kernel kernel, ObjectFile file, LinkedProgram program, LoadResult result) {
        VerifierLog log = read(result.log());
        if (log.reasons.isEmpty()) {
            // The verifier was not reached, or has nothing against the program.
            return kernel.failure(-result.errno(), "loading program " + program.name());
        }
        var lines =
                new SourceLines(program.lineInfo(ByteOrder.nativeOrder()), file.btf().orElse(null));
        return new VerifierException(
                program.name(),
                log.reason(lines, file, program),
                log.sourceLine(lines),
                result.log());
    }

    /** Reads a log from its end. */
    static VerifierLog read(String log) {
        Deque<String> reasons = new ArrayDeque<>();
        boolean collecting = true;
        String comment = null;
        int instruction = -1;
        int end = endOfWalk(log);
        for (int i = 0; i < LINES_READ && end > 0; i++) {
            int start = log.lastIndexOf('\n', end - 1) + 1;
            String line = log.substring(start, end).stripTrailing();
            end = start - 1;
            boolean noise = NOISE.matcher(line).matches();
            if (!noise && collecting) {
                reasons.addFirst(line.strip());
                collecting = reasons.size() < REASON_LINES;
            } else if (noise && !reasons.isEmpty()) {
                collecting = false;
            }
            Matcher executed = INSTRUCTION.matcher(line);
            if (instruction < 0 && executed.matches()) {
                instruction = number(executed.group(1));
            }
            Matcher code = COMMENT.matcher(line);
            if (code.matches()) {
                comment = code.group(1);
                break;
            }
        }
        return new VerifierLog(new ArrayList<>(reasons), comment, instruction);
    }

    /** Where the explanation begins, and the end of a log without one. */
    private static int endOfWalk(String log) {
        int tail = Math.max(0, log.length() - EXPLANATION_ROOM);
        int explanation = log.substring(tail).lastIndexOf(EXPLANATION);
        return explanation < 0 ? log.length() : tail + explanation;
    }

    /** {@return the reason as the verifier says it, its lines joined} */
    String reason() {
        return String.join("; ", reasons);
    }

    /** {@return the index of the refused instruction, −1 when the log does not tell} */
    int instruction() {
        Matcher matcher = AT_INSTRUCTION.matcher(reason());
        return matcher.find() ? number(matcher.group(1)) : instruction;
    }

    /**
     * {@return the C of the refused instruction, or the last that the log quotes; {@code null} if
     * none is known}
     */
    String sourceLine(SourceLines lines) {
        String line = lines.at(instruction());
        return line != null ? line : comment;
    }

    private String reason(SourceLines lines, ObjectFile file, LinkedProgram program) {
        String reason = reason();
        Matcher allocated = ALLOCATED.matcher(reason);
        if (allocated.find()) {
            String line = lines.at(number(allocated.group(1)));
            return line == null ? reason : reason + " (acquired by: " + line + ")";
        }
        Matcher helper = UNKNOWN_HELPER.matcher(reason);
        if (helper.find()) {
            long number = Long.parseLong(helper.group(1));
            if (number == POISON) {
                return "this kernel does not have the field or type that CO-RE looks for here, and"
                        + " the program does not check for it before ("
                        + relocation(program, file.btf().orElse(null))
                        + reason
                        + ")";
            }
            if (number >= MISSING_MAP && number < MISSING_FUNCTION) {
                int index = (int) (number - MISSING_MAP);
                String map =
                        index < file.maps().size()
                                ? file.maps().get(index).name()
                                : "number " + index;
                return "map " + map + " is used here but was not created (" + reason + ")";
            }
            if (number >= MISSING_FUNCTION && number - MISSING_FUNCTION < file.externs().size()) {
                int index = (int) (number - MISSING_FUNCTION);
                return "this kernel does not have the function "
                        + file.externs().get(index).name()
                        + ", and the program does not check for it before ("
                        + reason
                        + ")";
            }
        }
        return reason;
    }

    /** What an instruction was to be fitted to: {@code struct task_struct, access 0:1:2}. */
    private String relocation(LinkedProgram program, Btf btf) {
        int slot = 0;
        for (Instruction candidate : program.instructions()) {
            if (slot == instruction() && btf != null && !candidate.relocations().isEmpty()) {
                BtfExt.CoreRelocation relocation = candidate.relocations().getFirst();
                return btf.name(relocation.type()) + ", access " + relocation.access() + "; ";
            }
            slot += candidate.slots();
        }
        return "";
    }

    private static int number(String digits) {
        return digits.length() > 9 ? -1 : Integer.parseInt(digits);
    }

    /** The line records of a linked program. */
    static final class SourceLines {
        private static final int RECORD_SIZE = LinkedProgram.LINE_INFO_SIZE;
        private static final int LINE_SHIFT = 10;

        private final ByteBuffer records;
        private final Btf btf;

        SourceLines(byte[] records, Btf btf) {
            this.records = ByteBuffer.wrap(records).order(ByteOrder.nativeOrder());
            this.btf = btf;
        }

        /** {@return {@code code @ file:line} of an instruction slot, {@code null} when unknown} */
        String at(int slot) {
            int found = -1;
            for (int at = 0; at + RECORD_SIZE <= records.limit(); at += RECORD_SIZE) {
                if (records.getInt(at) > slot) {
                    break;
                }
                found = at;
            }
            if (found < 0 || btf == null || slot < 0) {
                return null;
            }
            String file = btf.string(records.getInt(found + 4));
            String code = btf.string(records.getInt(found + 8)).strip();
            int line = records.getInt(found + 12) >>> LINE_SHIFT;
            return (code.isEmpty() ? "" : code + " @ ") + file + ":" + line;
        }
    }
}
