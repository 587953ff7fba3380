/** Programs as data. Knows no file descriptor and no system call. */
module dev.purebpf.relocator {
    requires transitive dev.purebpf.btf;
}
