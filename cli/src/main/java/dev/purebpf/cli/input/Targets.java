package dev.purebpf.cli.input;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.link.KernelConfig;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.link.KernelVersion;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.TargetKernel;
import dev.purebpf.link.TargetKernel.Source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The kernels that a command links objects for: their types, and what the command line or else this
 * machine says about configuration, symbols and version. That is read when the first object needs
 * it, and once.
 */
public final class Targets {
    private final TargetOptions options;
    private Optional<KernelConfig> config;
    private Optional<KernelSymbols> symbols;
    private Optional<KernelVersion> version;

    /**
     * Prepares; reads nothing.
     *
     * @param options what the command line says
     */
    public Targets(TargetOptions options) {
        this.options = options;
    }

    /**
     * {@return a kernel with the modules that the command line names}
     *
     * @param types the kernel's own types
     * @throws CommandFailure if the types of a module cannot be read
     */
    public TargetKernel of(Btf types) {
        return of(types, List.of());
    }

    /**
     * {@return a kernel with the modules that the command line names, and others}
     *
     * @param types the kernel's own types
     * @param modules the others
     * @throws CommandFailure if the types of a module cannot be read
     */
    public TargetKernel of(Btf types, List<TargetOptions.Module> modules) {
        return options.withModules(types, modules);
    }

    /**
     * {@return the kernel, with what an object needs to be known about it and can be found out}
     *
     * @param kernel the kernel
     * @param object the object
     * @throws CommandFailure if a file that the command line names cannot be read
     */
    public TargetKernel complete(TargetKernel kernel, ObjectFile object) {
        Set<Source> lacking = kernel.lacks(object);
        TargetKernel complete = kernel;
        if (lacking.contains(Source.CONFIG)) {
            complete = config().map(complete::withConfig).orElse(complete);
        }
        if (lacking.contains(Source.SYMBOLS)) {
            complete = symbols().map(complete::withSymbols).orElse(complete);
        }
        if (lacking.contains(Source.VERSION)) {
            complete = version().map(complete::withVersion).orElse(complete);
        }
        return complete;
    }

    private Optional<KernelConfig> config() {
        if (config == null) {
            if (options.kconfig().isPresent()) {
                config = Optional.of(readConfig(options.kconfig().get()));
            } else {
                String release = text("/proc/sys/kernel/osrelease");
                config =
                        List.of("/boot/config-" + release, "/proc/config.gz").stream()
                                .map(Path::of)
                                .filter(Files::isReadable)
                                .findFirst()
                                .map(Targets::readConfig);
            }
        }
        return config;
    }

    private Optional<KernelSymbols> symbols() {
        if (symbols == null) {
            Path file = options.kallsyms().orElse(Path.of(Kallsyms.FILE));
            symbols =
                    options.kallsyms().isPresent() || Files.isReadable(file)
                            ? Optional.of(KernelSymbols.parse(file.toString(), read(file)))
                            : Optional.empty();
        }
        return symbols;
    }

    private Optional<KernelVersion> version() {
        if (version == null) {
            version =
                    options.release().isPresent()
                            ? KernelVersion.ofRelease(options.release().get())
                            : KernelVersion.of(
                                    text("/proc/version_signature"),
                                    text("/proc/sys/kernel/version"),
                                    text("/proc/sys/kernel/osrelease"));
        }
        return version;
    }

    private static KernelConfig readConfig(Path file) {
        try {
            return KernelConfig.parse(file.toString(), read(file));
        } catch (MalformedObjectException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CommandFailure(
                    file + " cannot be read: " + FileProblem.describe(file.toString(), e), e);
        }
    }

    private static String text(String path) {
        try {
            return Files.readString(Path.of(path), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
