/** The {@code purebpf} command. */
module dev.purebpf.cli {
    requires dev.purebpf.probes;
    requires dev.purebpf.bpf;
    requires info.picocli;
}
