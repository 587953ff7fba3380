package dev.purebpf.error;

import java.io.Serial;

/**
 * This kernel lacks a feature that was asked for and that cannot be done another way.
 *
 * <p>Raised after a probe, never by comparing version numbers; the version is only told to people.
 */
public final class UnsupportedFeatureException extends BpfException {
    @Serial private static final long serialVersionUID = 1L;

    private final String feature;
    private final String since;

    /**
     * Reports a missing feature.
     *
     * @param feature the feature, such as {@code BPF ring buffer}
     * @param since the Linux version that brought it, such as {@code 5.8}, or {@code null} when no
     *     released one has it
     */
    public UnsupportedFeatureException(String feature, String since) {
        super(
                since == null
                        ? feature + " is not supported"
                        : "this kernel does not support "
                                + feature
                                + ": it came with Linux "
                                + since,
                null);
        this.feature = feature;
        this.since = since;
    }

    private UnsupportedFeatureException(String feature, String since, String message) {
        super(message, null);
        this.feature = feature;
        this.since = since;
    }

    /**
     * {@return what to throw where a kernel was built without a feature, of whatever version it is}
     *
     * @param feature the feature, such as {@code kprobes}
     * @param option the kernel's option, such as {@code CONFIG_KPROBE_EVENTS}
     */
    public static UnsupportedFeatureException notBuilt(String feature, String option) {
        return new UnsupportedFeatureException(
                feature, null, "this kernel was built without " + feature + " (" + option + ")");
    }

    /** {@return the missing feature} */
    public String feature() {
        return feature;
    }

    /**
     * {@return the Linux version that brought the feature, or {@code null} when no released one has
     * it}
     */
    public String since() {
        return since;
    }
}
