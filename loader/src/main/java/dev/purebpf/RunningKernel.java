package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.kernel.ModuleBtf;
import dev.purebpf.link.ExternDefinition.KernelFunction;
import dev.purebpf.link.ExternDefinition.KernelVariable;
import dev.purebpf.link.ExternDefinition.Setting;
import dev.purebpf.link.KernelConfig;
import dev.purebpf.link.KernelModule;
import dev.purebpf.link.KernelVersion;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.TargetKernel;
import dev.purebpf.link.TargetKernel.Source;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out about the kernel that an object is loaded into what linking the object needs, and no
 * more: its types take 10 ms to read, its symbols 50, and the types of all modules longer still.
 */
final class RunningKernel implements AutoCloseable {
    private static volatile KnownVersion lastVersion;

    private final Kernel kernel;
    private TargetKernel known;
    private List<ModuleBtf> modules;

    RunningKernel(Kernel kernel, Optional<Btf> types, KernelConfig givenConfig) {
        this.kernel = kernel;
        this.known = TargetKernel.unknown().withGivenConfig(givenConfig).withModules(this::modules);
        types.ifPresent(btf -> known = known.withTypes(btf));
    }

    /**
     * {@return what is known about the kernel, its types included}
     *
     * @throws dev.purebpf.error.UnsupportedFeatureException if they are nowhere to be found
     */
    TargetKernel withTypes() {
        if (known.types().isEmpty()) {
            try {
                known = known.withTypes(KernelBtf.load(kernel));
            } catch (IOException e) {
                throw ObjectLoading.failure("reading the kernel's BTF", e);
            }
        }
        return known;
    }

    /**
     * {@return what has to be known about the kernel to link an object}
     *
     * @param relocates whether anything is to be fitted to the kernel's types
     */
    TargetKernel forLinking(ObjectFile file, boolean relocates) {
        boolean typed =
                file.externs().stream()
                        .anyMatch(
                                extern ->
                                        switch (extern) {
                                            case KernelVariable variable -> variable.typed();
                                            case KernelFunction _ -> true;
                                            case Setting _ -> false;
                                        });
        if (relocates || typed) {
            withTypes();
        }
        if (file.maps().stream().anyMatch(map -> map.typeNumber() == MapType.ARENA.number())) {
            known =
                    known.withPageSize(kernel.pageSize())
                            .withWideOffsets(kernel.features().has(Feature.WIDE_ARENA_OFFSETS));
        }
        Set<Source> lacking = known.lacks(file);
        if (lacking.contains(Source.COOKIES)) {
            known = known.withCookies(kernel.features().has(Feature.COOKIE));
        }
        if (lacking.contains(Source.VERSION)) {
            version().ifPresent(found -> known = known.withVersion(found));
        }
        try {
            if (lacking.contains(Source.CONFIG)) {
                readConfig();
            }
            if (lacking.contains(Source.SYMBOLS) || lacking.contains(Source.SYSTEM_CALL_WRAPPERS)) {
                known = known.withSymbols(Kallsyms.load(kernel));
            }
        } catch (IOException e) {
            throw ObjectLoading.failure("reading about the kernel", e);
        }
        return known;
    }

    /** Reads the configuration from where libbpf does; where it is in neither, linking says so. */
    private void readConfig() throws IOException {
        String release = text(kernel, "/proc/sys/kernel/osrelease").strip();
        for (String path : List.of("/boot/config-" + release, "/proc/config.gz")) {
            try {
                known = known.withConfig(KernelConfig.parse(path, kernel.readFile(path)));
                return;
            } catch (NoSuchFileException _) {
                // Distributions do the one or the other.
            }
        }
    }

    private List<KernelModule> modules() {
        try {
            modules = ModuleBtf.load(kernel, known.types().orElseThrow());
        } catch (KernelException e) {
            // What needs no module shall load without the right to list them.
            Notices.debug("the types of modules are not looked at: " + e.getMessage());
            modules = List.of();
        }
        return modules.stream()
                .map(module -> new KernelModule(module.name(), module.types()))
                .toList();
    }

    /** {@return the descriptor of the types of a module that {@link TargetKernel} has named} */
    int moduleDescriptor(String name) {
        return modules.stream()
                .filter(module -> module.name().equals(name))
                .findFirst()
                .orElseThrow()
                .fd()
                .number();
    }

    /** {@return the kernel's version, if it can be found out} */
    Optional<KernelVersion> version() {
        return version(kernel);
    }

    /**
     * {@return the version of a kernel, if it can be found out} It stays what it is while this
     * process runs, so that of the kernel asked last it is kept: each object that is loaded asks.
     */
    static Optional<KernelVersion> version(Kernel kernel) {
        KnownVersion known = lastVersion;
        if (known == null || !known.kernel().refersTo(kernel.origin())) {
            Optional<KernelVersion> found =
                    KernelVersion.of(
                            text(kernel, "/proc/version_signature"),
                            text(kernel, "/proc/sys/kernel/version"),
                            text(kernel, "/proc/sys/kernel/osrelease"));
            known = new KnownVersion(new WeakReference<>(kernel.origin()), found);
            lastVersion = known;
        }
        return known.version();
    }

    private record KnownVersion(WeakReference<Kernel> kernel, Optional<KernelVersion> version) {}

    private static String text(Kernel kernel, String path) {
        try {
            return new String(kernel.readFile(path), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }

    /** Closes the descriptors of modules: loaded programs hold what they refer to. */
    @Override
    public void close() {
        if (modules != null) {
            modules.forEach(module -> module.fd().close());
        }
    }
}
