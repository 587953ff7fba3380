package dev.purebpf.cli.check;

import dev.purebpf.link.ProgramDefinition;

/** Takes what comes out, kernel by kernel and there object by object. */
interface VerdictWriter {
    /** A kernel whose types cannot be read. */
    void unreadableKernel(KernelFile kernel, String problem);

    /** An object that cannot be opened; told once. */
    void unopenedObject(String object, String problem);

    /** The verdict on a program and a kernel. */
    void verdict(String object, ProgramDefinition program, KernelFile kernel, Verdict verdict);

    /** Writes what is still to be written. */
    void finish();
}
