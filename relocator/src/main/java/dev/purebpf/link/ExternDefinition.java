package dev.purebpf.link;

/**
 * A variable or function that the object uses and the kernel is to supply.
 *
 * <p>What it becomes for a kernel is an {@link ExternValue}.
 */
public sealed interface ExternDefinition {
    /** {@return its name} */
    String name();

    /** {@return whether the object can live without} */
    boolean weak();

    /**
     * {@return the id of its type in the object's BTF, behind modifiers and typedefs: of the
     * variable's value, or of the function's prototype}
     */
    int type();

    /**
     * A variable in section {@code .kconfig}: an option of the kernel's configuration ({@code
     * CONFIG_HZ}), or something else about the kernel as a whole ({@code LINUX_KERNEL_VERSION}).
     *
     * <p>Settings become the value of a map, {@code .kconfig}.
     *
     * @param name its name
     * @param weak whether it is 0 when it is not set
     * @param type the id of the type of its value
     * @param format what values it can hold
     * @param signed whether its numbers are signed
     * @param offset where it begins in the value of map {@code .kconfig}, in bytes
     * @param size its size in bytes
     */
    record Setting(
            String name,
            boolean weak,
            int type,
            Format format,
            boolean signed,
            int offset,
            int size)
            implements ExternDefinition {
        static final String VERSION = "LINUX_KERNEL_VERSION";
        static final String COOKIES = "LINUX_HAS_BPF_COOKIE";
        static final String WRAPPERS = "LINUX_HAS_SYSCALL_WRAPPER";

        /** {@return whether it is an option of the kernel's configuration} */
        public boolean isOption() {
            return name.startsWith("CONFIG_");
        }
    }

    /** What values a {@link Setting} can hold. */
    enum Format {
        /** {@code bool}: set to {@code y} or {@code n}. */
        BOOLEAN,
        /** {@code char}: one of {@code y}, {@code n}, {@code m}, or a small number. */
        CHARACTER,
        /** An integer of 2, 4 or 8 bytes. */
        INTEGER,
        /** {@code enum libbpf_tristate}: 0 for {@code n}, 1 for {@code y}, 2 for {@code m}. */
        TRISTATE,
        /** An array of {@code char}: a string, ended by a zero byte. */
        TEXT
    }

    /**
     * A variable of the kernel, in section {@code .ksyms}.
     *
     * @param name its name
     * @param weak whether its address is 0 when it is not there
     * @param type the id of the type of its value; 0, {@code void}, when only its address is wanted
     */
    record KernelVariable(String name, boolean weak, int type) implements ExternDefinition {
        /**
         * {@return whether it is looked up in the kernel's types; else its address is looked up
         * among the kernel's symbols}
         */
        public boolean typed() {
            return type != 0;
        }
    }

    /**
     * A function of the kernel (kfunc), in section {@code .ksyms}.
     *
     * @param name its name, which may have a flavour: {@code bpf_task_acquire___old}
     * @param weak whether it may be missing
     * @param type the id of its prototype
     */
    record KernelFunction(String name, boolean weak, int type) implements ExternDefinition {}
}
