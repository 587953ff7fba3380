package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.core.EssentialName;
import dev.purebpf.core.TypeComparison;
import dev.purebpf.link.ExternDefinition.KernelFunction;
import dev.purebpf.link.ExternDefinition.KernelVariable;
import dev.purebpf.link.ExternDefinition.Setting;
import dev.purebpf.link.TargetKernel.Found;

import java.nio.ByteOrder;
import java.util.Optional;

/** Finds out what an object's externs are in a kernel, by libbpf's rules. */
final class ExternResolver {
    private final Btf local;
    private final TargetKernel kernel;

    private ExternResolver(Btf local, TargetKernel kernel) {
        this.local = local;
        this.kernel = kernel;
    }

    /** Why an extern cannot be resolved. */
    private static final class Unresolved extends Exception {
        private static final long serialVersionUID = 1L;

        Unresolved(String problem) {
            super(problem);
        }
    }

    /** {@return what all externs of an object are, or why they are nothing} */
    static ResolvedExterns resolve(ObjectFile object, TargetKernel kernel) {
        var resolved = new ResolvedExterns.Builder(object);
        // Objects with externs have types.
        var resolver = new ExternResolver(object.btf().orElse(null), kernel);
        boolean bigEndian = object.byteOrder() == ByteOrder.BIG_ENDIAN;
        for (ExternDefinition extern : object.externs()) {
            try {
                ExternValue value = resolver.resolve(extern);
                resolved.put(extern, value);
                if (extern instanceof Setting setting) {
                    SettingValue.write(setting, value, resolved.settings(), bigEndian);
                }
            } catch (Unresolved | SettingValue.Unfit e) {
                resolved.fail(extern, e.getMessage());
            }
        }
        return resolved.build();
    }

    private ExternValue resolve(ExternDefinition extern) throws Unresolved, SettingValue.Unfit {
        return switch (extern) {
            case Setting setting when setting.isOption() -> option(setting);
            case Setting setting -> fact(setting);
            case KernelVariable variable when variable.typed() -> variable(variable);
            case KernelVariable variable -> address(variable);
            case KernelFunction function -> function(function);
        };
    }

    private ExternValue option(Setting setting) throws Unresolved, SettingValue.Unfit {
        Optional<String> value = kernel.option(setting.name());
        if (value.isPresent()) {
            return SettingValue.parse(setting, value.get());
        }
        if (kernel.config().isEmpty()) {
            throw new Unresolved(
                    "is an option of the kernel's configuration, which is not known; it is in"
                            + " /boot/config-RELEASE or /proc/config.gz");
        }
        return missing(setting, "is not set in the kernel's configuration");
    }

    /** Settings that are in no configuration, but that libbpf finds out in other ways. */
    private ExternValue fact(Setting setting) throws Unresolved, SettingValue.Unfit {
        return switch (setting.name()) {
            case Setting.VERSION ->
                    SettingValue.number(
                            setting,
                            kernel.version()
                                    .map(version -> Integer.toUnsignedLong(version.code()))
                                    .orElseThrow(
                                            () ->
                                                    new Unresolved(
                                                            "the kernel's version is not known")));
            case Setting.COOKIES -> flag(setting, kernel.hasCookies());
            case Setting.WRAPPERS -> flag(setting, kernel.hasSystemCallWrappers());
            default -> {
                if (!setting.weak() || !setting.name().startsWith("LINUX_")) {
                    throw new Unresolved(
                            "is no setting that is known: its name begins neither with CONFIG_ nor"
                                    + " is it one of LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and"
                                    + " LINUX_HAS_SYSCALL_WRAPPER");
                }
                yield SettingValue.number(setting, 0);
            }
        };
    }

    private static ExternValue flag(Setting setting, Optional<Boolean> known)
            throws Unresolved, SettingValue.Unfit {
        boolean value =
                known.orElseThrow(() -> new Unresolved("whether the kernel has that is not known"));
        return SettingValue.number(setting, value ? 1 : 0);
    }

    private static ExternValue missing(ExternDefinition extern, String problem) throws Unresolved {
        if (!extern.weak()) {
            throw new Unresolved(problem + "; declare it __weak if the program can do without");
        }
        return new ExternValue.Missing();
    }

    private ExternValue address(KernelVariable variable) throws Unresolved {
        KernelSymbols symbols =
                kernel.symbols()
                        .orElseThrow(
                                () ->
                                        new Unresolved(
                                                "is a symbol of the kernel, and those are not"
                                                        + " known; they are in /proc/kallsyms"));
        long[] addresses = symbols.addresses(variable.name());
        return switch (addresses.length) {
            case 0 -> missing(variable, "the kernel has no such symbol");
            case 1 -> new ExternValue.Address(addresses[0]);
            default ->
                    throw new Unresolved(
                            "the kernel has several symbols of that name, at "
                                    + Long.toHexString(addresses[0])
                                    + " and "
                                    + Long.toHexString(addresses[1]));
        };
    }

    private ExternValue variable(KernelVariable variable) throws Unresolved {
        requireTypes();
        Optional<Found> found = kernel.find(variable.name(), BtfKind.VARIABLE);
        if (found.isEmpty()) {
            return missing(variable, "no such variable is in the types of the kernel");
        }
        Btf types = found.get().types();
        var target = (BtfType.Variable) types.type(found.get().id());
        int targetType = types.skipModifiersAndTypedefs(target.type());
        if (!TypeComparison.compatible(local, variable.type(), types, targetType)) {
            // Even a weak one: the program would read something else than it believes.
            throw new Unresolved(
                    "is "
                            + TypeComparison.describe(local, variable.type())
                            + " here, but in the kernel "
                            + TypeComparison.describe(types, targetType));
        }
        return value(found.get());
    }

    private ExternValue function(KernelFunction function) throws Unresolved {
        requireTypes();
        Optional<Found> found = kernel.find(EssentialName.of(function.name()), BtfKind.FUNCTION);
        if (found.isEmpty()) {
            return missing(function, "no such function is in the types of the kernel");
        }
        Btf types = found.get().types();
        var target = (BtfType.Function) types.type(found.get().id());
        if (!TypeComparison.compatible(local, function.type(), types, target.prototype())) {
            return missing(
                    function,
                    "the kernel's function takes or returns something else than this one");
        }
        return value(found.get());
    }

    private static ExternValue value(Found found) {
        return new ExternValue.KernelType(found.module(), found.id());
    }

    private void requireTypes() throws Unresolved {
        if (kernel.types().isEmpty()) {
            throw new Unresolved(
                    "is looked up in the kernel's types, but those are not known; the kernel needs"
                            + " CONFIG_DEBUG_INFO_BTF, or name a BTF file");
        }
    }
}
