package dev.purebpf.link;

/** What an {@link ExternDefinition} is in a kernel. */
public sealed interface ExternValue {
    /**
     * The value of a setting.
     *
     * @param value the number: 0 or 1 for {@code bool}, a character's code, a value of {@code enum
     *     libbpf_tristate}
     */
    record Number(long value) implements ExternValue {}

    /**
     * The value of a setting that is an array of {@code char}.
     *
     * @param value the string, without quotes, cut where the array ends; one character a byte
     */
    record Text(String value) implements ExternValue {}

    /**
     * The address of a variable that has no type.
     *
     * @param address the address; 0 also where the kernel hides addresses
     */
    record Address(long address) implements ExternValue {}

    /**
     * A variable or function in the types of the kernel.
     *
     * @param module the name of the module that it belongs to; empty for the kernel itself
     * @param id the id of its {@code BtfType.Variable} or {@code BtfType.Function} there
     */
    record KernelType(String module, int id) implements ExternValue {}

    /** Not there, which it need not be. */
    record Missing() implements ExternValue {}
}
