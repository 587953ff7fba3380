/** File formats: ELF, BTF and DWARF. Knows no instruction and no kernel. */
module dev.purebpf.btf {
    exports dev.purebpf.error;
    exports dev.purebpf.elf;
    exports dev.purebpf.btf;
    exports dev.purebpf.dwarf;
}
