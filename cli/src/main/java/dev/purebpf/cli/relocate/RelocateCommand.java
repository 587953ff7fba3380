package dev.purebpf.cli.relocate;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.Command;
import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.OutputFormat;
import dev.purebpf.cli.StandardStream;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.input.KernelInput;
import dev.purebpf.cli.input.TargetOptions;
import dev.purebpf.cli.input.Targets;
import dev.purebpf.link.TargetKernel;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.util.List;

/** {@code purebpf relocate}: its options and its help. */
public final class RelocateCommand implements Command {
    private static final String HELP =
            """
            Usage: purebpf relocate OBJECT... [OPTION...]
            Prints the final instructions of the programs in BPF objects, as they would go to
            a kernel: fitted to its types (CO-RE), subprograms appended, maps by name. Loads
            nothing and needs no privileges.

                  --btf FILE          The kernel's types: BTF, or an ELF file with it such as
                                      vmlinux. Without it the running kernel's.
                  --program NAME      Only the program of this name.
                  --output FORMAT     text (the default) or json: one object a line, with all
                                      relocations.
                  --disassemble       Assembly with the lines of C, and for each CO-RE
                                      relocation what was asked, found and changed.
            """
                    + TargetOptions.HELP
                    + """
                          --debug             Show the whole story of errors.
                      -h, --help              Show this.

                    In text each program has a line "program NAME SECTION COUNT", then COUNT lines,
                    one a slot: its eight bytes in hexadecimal digits, in the order in which they go
                    to the kernel, and " map=NAME" where the file descriptor of a map goes, which is
                    printed as zero. One that cannot be relocated has a line "program NAME SECTION
                    error MESSAGE". With several objects each begins with a line "object PATH"; one
                    that cannot be opened has "object PATH error MESSAGE". Programs that are not
                    loaded by default, SEC("?..."), are printed, too.

                    Examples:
                      purebpf relocate tracer.bpf.o
                      purebpf relocate tracer.bpf.o --btf 5.10.btf --program on_exec --disassemble
                      purebpf relocate *.bpf.o --btf vmlinux --output json | jq .relocations

                    Exit code: 0 when all could be relocated, 1 when anything could not, 2 on wrong
                    usage.
                    """;

    /** Makes the command. */
    public RelocateCommand() {}

    @Override
    public String name() {
        return "relocate";
    }

    @Override
    public String purpose() {
        return "the final instructions for a kernel, without loading";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        options.addOption(null, "btf", true, null);
        options.addOption(null, "program", true, null);
        OutputFormat.addTo(options);
        options.addOption(null, "disassemble", false, null);
        TargetOptions.addTo(options);
        return options;
    }

    @Override
    public boolean optionsMayFollowOperands() {
        return true;
    }

    @Override
    public int run(CommandLine options, List<String> operands, boolean debug) {
        if (operands.isEmpty()) {
            throw new WrongUsage("which object?");
        }
        boolean json = OutputFormat.isJson(options);
        boolean disassemble = options.hasOption("disassemble");
        if (json && disassemble) {
            throw new WrongUsage("--disassemble is for people; --output json has it all anyway");
        }
        Targets targets = new Targets(TargetOptions.read(options));
        String file = options.getOptionValue("btf");
        Btf types = file == null ? KernelInput.running() : KernelInput.require(file);
        TargetKernel kernel = targets.of(types);

        boolean named = operands.size() > 1;
        CommandOutput output = StandardStream.OUTPUT.output();
        ProgramWriter writer =
                json
                        ? new JsonWriter(output, kernel)
                        : disassemble
                                ? new AssemblyWriter(output, named, kernel)
                                : new HexWriter(output, named);
        var relocation =
                new ObjectRelocation(targets, kernel, options.getOptionValue("program"), writer);
        for (String path : operands) {
            if (!output.isOpen()) {
                break;
            }
            relocation.relocate(path);
        }
        writer.flush();
        output.requireWritten();
        return relocation.exitCode();
    }
}
