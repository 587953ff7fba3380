package dev.purebpf.cli.features;

import dev.purebpf.cli.Choice;
import dev.purebpf.cli.Command;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.features.Finding.Kind;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.ProgramType;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** {@code purebpf features}: its options and its help. */
public final class FeaturesCommand implements Command {
    private static final String HELP =
            """
            Usage: purebpf features [OPTION...] [NAME...]
            Tells what the running kernel can do with eBPF: features, types of programs and
            maps, and helpers. Each is tried, none is guessed from the kernel's version; the
            version beside each is the one that brought it. With NAMEs it shows only these.

                  --helpers           List the helpers, too, which are otherwise only counted.
                  --helpers-of TYPE   List which helpers programs of a type may call, and
                                      nothing else.
                  --output FORMAT     text for people (the default) or json: one object a
                                      line, with "supported" true, false, or null where
                                      this process may not try.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            Examples:
              purebpf features
              purebpf features ring_buffer cookie && ./tracer
              purebpf features --helpers-of xdp
              purebpf features map_type:struct_ops program_type:struct_ops
              purebpf features --output json | jq -r 'select(.supported == false).name'

            Exit code: 0 when done and, with NAMEs, the kernel has all of them; 1 when it
            lacks one or this process may not try; 2 on wrong usage.
            """;

    /** Makes the command. */
    public FeaturesCommand() {}

    @Override
    public String name() {
        return "features";
    }

    @Override
    public String purpose() {
        return "what this kernel can do";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        options.addOption(null, "helpers", false, null);
        options.addOption(null, "helpers-of", true, null);
        OutputFormat.addTo(options);
        return options;
    }

    @Override
    public int run(CommandLine options, List<String> names, boolean debug) {
        boolean json = OutputFormat.isJson(options);
        ProgramType caller = caller(options);
        Kernel kernel = Kernel.host();
        List<Finding.Question> all = Finding.questions(caller);
        List<Finding> shown =
                asked(all, names, caller).stream()
                        .map(question -> question.answer(kernel.features()))
                        .toList();

        boolean listHelpers = !names.isEmpty() || options.hasOption("helpers") || caller != null;
        var report = new FeatureReport(shown, listHelpers, caller);
        System.out.print(json ? report.json() : report.text(system(kernel)));
        if (shown.stream().anyMatch(finding -> finding.support() == Support.NOT_PERMITTED)) {
            System.err.println("purebpf: " + whatMayNotBeTried(kernel, shown));
            return names.isEmpty() && mayTrySome(shown) ? 0 : 1;
        }
        boolean allThere = shown.stream().allMatch(finding -> finding.support() == Support.YES);
        return names.isEmpty() || allThere ? 0 : 1;
    }

    private static boolean mayTrySome(List<Finding> shown) {
        return shown.stream().anyMatch(finding -> finding.support() == Support.YES);
    }

    private static String whatMayNotBeTried(Kernel kernel, List<Finding> shown) {
        long count = shown.stream().filter(f -> f.support() == Support.NOT_PERMITTED).count();
        return kernel.failure(-1, "trying " + count + " of these").getMessage();
    }

    private static ProgramType caller(CommandLine options) {
        if (!options.hasOption("helpers-of")) {
            return null;
        }
        ProgramType type =
                Choice.of(options, "helpers-of", ProgramType.values(), ProgramType.UNSPEC);
        if (type == ProgramType.UNSPEC) {
            throw new WrongUsage("no program is of type unspec");
        }
        return type;
    }

    private static List<Finding.Question> asked(
            List<Finding.Question> all, List<String> names, ProgramType caller) {
        if (!names.isEmpty()) {
            return named(all, names);
        }
        return caller == null
                ? all
                : all.stream().filter(question -> question.kind() == Kind.HELPER).toList();
    }

    private static List<Finding.Question> named(List<Finding.Question> all, List<String> names) {
        for (String name : names) {
            if (all.stream().noneMatch(question -> question.isMeantBy(name))) {
                throw new WrongUsage(
                        "there is nothing called '"
                                + name
                                + "'; purebpf features --helpers shows all names");
            }
        }
        return all.stream()
                .filter(question -> names.stream().anyMatch(question::isMeantBy))
                .toList();
    }

    private static String system(Kernel kernel) {
        try {
            byte[] release = kernel.readFile("/proc/sys/kernel/osrelease");
            return "Linux "
                    + new String(release, StandardCharsets.US_ASCII).strip()
                    + ", "
                    + kernel.architecture().name().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            return "Linux";
        }
    }
}
