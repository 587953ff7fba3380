package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.core.Absence;
import dev.purebpf.core.Resolution;
import dev.purebpf.link.ExternDefinition.KernelFunction;
import dev.purebpf.link.ExternDefinition.KernelVariable;
import dev.purebpf.link.ExternDefinition.Setting;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The kernel that programs are linked for, as far as it is known.
 *
 * <pre>{@code
 * TargetKernel kernel = TargetKernel.of(Btf.open(Path.of("vmlinux-6.12")));
 * if (kernel.lacks(object).contains(TargetKernel.Source.CONFIG)) {
 *     byte[] config = Files.readAllBytes(Path.of("config-6.12"));
 *     kernel = kernel.withConfig(KernelConfig.parse("config-6.12", config));
 * }
 * LinkedObject linked = Linker.link(object, kernel, LinkOptions.defaults());
 * }</pre>
 *
 * <p>Nothing has to be known that the object does not ask for; {@link #lacks} tells what it does.
 * Immutable; {@code with…} methods give changed copies.
 */
public final class TargetKernel {
    private static final TargetKernel UNKNOWN = new TargetKernel(new Builder());

    /** A helper of the kernels that have BPF cookies, in {@code enum bpf_func_id}. */
    private static final String COOKIE_HELPER = "BPF_FUNC_get_attach_cookie";

    /** How the entry of a system call is called where there are wrappers, on some machine. */
    private static final List<String> WRAPPERS =
            List.of("__x64_sys_bpf", "__arm64_sys_bpf", "__s390x_sys_bpf", "__riscv_sys_bpf");

    /** Where knowledge about a kernel comes from. */
    public enum Source {
        /** The kernel's types: {@code /sys/kernel/btf/vmlinux}. */
        TYPES,
        /** Its configuration: {@code /boot/config-RELEASE} or {@code /proc/config.gz}. */
        CONFIG,
        /** Its symbols: {@code /proc/kallsyms}. */
        SYMBOLS,
        /** Its version: what {@code uname -r} says. */
        VERSION,
        /** Whether it has BPF cookies; the kernel's types tell, too. */
        COOKIES,
        /** Whether its system calls have wrappers; the kernel's types or symbols tell, too. */
        SYSTEM_CALL_WRAPPERS
    }

    /**
     * A type of the kernel or of one of its modules.
     *
     * @param module the module's name; empty for the kernel itself
     * @param types the types that it belongs to
     * @param id its id there
     */
    public record Found(String module, Btf types, int id) {}

    private final Btf types;
    private final Supplier<List<KernelModule>> modules;
    private final KernelConfig givenConfig;
    private final KernelConfig config;
    private final KernelSymbols symbols;
    private final KernelVersion version;
    private final Boolean cookies;
    private final Boolean wrappers;
    private final int pageSize;
    private final boolean wideOffsets;

    private TargetKernel(Builder builder) {
        types = builder.types;
        modules = builder.modules;
        givenConfig = builder.givenConfig;
        config = builder.config;
        symbols = builder.symbols;
        version = builder.version;
        cookies = builder.cookies;
        wrappers = builder.wrappers;
        pageSize = builder.pageSize;
        wideOffsets = builder.wideOffsets;
    }

    /** What is known, to be changed. */
    private static final class Builder {
        Btf types;
        Supplier<List<KernelModule>> modules = List::of;
        KernelConfig givenConfig = KernelConfig.empty();
        KernelConfig config;
        KernelSymbols symbols;
        KernelVersion version;
        Boolean cookies;
        Boolean wrappers;
        int pageSize = 4096;
        boolean wideOffsets;

        TargetKernel build() {
            return new TargetKernel(this);
        }
    }

    private Builder change() {
        var builder = new Builder();
        builder.types = types;
        builder.modules = modules;
        builder.givenConfig = givenConfig;
        builder.config = config;
        builder.symbols = symbols;
        builder.version = version;
        builder.cookies = cookies;
        builder.wrappers = wrappers;
        builder.pageSize = pageSize;
        builder.wideOffsets = wideOffsets;
        return builder;
    }

    /** {@return a kernel about which nothing is known: enough for objects that ask nothing} */
    public static TargetKernel unknown() {
        return UNKNOWN;
    }

    /**
     * {@return a kernel of which the types are known}
     *
     * @param types the kernel's own types
     */
    public static TargetKernel of(Btf types) {
        return UNKNOWN.withTypes(types);
    }

    /**
     * {@return a copy with these types}
     *
     * @param newTypes the kernel's own types
     */
    public TargetKernel withTypes(Btf newTypes) {
        var builder = change();
        builder.types = Objects.requireNonNull(newTypes);
        return builder.build();
    }

    /**
     * {@return a copy with these modules}
     *
     * @param newModules loaded modules, in the order in which they are searched
     */
    public TargetKernel withModules(List<KernelModule> newModules) {
        List<KernelModule> copy = List.copyOf(newModules);
        var builder = change();
        builder.modules = () -> copy;
        return builder.build();
    }

    /**
     * {@return a copy whose modules are only asked for when the kernel itself does not have
     * something}
     *
     * @param newModules gives the modules, each time the same; asked at most once by each copy's
     *     first reader
     */
    public TargetKernel withModules(Supplier<List<KernelModule>> newModules) {
        var builder = change();
        builder.modules = new Once<>(newModules);
        return builder.build();
    }

    /** Asks only once. */
    private static final class Once<T> implements Supplier<T> {
        private Supplier<T> source;
        private T value;

        Once(Supplier<T> source) {
            this.source = Objects.requireNonNull(source);
        }

        @Override
        public synchronized T get() {
            if (source != null) {
                value = Objects.requireNonNull(source.get());
                source = null;
            }
            return value;
        }
    }

    /**
     * {@return a copy with this configuration}
     *
     * @param newConfig how the kernel was configured
     */
    public TargetKernel withConfig(KernelConfig newConfig) {
        var builder = change();
        builder.config = Objects.requireNonNull(newConfig);
        return builder.build();
    }

    /**
     * {@return a copy in which some options are set as the user says, whatever the kernel's
     * configuration says about them}
     *
     * @param options the options
     */
    public TargetKernel withGivenConfig(KernelConfig options) {
        var builder = change();
        builder.givenConfig = Objects.requireNonNull(options);
        return builder.build();
    }

    /**
     * {@return a copy with these symbols}
     *
     * @param newSymbols the addresses of its functions and variables
     */
    public TargetKernel withSymbols(KernelSymbols newSymbols) {
        var builder = change();
        builder.symbols = Objects.requireNonNull(newSymbols);
        return builder.build();
    }

    /**
     * {@return a copy with this version}
     *
     * @param newVersion its version
     */
    public TargetKernel withVersion(KernelVersion newVersion) {
        var builder = change();
        builder.version = Objects.requireNonNull(newVersion);
        return builder.build();
    }

    /**
     * {@return a copy that has BPF cookies or not}
     *
     * @param has whether programs can be told which of their attachments runs them
     */
    public TargetKernel withCookies(boolean has) {
        var builder = change();
        builder.cookies = has;
        return builder.build();
    }

    /**
     * {@return a copy whose system calls have wrappers or not}
     *
     * @param has whether a system call's function gets its arguments behind a pointer, as on most
     *     machines since 4.17
     */
    public TargetKernel withSystemCallWrappers(boolean has) {
        var builder = change();
        builder.wrappers = has;
        return builder.build();
    }

    /**
     * {@return a copy with pages of another size than 4096 bytes}
     *
     * @param bytes the size in bytes, a power of two
     */
    public TargetKernel withPageSize(int bytes) {
        var builder = change();
        builder.pageSize = bytes;
        return builder.build();
    }

    /**
     * {@return a copy whose programs can refer to any byte of an arena, or only to its first 512
     * MiB} Without, global variables lie at an arena's beginning; with it at its end, as libbpf
     * places them. The default is the former.
     *
     * @param has whether offsets of {@code BPF_PSEUDO_MAP_VALUE} may have 32 bits
     */
    public TargetKernel withWideOffsets(boolean has) {
        var builder = change();
        builder.wideOffsets = has;
        return builder.build();
    }

    /**
     * {@return the byte offset at which the global variables of a map begin in it: 0 but for an
     * arena that has some}
     *
     * @param map the map
     */
    public long arenaGlobalsOffset(MapDefinition map) {
        return map.origin() == MapDefinition.Origin.DECLARED
                        && map.globalsSectionIndex() >= 0
                        && wideOffsets
                ? arenaPadding(map)
                : 0;
    }

    /** How many bytes of an arena its global variables leave; negative when they do not fit. */
    long arenaPadding(MapDefinition map) {
        long globals = (map.data().length + pageSize - 1L) / pageSize * pageSize;
        return Integer.toUnsignedLong((int) map.maxEntries()) * pageSize - globals;
    }

    /** {@return the kernel's own types, if they are known} */
    public Optional<Btf> types() {
        return Optional.ofNullable(types);
    }

    /** {@return its modules, in the order in which they are searched} */
    public List<KernelModule> modules() {
        return modules.get();
    }

    /** {@return its configuration, if it is known} */
    public Optional<KernelConfig> config() {
        return Optional.ofNullable(config);
    }

    /** {@return its symbols, if they are known} */
    public Optional<KernelSymbols> symbols() {
        return Optional.ofNullable(symbols);
    }

    /** {@return its version, if it is known} */
    public Optional<KernelVersion> version() {
        return Optional.ofNullable(version);
    }

    /**
     * {@return what a configuration option is set to: by the user, else by the kernel's
     * configuration}
     *
     * @param option the option with its prefix: {@code CONFIG_HZ}
     */
    public Optional<String> option(String option) {
        Optional<String> given = givenConfig.value(option);
        return given.isPresent() || config == null ? given : config.value(option);
    }

    /**
     * {@return whether it has BPF cookies; empty when neither that nor its types are known}
     *
     * <p>The helper that reads cookies came together with them, and helpers are listed in the
     * kernel's types.
     */
    public Optional<Boolean> hasCookies() {
        if (cookies != null || types == null) {
            return Optional.ofNullable(cookies);
        }
        int id = types.find("bpf_func_id", BtfKind.ENUM);
        return Optional.of(
                id > 0
                        && types.type(id) instanceof BtfType.Enumeration helpers
                        && helpers.enumerators().stream()
                                .anyMatch(helper -> helper.name().equals(COOKIE_HELPER)));
    }

    /**
     * {@return whether its system calls have wrappers; empty when neither that nor its symbols or
     * types are known}
     */
    public Optional<Boolean> hasSystemCallWrappers() {
        if (wrappers != null) {
            return Optional.of(wrappers);
        }
        if (symbols != null) {
            return Optional.of(
                    WRAPPERS.stream().anyMatch(name -> symbols.addresses(name).length > 0));
        }
        return types().map(
                        btf ->
                                WRAPPERS.stream()
                                        .anyMatch(name -> btf.find(name, BtfKind.FUNCTION) > 0));
    }

    /**
     * {@return the first type of a name and kind, the kernel's own before those of modules}
     *
     * @param name the name
     * @param kind the kind
     */
    public Optional<Found> find(String name, BtfKind kind) {
        if (types == null) {
            return Optional.empty();
        }
        int id = types.find(name, kind);
        if (id > 0) {
            return Optional.of(new Found("", types, id));
        }
        for (KernelModule module : modules()) {
            Optional<Found> found = findIn(module, name, kind);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * {@return the first type of a name and kind that is a module's own}
     *
     * @param module the module's name
     * @param name the name
     * @param kind the kind
     */
    public Optional<Found> findInModule(String module, String name, BtfKind kind) {
        return modules().stream()
                .filter(candidate -> candidate.name().equals(module))
                .flatMap(candidate -> findIn(candidate, name, kind).stream())
                .findFirst();
    }

    private static Optional<Found> findIn(KernelModule module, String name, BtfKind kind) {
        Btf btf = module.types();
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        Set<BtfKind> kinds = EnumSet.of(kind);
        for (int id = btf.firstId(); (id = btf.findNext(id, wanted, kinds)) >= 0; id++) {
            if (btf.nameEquals(id, wanted)) {
                return Optional.of(new Found(module.name(), btf, id));
            }
        }
        return Optional.empty();
    }

    /**
     * {@return what this kernel has instead of what a relocation asked for and did not find}
     *
     * @param resolution what became of the relocation here
     */
    public String describeAbsence(Resolution resolution) {
        return Absence.describe(
                resolution, types, modules().stream().map(KernelModule::types).toList());
    }

    /**
     * {@return what linking an object needs and is not known about this kernel}
     *
     * @param object the object
     */
    public Set<Source> lacks(ObjectFile object) {
        Set<Source> lacking = EnumSet.noneOf(Source.class);
        if (types == null && object.hasCoreRelocations()) {
            lacking.add(Source.TYPES);
        }
        for (ExternDefinition extern : object.externs()) {
            switch (extern) {
                case KernelVariable variable when !variable.typed() -> {
                    if (symbols == null) {
                        lacking.add(Source.SYMBOLS);
                    }
                }
                case KernelVariable _, KernelFunction _ -> {
                    if (types == null) {
                        lacking.add(Source.TYPES);
                    }
                }
                case Setting setting -> {
                    if (lacks(setting)) {
                        lacking.add(source(setting));
                    }
                }
            }
        }
        return lacking;
    }

    private boolean lacks(Setting setting) {
        return switch (setting.name()) {
            case Setting.VERSION -> version == null;
            case Setting.COOKIES -> hasCookies().isEmpty();
            case Setting.WRAPPERS -> hasSystemCallWrappers().isEmpty();
            default ->
                    setting.isOption()
                            && config == null
                            && givenConfig.value(setting.name()).isEmpty();
        };
    }

    private static Source source(Setting setting) {
        return switch (setting.name()) {
            case Setting.VERSION -> Source.VERSION;
            case Setting.COOKIES -> Source.COOKIES;
            case Setting.WRAPPERS -> Source.SYSTEM_CALL_WRAPPERS;
            default -> Source.CONFIG;
        };
    }
}
