/**
 * File formats: ELF, BTF and DWARF, and what Go puts into them. Knows no instruction and no kernel.
 */
module dev.purebpf.btf {
    exports dev.purebpf.error;
    exports dev.purebpf.elf;
    exports dev.purebpf.btf;
    exports dev.purebpf.dwarf;
    exports dev.purebpf.go;
}
