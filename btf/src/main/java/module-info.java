/** File formats: ELF and BTF. Knows no instruction and no kernel. */
module dev.purebpf.btf {
    exports dev.purebpf.error;
    exports dev.purebpf.elf;
    exports dev.purebpf.btf;
}
