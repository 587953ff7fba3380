/**
 * From an object file to programs that only lack what a running kernel gives out.
 *
 * <pre>{@code
 * try (ElfFile elf = ElfFile.open(Path.of("probe.bpf.o"))) {
 *     ObjectFile object = ObjectFile.parse(elf);
 *     TargetKernel kernel = TargetKernel.of(Btf.open(Path.of("/sys/kernel/btf/vmlinux")));
 *     LinkedObject linked = Linker.link(object, kernel, LinkOptions.defaults()).orThrow();
 *     for (LinkedProgram program : linked.programs()) {
 *         byte[] code = program.encode(map -> descriptors.get(map), ByteOrder.nativeOrder());
 *     }
 * }
 * }</pre>
 *
 * <p>{@link dev.purebpf.link.ObjectFile} is what the object says: {@link
 * dev.purebpf.link.ProgramDefinition}s with what their sections mean ({@link
 * dev.purebpf.link.SectionDefinition}), {@link dev.purebpf.link.MapDefinition}s, those of global
 * data among them, {@link dev.purebpf.link.ExternDefinition}s that the kernel is to supply, and
 * types. {@link dev.purebpf.link.TargetKernel} is what is known about the kernel. {@link
 * dev.purebpf.link.Linker} finds out what externs are there, fits each program to it, appends the
 * subprograms that it calls, and resolves references. Maps and modules stay names until {@link
 * dev.purebpf.link.LinkedProgram#encode} is told their file descriptors.
 *
 * <p>All of it is a pure function of bytes: no system call, no file, nothing to close.
 */
package dev.purebpf.link;
