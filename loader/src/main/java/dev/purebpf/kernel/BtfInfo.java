package dev.purebpf.kernel;

/**
 * What the kernel says about loaded types: {@code struct bpf_btf_info}.
 *
 * @param id their id
 * @param name whose they are: {@code vmlinux}, the name of a module; empty for those of programs
 * @param ofKernel whether they are those of the kernel itself or of a module; kernels before 5.11
 *     do not tell
 * @param size the size of their {@code .BTF} section in bytes
 */
public record BtfInfo(int id, String name, boolean ofKernel, int size) {}
