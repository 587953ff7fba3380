package dev.purebpf.kernel;

import java.util.Objects;

/**
 * What {@code BPF_PROG_LOAD} is told, apart from the verifier's log.
 *
 * <p>The setters change this object and return it; it belongs to one thread and is meant to be
 * made, filled and handed to {@link ProgramCommands#load}. Byte arrays are in native byte order and
 * are not copied before the load.
 */
public final class ProgramAttributes {
    final String name;
    final int type;
    final byte[] instructions;
    String license = "";
    String kernelName;
    int expectedAttachType;
    int kernelVersion;
    int flags;
    int interfaceIndex;
    int attachBtfId;
    int attachTargetFd;
    int btfFd;
    byte[] functionInfo = {};
    int functionInfoRecordSize;
    byte[] lineInfo = {};
    int lineInfoRecordSize;
    int[] fdArray = {};

    /**
     * Describes a program without types.
     *
     * @param name the program's name, for messages; the kernel gets it cut to 15 bytes
     * @param type the number of {@code enum bpf_prog_type}
     * @param instructions 8 bytes an instruction slot
     */
    public ProgramAttributes(String name, int type, byte[] instructions) {
        this.name = Objects.requireNonNull(name);
        this.kernelName = name;
        this.type = type;
        this.instructions = Objects.requireNonNull(instructions);
    }

    /**
     * Sets the license, which decides about helpers for GPL programs only.
     *
     * @param license such as {@code GPL}
     * @return this
     */
    public ProgramAttributes license(String license) {
        this.license = Objects.requireNonNull(license);
        return this;
    }

    /**
     * Sets the name that the kernel shows, where it is not the program's.
     *
     * @param name cut to 15 bytes; empty for none
     * @return this
     */
    public ProgramAttributes kernelName(String name) {
        this.kernelName = Objects.requireNonNull(name);
        return this;
    }

    /**
     * Sets the attach type that the verifier checks for.
     *
     * @param type the number of {@code enum bpf_attach_type}
     * @return this
     */
    public ProgramAttributes expectedAttachType(int type) {
        this.expectedAttachType = type;
        return this;
    }

    /**
     * Sets the kernel version, which kprobe programs needed before 5.0.
     *
     * @param version {@code LINUX_VERSION_CODE}
     * @return this
     */
    public ProgramAttributes kernelVersion(int version) {
        this.kernelVersion = version;
        return this;
    }

    /**
     * Sets the flags.
     *
     * @param flags {@code BPF_F_…} of program loads, such as sleepable
     * @return this
     */
    public ProgramAttributes flags(int flags) {
        this.flags = flags;
        return this;
    }

    /**
     * Sets the device to offload to or to bind to.
     *
     * @param index the index of the interface
     * @return this
     */
    public ProgramAttributes interfaceIndex(int index) {
        this.interfaceIndex = index;
        return this;
    }

    /**
     * Sets what a program with a BTF target attaches to.
     *
     * @param typeId the type in the target's BTF
     * @param targetFd the program to attach to, or the BTF of a module; 0 for the kernel itself.
     *     The kernel has one field for both.
     * @return this
     */
    public ProgramAttributes attachTarget(int typeId, int targetFd) {
        this.attachBtfId = typeId;
        this.attachTargetFd = targetFd;
        return this;
    }

    /**
     * Gives the program types.
     *
     * @param fd loaded BTF
     * @param functionInfo records of {@code struct bpf_func_info}; empty for none
     * @param functionInfoRecordSize bytes of each
     * @param lineInfo records of {@code struct bpf_line_info}; empty for none
     * @param lineInfoRecordSize bytes of each
     * @return this
     */
    public ProgramAttributes btf(
            int fd,
            byte[] functionInfo,
            int functionInfoRecordSize,
            byte[] lineInfo,
            int lineInfoRecordSize) {
        this.btfFd = fd;
        this.functionInfo = Objects.requireNonNull(functionInfo);
        this.functionInfoRecordSize = functionInfoRecordSize;
        this.lineInfo = Objects.requireNonNull(lineInfo);
        this.lineInfoRecordSize = lineInfoRecordSize;
        return this;
    }

    /**
     * Sets the descriptors that instructions refer to by index, such as the BTF of modules with
     * kfuncs.
     *
     * @param descriptors index 0 stands for the kernel itself
     * @return this
     */
    public ProgramAttributes fdArray(int... descriptors) {
        this.fdArray = descriptors.clone();
        return this;
    }
}
