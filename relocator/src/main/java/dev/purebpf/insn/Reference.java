package dev.purebpf.insn;

/**
 * What an instruction refers to by name, until names become numbers.
 *
 * <p>File descriptors, BTF ids and addresses exist only once a kernel is asked; until then an
 * instruction carries its reference, and moving or copying it cannot break it.
 */
public sealed interface Reference {
    /** {@return the name of what is referred to} */
    String name();

    /**
     * A map: becomes its file descriptor ({@code BPF_PSEUDO_MAP_FD}).
     *
     * @param name the map's name as users see it
     */
    record Map(String name) implements Reference {}

    /**
     * A place in the value of a map with a single element, as a global variable is ({@code
     * BPF_PSEUDO_MAP_VALUE}).
     *
     * @param name the map's name as users see it, such as {@code .rodata}
     * @param offset the byte offset within the value
     */
    record MapValue(String name, int offset) implements Reference {}

    /**
     * Where an indirect jump can lead: becomes the file descriptor of a map that is made for the
     * program ({@code BPF_PSEUDO_MAP_VALUE}).
     *
     * @param offset where the table begins in section {@code .jumptables}, in bytes
     * @param size its size in bytes
     */
    record JumpTable(long offset, long size) implements Reference {
        /** {@return the name of all such maps} */
        @Override
        public String name() {
            return ".jumptables";
        }
    }

    /**
     * A call of a subprogram ({@code BPF_PSEUDO_CALL}).
     *
     * @param name the subprogram's name
     * @param slot where it begins: index of the slot of eight bytes within section {@code .text}
     */
    record Call(String name, int slot) implements Reference {}

    /**
     * The address of a subprogram, for a callback ({@code BPF_PSEUDO_FUNC}).
     *
     * @param name the subprogram's name
     * @param slot where it begins: index of the slot of eight bytes within section {@code .text}
     */
    record FunctionAddress(String name, int slot) implements Reference {}

    /**
     * A variable that the object does not define: a kernel symbol or a setting of the kernel.
     *
     * @param name the variable's name
     */
    record ExternVariable(String name) implements Reference {}

    /**
     * A variable or function of the kernel or of a module, by its BTF id ({@code
     * BPF_PSEUDO_BTF_ID}): what an {@link ExternVariable} becomes that is found in their types.
     *
     * @param name its name
     * @param module the name of the module whose it is, which needs the file descriptor of its BTF;
     *     empty for the kernel itself
     */
    record KernelType(String name, String module) implements Reference {}

    /**
     * A call of a function that the object does not define: a kernel function ({@code
     * BPF_PSEUDO_KFUNC_CALL}).
     *
     * @param name the function's name
     */
    record ExternCall(String name) implements Reference {}
}
