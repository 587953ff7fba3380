/** The compiled eBPF programs of the command, as resources. */
module dev.purebpf.bpf {
    exports dev.purebpf.programs;
}
