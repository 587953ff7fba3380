package dev.purebpf.kernel;

/**
 * What the kernel says about any kind of link: the head of {@code struct bpf_link_info}.
 *
 * @param id its id
 * @param type the number of {@code enum bpf_link_type}
 * @param programId the id of the program that it attaches
 */
public record LinkInfo(int id, int type, int programId) {}
