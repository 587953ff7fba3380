/** Where programs hook in; knows nothing about what they are for. */
module dev.purebpf.probes {
    requires transitive dev.purebpf.loader;

    exports dev.purebpf.code;
    exports dev.purebpf.probe;
    exports dev.purebpf.symbol;
}
