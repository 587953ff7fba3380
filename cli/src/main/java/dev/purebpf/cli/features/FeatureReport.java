package dev.purebpf.cli.features;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.features.Finding.Kind;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.ProgramType;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Findings, for people or for programs.
 *
 * @param findings what was found, by kind
 * @param listHelpers whether people see each helper, and not only how many there are
 * @param caller whose helpers they are; {@code null} for those of any program
 */
record FeatureReport(List<Finding> findings, boolean listHelpers, ProgramType caller) {
    /**
     * {@return a table for each kind}
     *
     * @param system the kernel and machine, for the first line
     */
    String text(String system) {
        var text = new StringBuilder(system).append('\n');
        for (Kind kind : Kind.values()) {
            List<Finding> rows = findings.stream().filter(f -> f.kind() == kind).toList();
            if (!rows.isEmpty()) {
                section(text, kind, rows);
            }
        }
        return text.toString();
    }

    private void section(StringBuilder text, Kind kind, List<Finding> rows) {
        long there = rows.stream().filter(row -> row.support() == Support.YES).count();
        text.append('\n').append(kind.title());
        if (kind == Kind.HELPER && caller != null) {
            text.append(" that ").append(lower(caller)).append(" programs may call");
        }
        text.append(": ").append(there).append(" of ").append(rows.size()).append('\n');
        if (kind == Kind.HELPER && !listHelpers) {
            return;
        }
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        for (Finding row : rows) {
            String answer =
                    switch (row.support()) {
                        case YES -> "yes";
                        case NO -> "no";
                        case NOT_PERMITTED -> "?";
                    };
            String line =
                    String.format(
                            Locale.ROOT,
                            "  %-3s  %-4s  %-" + width + "s  %s",
                            answer,
                            row.since(),
                            row.name(),
                            row.description());
            text.append(line.stripTrailing()).append('\n');
        }
    }

    /** {@return one JSON object a line, helpers always among them} */
    String json() {
        var text = new ByteArrayOutputStream();
        JsonLines json = JsonLines.to(new CommandOutput(text));
        for (Finding finding : findings) {
            write(json, finding);
        }
        json.flush();
        return text.toString(StandardCharsets.UTF_8);
    }

    private void write(JsonLines json, Finding finding) {
        json.writeStartObject();
        json.writeStringField("kind", finding.kind().key());
        json.writeStringField("name", finding.name());
        if (!finding.description().isEmpty()) {
            json.writeStringField("description", finding.description());
        }
        if (finding.kind() == Kind.HELPER && caller != null) {
            json.writeStringField("program_type", lower(caller));
        }
        json.writeStringField("since", finding.since());
        json.writeFieldName("supported");
        if (finding.support() == Support.NOT_PERMITTED) {
            json.writeNull();
        } else {
            json.writeBoolean(finding.support() == Support.YES);
        }
        json.endLine();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
