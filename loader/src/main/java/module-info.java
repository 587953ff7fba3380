/** Opens, loads and uses BPF objects by the bpf() system call. */
module dev.purebpf.loader {
    requires transitive dev.purebpf.relocator;

    exports dev.purebpf;
    exports dev.purebpf.codec;
    exports dev.purebpf.event;
    exports dev.purebpf.kernel;
}
