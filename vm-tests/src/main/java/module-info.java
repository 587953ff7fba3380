/** Runs the kernel tests on other kernels, in virtual machines. */
module dev.purebpf.vm {
    requires java.xml;
}
