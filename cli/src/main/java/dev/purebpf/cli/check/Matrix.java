package dev.purebpf.cli.check;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OneLine;
import dev.purebpf.link.ProgramDefinition;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Verdicts for people: a table with a line for each program and a column for each kernel, and below
 * it why something does not fit, the same reason only once.
 *
 * <pre>
 * core.bpf.o
 *            5.10      6.1
 *   fields   fits      fits
 *   missing  poisoned  fits
 *
 * core.bpf.o, program missing, on 5.10: would be poisoned; harmless only if guarded
 *   core.bpf.c:140: return BPF_CORE_READ(task, cpu);
 *     field byte offset of struct task_struct.cpu: struct task_struct has no field `cpu`
 * </pre>
 *
 * <p>Where the kernels are too many for a table, each has its own section instead.
 */
final class Matrix implements VerdictWriter {
    private static final int WIDEST = 120;
    private static final String GAP = "  ";

    private final CommandOutput output;
    private final StringBuilder text = new StringBuilder();
    private final Set<String> kernels = new LinkedHashSet<>();
    private final Map<String, Map<Program, Map<String, Verdict>>> objects = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    /** Programs of the same name are told apart by their place. */
    private record Program(String name, int section, int slot) {}

    Matrix(CommandOutput output) {
        this.output = output;
    }

    @Override
    public void unreadableKernel(KernelFile kernel, String problem) {
        problems.add("kernel " + kernel.name() + " (" + kernel.path() + "): " + problem);
    }

    @Override
    public void unopenedObject(String object, String problem) {
        problems.add("object " + object + ": " + problem);
    }

    @Override
    public void verdict(
            String object, ProgramDefinition program, KernelFile kernel, Verdict verdict) {
        kernels.add(kernel.name());
        objects.computeIfAbsent(object, _ -> new LinkedHashMap<>())
                .computeIfAbsent(
                        new Program(program.name(), program.sectionIndex(), program.sectionSlot()),
                        _ -> new LinkedHashMap<>())
                .put(kernel.name(), verdict);
    }

    @Override
    public void finish() {
        if (!objects.isEmpty()) {
            int names = GAP.length() + longestName();
            int width = names + kernels.stream().mapToInt(this::width).sum();
            if (width <= WIDEST) {
                table(names);
            } else {
                kernels.forEach(this::section);
            }
            objects.forEach(this::reasons);
        }
        problems.forEach(this::line);
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
    }

    private int longestName() {
        return objects.values().stream()
                .flatMap(programs -> programs.keySet().stream())
                .mapToInt(program -> program.name.length())
                .max()
                .orElse(0);
    }

    private int width(String kernel) {
        return GAP.length() + Math.max("poisoned".length(), kernel.length());
    }

    private void table(int names) {
        objects.forEach(
                (object, programs) -> {
                    line(object);
                    StringBuilder header = cell(new StringBuilder(), "", names);
                    kernels.forEach(kernel -> cell(header.append(GAP), kernel, width(kernel) - 2));
                    line(header.toString());
                    programs.forEach(
                            (program, verdicts) -> {
                                StringBuilder row =
                                        cell(new StringBuilder(), GAP + program.name, names);
                                for (String kernel : kernels) {
                                    Verdict verdict = verdicts.get(kernel);
                                    String word = verdict == null ? "" : verdict.word();
                                    cell(row.append(GAP), word, width(kernel) - 2);
                                }
                                line(row.toString());
                            });
                    line("");
                });
    }

    private static StringBuilder cell(StringBuilder line, String text, int width) {
        return line.append(text).repeat(' ', Math.max(0, width - text.length()));
    }

    private void section(String kernel) {
        line(kernel);
        objects.forEach(
                (object, programs) -> {
                    line(GAP + object);
                    Map<String, List<String>> byWord =
                            programs.entrySet().stream()
                                    .filter(program -> program.getValue().containsKey(kernel))
                                    .collect(
                                            Collectors.groupingBy(
                                                    program ->
                                                            program.getValue().get(kernel).word(),
                                                    LinkedHashMap::new,
                                                    Collectors.mapping(
                                                            program -> program.getKey().name,
                                                            Collectors.toList())));
                    byWord.forEach(
                            (word, names) ->
                                    line(
                                            cell(new StringBuilder(GAP + GAP), word, 8)
                                                    + GAP
                                                    + String.join(", ", names)));
                });
        line("");
    }

    /** Kernels that fail a program for the same reason share a paragraph. */
    private void reasons(String object, Map<Program, Map<String, Verdict>> programs) {
        programs.forEach(
                (program, verdicts) -> {
                    Map<Verdict, List<String>> same = new LinkedHashMap<>();
                    verdicts.forEach(
                            (kernel, verdict) ->
                                    same.computeIfAbsent(verdict, _ -> new ArrayList<>())
                                            .add(kernel));
                    same.forEach(
                            (verdict, on) ->
                                    reason(
                                            object
                                                    + ", program "
                                                    + program.name
                                                    + ", on "
                                                    + names(on),
                                            verdict));
                });
    }

    private String names(List<String> some) {
        return some.size() > 2 && some.size() == kernels.size()
                ? "all kernels"
                : String.join(", ", some);
    }

    private void reason(String what, Verdict verdict) {
        switch (verdict) {
            case Verdict.Fits _ -> {
                return;
            }
            case Verdict.Fails fails -> line(what + ": fails: " + fails.reason());
            case Verdict.Poisoned poisoned -> {
                line(what + ": would be poisoned; harmless only if guarded");
                String before = null;
                // An access of several instructions has a relocation for each.
                for (Verdict.Finding finding : new LinkedHashSet<>(poisoned.findings())) {
                    String source =
                            finding.source()
                                    .map(BtfExt.LineInfo::quoted)
                                    .orElse("function " + finding.function());
                    if (!source.equals(before)) {
                        line(GAP + source);
                    }
                    before = source;
                    line(GAP + GAP + finding.asked() + ": " + finding.reason());
                }
            }
        }
        line("");
    }

    private void line(String line) {
        text.append(OneLine.of(line.stripTrailing())).append('\n');
    }
}
