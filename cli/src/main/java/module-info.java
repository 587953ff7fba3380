/** The {@code purebpf} command. */
module dev.purebpf.cli {
    requires com.fasterxml.jackson.core;
    requires dev.purebpf.bpf;
    requires dev.purebpf.probes;
    requires org.apache.commons.cli;
}
