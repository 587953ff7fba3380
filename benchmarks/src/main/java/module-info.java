/** Measures time and memory; asserts nothing. */
module dev.purebpf.benchmark {
    requires dev.purebpf.probes;
}
