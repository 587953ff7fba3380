/** Measures time and memory; asserts nothing. */
module dev.purebpf.benchmark {
    requires dev.purebpf.loader;
    requires dev.purebpf.probes;
    requires jmh.core;

    // JMH makes its own classes beside the benchmarks and finds them by reflection.
    opens dev.purebpf.benchmark;
}
