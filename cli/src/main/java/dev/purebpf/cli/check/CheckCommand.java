package dev.purebpf.cli.check;

import dev.purebpf.cli.Command;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.StandardStream;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.input.TargetOptions;
import dev.purebpf.cli.input.Targets;
import dev.purebpf.kernel.KernelBtf;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

import java.nio.file.Path;
import java.util.List;

/** {@code purebpf check}: its options and its help. */
public final class CheckCommand implements Command {
    private static final String HELP =
            """
            Usage: purebpf check OBJECT... [OPTION...] [--btf DIR|FILE...]
            Says on which kernels the programs in BPF objects fit: one line a program, one
            column a kernel, and below that what does not fit and why. Kernels too many for
            a table have a list each. Loads nothing and needs no privileges.

                  --btf DIR|FILE...   The kernels: files of BTF, ELF files with it such as
                                      vmlinux, or directories to be searched for them. A
                                      kernel is called as its file. In a folder
                                      NAME.modules beside NAME.btf there may be types of
                                      its modules, MODULE.btf. Takes all words up to the
                                      next option. Without it the running kernel.
                  --allow-poisoned    Programs with poisoned instructions fit, too.
                  --output FORMAT     text (the default) or json: one object a line for each
                                      program and kernel.
            """
                    + TargetOptions.HELP
                    + """
                          --debug             Show the whole story of errors.
                      -h, --help              Show this.

                    fits      All that the program asks for is there, or it may be missing because
                              the program asks whether it is.
                    poisoned  Something is missing, and the instructions that need it are replaced by
                              ones that the verifier refuses if it can reach them. Harmless only if
                              guarded, as by bpf_core_field_exists(). Whether they are is not
                              examined, so this counts as not fitting, unless --allow-poisoned says
                              that your tests have seen to it.
                    fails     The program cannot be relocated for that kernel.

                    Examples:
                      purebpf check tracer.bpf.o --btf kernels/
                      purebpf check *.bpf.o --allow-poisoned --btf 5.10.btf 6.1.btf vmlinux-6.12
                      purebpf check tracer.bpf.o --output json --btf kernels/ | jq .verdict

                    Exit code: 0 when all programs fit all kernels, 1 when anything does not fit or
                    cannot be read, 2 on wrong usage.
                    """;

    /** Makes the command. */
    public CheckCommand() {}

    @Override
    public String name() {
        return "check";
    }

    @Override
    public String purpose() {
        return "on which kernels does an object fit";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Option kernels = new Option(null, "btf", true, null);
        kernels.setArgs(Option.UNLIMITED_VALUES);
        Options options = new Options();
        options.addOption(kernels);
        options.addOption(null, "allow-poisoned", false, null);
        OutputFormat.addTo(options);
        TargetOptions.addTo(options);
        return options;
    }

    @Override
    public boolean optionsMayFollowOperands() {
        return true;
    }

    @Override
    public int run(CommandLine options, List<String> operands, boolean debug) {
        String[] names = options.getOptionValues("btf");
        if (operands.isEmpty()) {
            throw new WrongUsage(
                    "which object?"
                            + (names == null
                                    ? ""
                                    : " --btf takes all words that follow: name objects before it,"
                                            + " or after --"));
        }
        boolean json = OutputFormat.isJson(options);
        TargetOptions target = TargetOptions.read(options);
        List<KernelFile> kernels =
                names == null
                        ? List.of(new KernelFile("running", Path.of(KernelBtf.LIVE), List.of()))
                        : KernelFile.find(List.of(names));
        if (kernels.size() > 1 && !target.modules().isEmpty()) {
            throw new WrongUsage("modules belong to one kernel, but --btf names " + kernels.size());
        }
        CommandOutput output = StandardStream.OUTPUT.output();
        VerdictWriter writer = json ? new JsonVerdicts(output) : new Matrix(output);
        var check =
                new Check(
                        operands, new Targets(target), options.hasOption("allow-poisoned"), writer);
        for (KernelFile kernel : kernels) {
            check.against(kernel);
        }
        writer.finish();
        output.requireWritten();
        return check.allFits() ? 0 : 1;
    }
}
