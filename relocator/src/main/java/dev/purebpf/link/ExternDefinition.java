package dev.purebpf.link;

/**
 * A variable or function that the object uses and the kernel is to supply.
 *
 * @param name its name
 * @param kind what it is
 * @param weak whether the object can live without
 * @param type the id of its {@code BtfType.Variable} or {@code BtfType.Function} in the object's
 *     BTF
 */
public record ExternDefinition(String name, Kind kind, boolean weak, int type) {
    /** What an extern is. */
    public enum Kind {
        /** A setting of the kernel, in section {@code .kconfig}. */
        KERNEL_CONFIG,
        /** A variable of the kernel, in section {@code .ksyms}. */
        KERNEL_VARIABLE,
        /** A function of the kernel (kfunc), in section {@code .ksyms}. */
        KERNEL_FUNCTION
    }
}
