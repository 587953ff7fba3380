/** Programs as data. Knows no file descriptor and no system call. */
module dev.purebpf.relocator {
    requires transitive dev.purebpf.btf;

    exports dev.purebpf.core;
    exports dev.purebpf.insn;
    exports dev.purebpf.link;
}
