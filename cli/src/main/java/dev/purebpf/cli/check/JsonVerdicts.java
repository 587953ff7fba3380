package dev.purebpf.cli.check;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.link.ProgramDefinition;

import java.util.List;

/**
 * Verdicts for programs to read, one JSON object a line; here broken up:
 *
 * <pre>
 * {"object":"core.bpf.o","program":"missing","section":"raw_tp/sys_enter","kernel":"5.10",
 *  "verdict":"poisoned",
 *  "poisoned":[{"function":"missing",
 *    "source":{"file":"core.bpf.c","line":140,"text":"return …;"},
 *    "asked":"field byte offset of struct task_struct.cpu","path":"struct task_struct.cpu",
 *    "reason":"struct task_struct has no field `cpu`; nearest: `on_cpu`"}],
 *  "error":null}
 * </pre>
 *
 * <p>{@code verdict} is {@code fits}, {@code poisoned} or {@code fails}, and {@code error} says why
 * it fails. A kernel that cannot be read gives {@code {"kernel":…,"error":…}}, an object that
 * cannot be opened {@code {"object":…,"error":…}}.
 */
final class JsonVerdicts implements VerdictWriter {
    private final JsonLines json;

    JsonVerdicts(CommandOutput output) {
        json = JsonLines.to(output);
    }

    @Override
    public void unreadableKernel(KernelFile kernel, String problem) {
        json.writeStartObject();
        json.writeStringField("kernel", kernel.name());
        json.writeStringField("error", problem);
        json.endLine();
    }

    @Override
    public void unopenedObject(String object, String problem) {
        json.writeStartObject();
        json.writeStringField("object", object);
        json.writeStringField("error", problem);
        json.endLine();
    }

    @Override
    public void verdict(
            String object, ProgramDefinition program, KernelFile kernel, Verdict verdict) {
        json.writeStartObject();
        json.writeStringField("object", object);
        json.writeStringField("program", program.name());
        json.writeStringField("section", program.section());
        json.writeStringField("kernel", kernel.name());
        json.writeStringField("verdict", verdict.word());
        json.writeArrayFieldStart("poisoned");
        List<Verdict.Finding> findings =
                verdict instanceof Verdict.Poisoned poisoned ? poisoned.findings() : List.of();
        for (Verdict.Finding finding : findings) {
            json.writeStartObject();
            json.writeStringField("function", finding.function());
            json.writeSource(finding.source());
            json.writeStringField("asked", finding.asked());
            json.writeStringField("path", finding.path());
            json.writeStringField("reason", finding.reason());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeStringField("error", verdict instanceof Verdict.Fails f ? f.reason() : null);
        json.endLine();
    }

    @Override
    public void finish() {
        json.flush();
    }
}
