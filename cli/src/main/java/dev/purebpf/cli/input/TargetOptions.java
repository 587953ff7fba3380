package dev.purebpf.cli.input;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.KernelModule;
import dev.purebpf.link.TargetKernel;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a command line says about a kernel besides its types.
 *
 * @param kconfig the file that stands for {@code /proc/config.gz}
 * @param kallsyms the file that stands for {@code /proc/kallsyms}
 * @param release what stands for {@code uname -r}
 * @param modules the types of modules
 */
public record TargetOptions(
        Optional<Path> kconfig,
        Optional<Path> kallsyms,
        Optional<String> release,
        List<Module> modules) {
    /** The options in a help text. */
    public static final String HELP =
            """
                  --module-btf NAME=FILE  Types of a module of that kernel, searched after the
                                      kernel's own; may be given again.
                  --kconfig FILE      The kernel's configuration instead of /proc/config.gz.
                  --kallsyms FILE     Its symbols instead of /proc/kallsyms.
                  --release VERSION   Its release, such as 6.12.1, instead of uname -r.
            """;

    /**
     * The types of a module.
     *
     * @param name the module's name
     * @param file the file with its split BTF
     */
    public record Module(String name, Path file) {}

    /** Copies the modules. */
    public TargetOptions {
        modules = List.copyOf(modules);
    }

    /**
     * Adds the options to those that a command knows.
     *
     * @param options the options
     */
    public static void addTo(Options options) {
        options.addOption(null, "kconfig", true, null);
        options.addOption(null, "kallsyms", true, null);
        options.addOption(null, "release", true, null);
        options.addOption(null, "module-btf", true, null);
    }

    /**
     * {@return what was given}
     *
     * @param options the options that were given
     * @throws WrongUsage if they do not make sense
     * @throws CommandFailure if a file is not there
     */
    public static TargetOptions read(CommandLine options) {
        return new TargetOptions(
                file(options, "kconfig"),
                file(options, "kallsyms"),
                release(options),
                modules(options));
    }

    private static Optional<Path> file(CommandLine options, String option) {
        String value = options.getOptionValue(option);
        return Optional.ofNullable(value).map(name -> readable(option, name));
    }

    private static Path readable(String option, String name) {
        try {
            Path path = Path.of(name);
            // A pipe will do: it is read once.
            String problem =
                    !Files.exists(path)
                            ? "there is no such file"
                            : Files.isDirectory(path)
                                    ? "is a directory"
                                    : !Files.isReadable(path) ? "may not be read" : null;
            if (problem != null) {
                throw new CommandFailure("--" + option + " " + name + ": " + problem);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new CommandFailure("'" + name + "' cannot be the name of a file", e);
        }
    }

    private static Optional<String> release(CommandLine options) {
        String value = options.getOptionValue("release");
        if (value != null && !value.matches("[0-9]+\\.[0-9]+.*")) {
            throw new WrongUsage(
                    "--release wants what uname -r prints, such as 6.12.1, not '" + value + "'");
        }
        return Optional.ofNullable(value);
    }

    private static List<Module> modules(CommandLine options) {
        List<Module> modules = new ArrayList<>();
        Set<String> names = new HashSet<>();
        String[] values = options.getOptionValues("module-btf");
        for (String value : values == null ? new String[0] : values) {
            int equals = value.indexOf('=');
            if (equals <= 0 || equals == value.length() - 1) {
                throw new WrongUsage("--module-btf wants NAME=FILE, not '" + value + "'");
            }
            String name = value.substring(0, equals);
            if (!names.add(name)) {
                throw new WrongUsage("--module-btf names module " + name + " twice");
            }
            modules.add(new Module(name, readable("module-btf", value.substring(equals + 1))));
        }
        return modules;
    }

    /**
     * {@return the kernel of some types, with its modules}
     *
     * @param types the kernel's own types
     * @param found modules besides those that the command line names
     * @throws CommandFailure if those of a module cannot be read, or do not belong to it
     */
    TargetKernel withModules(Btf types, List<Module> found) {
        List<Module> all = new ArrayList<>(modules);
        all.addAll(found);
        List<KernelModule> loaded = new ArrayList<>();
        for (Module module : all) {
            String name = module.file.toString();
            try {
                byte[] split = Files.readAllBytes(module.file);
                loaded.add(new KernelModule(module.name, Btf.parseSplit(name, split, types)));
            } catch (IOException | MalformedObjectException e) {
                throw new CommandFailure(
                        "no types of module "
                                + module.name
                                + " in "
                                + name
                                + ": "
                                + FileProblem.describe(name, e)
                                + "; the file has to be of the same build as the kernel's types",
                        e);
            }
        }
        return TargetKernel.of(types).withModules(loaded);
    }
}
