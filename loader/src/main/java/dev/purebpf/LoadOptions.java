package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.kernel.DelegatedKernel;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LogOptions;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How to load an object: into which kernel, and how talkative the verifier is to be.
 *
 * <p>Immutable; the {@code with…} methods give changed copies:
 *
 * <pre>{@code
 * object.load(LoadOptions.defaults().withLogLevel(2));
 * }</pre>
 */
public final class LoadOptions {

    private static final LoadOptions DEFAULTS =
            new LoadOptions(null, null, LogOptions.ON_FAILURE, Path.of("/sys/fs/bpf"), null);

    private final Kernel kernel;
    private final Btf kernelBtf;
    private final LogOptions log;
    private final Path pinRoot;
    private final String token;

    private LoadOptions(Kernel kernel, Btf kernelBtf, LogOptions log, Path pinRoot, String token) {
        this.kernel = kernel;
        this.kernelBtf = kernelBtf;
        this.log = log;
        this.pinRoot = pinRoot;
        this.token = token;
    }

    /**
     * {@return the usual: this machine's kernel with its own BTF, no log unless the verifier
     * refuses, maps pinned below {@code /sys/fs/bpf}}
     */
    public static LoadOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return a copy for another kernel than that of this machine, such as one that a test
     * scripts}
     *
     * @param kernel the kernel
     */
    public LoadOptions withKernel(Kernel kernel) {
        return new LoadOptions(Objects.requireNonNull(kernel), kernelBtf, log, pinRoot, token);
    }

    /**
     * {@return a copy that takes the kernel's types from elsewhere, for kernels that were built
     * without {@code CONFIG_DEBUG_INFO_BTF}}
     *
     * @param btf the types of exactly the kernel that is running
     */
    public LoadOptions withKernelBtf(Btf btf) {
        return new LoadOptions(kernel, Objects.requireNonNull(btf), log, pinRoot, token);
    }

    /**
     * {@return a copy with another log level} The log of a program that was loaded is then at
     * {@link Program#log()}.
     *
     * @param level 0: only of refused programs; 1: what the verifier did; 2: with the state after
     *     each instruction; plus 4 for statistics
     */
    public LoadOptions withLogLevel(int level) {
        return new LoadOptions(
                kernel, kernelBtf, new LogOptions(level, log.size()), pinRoot, token);
    }

    /**
     * {@return a copy with a log buffer of a fixed size, for programs whose log would be enormous}
     *
     * @param bytes the size; what does not fit is cut off, at the beginning where the kernel can
     *     (6.4), else at the end
     */
    public LoadOptions withLogSize(int bytes) {
        return new LoadOptions(
                kernel, kernelBtf, new LogOptions(log.level(), bytes), pinRoot, token);
    }

    /**
     * {@return a copy that pins maps elsewhere, those that say {@code LIBBPF_PIN_BY_NAME}}
     *
     * @param directory a directory in a mounted bpffs
     */
    public LoadOptions withPinRoot(Path directory) {
        return new LoadOptions(kernel, kernelBtf, log, Objects.requireNonNull(directory), token);
    }

    /**
     * {@return a copy that loads with what an administrator has delegated to this user namespace}
     * Without this, it is tried with the bpffs that {@code LIBBPF_BPF_TOKEN_PATH} names, else with
     * {@code /sys/fs/bpf} if that delegates anything.
     *
     * @param bpffs where a bpffs is mounted that delegates (Linux 6.9); empty for none
     */
    public LoadOptions withToken(String bpffs) {
        return new LoadOptions(kernel, kernelBtf, log, pinRoot, Objects.requireNonNull(bpffs));
    }

    /**
     * {@return the kernel to load into}
     *
     * @throws dev.purebpf.error.UnsupportedFeatureException if none was set and this is no machine
     *     that PureBPF runs on
     */
    public Kernel kernel() {
        return kernel != null ? kernel : Kernel.host();
    }

    /** {@return the kernel's types, if not those that the kernel itself tells} */
    public Optional<Btf> kernelBtf() {
        return Optional.ofNullable(kernelBtf);
    }

    /** {@return what the verifier is to say} */
    public LogOptions log() {
        return log;
    }

    /** {@return the directory that maps are pinned in by name} */
    public Path pinRoot() {
        return pinRoot;
    }

    /** {@return the bpffs that has to delegate, "" for none; absent where one only may} */
    public Optional<String> token() {
        return Optional.ofNullable(token)
                .or(() -> Optional.ofNullable(System.getenv(DelegatedKernel.BPFFS_VARIABLE)));
    }
}
