/**
 * The BPF Type Format: the types of a BPF object, of the kernel and of its modules.
 *
 * <p>{@link dev.purebpf.btf.Btf} is where to begin. It reads the {@code .BTF} section of an object
 * or {@code /sys/kernel/btf/vmlinux}, finds types by name and tells sizes and offsets:
 *
 * <pre>{@code
 * Btf kernel = Btf.open(Path.of("/sys/kernel/btf/vmlinux"));
 * int task = kernel.find("task_struct", BtfKind.STRUCT);
 * Field pid = kernel.field(task, "pid");
 * System.out.println("pid is at byte " + pid.byteOffset() + " of " + kernel.size(task));
 * }</pre>
 *
 * <p>{@link dev.purebpf.btf.BtfType} is one decoded type: a sealed interface with a record for each
 * kind, made for {@code switch} patterns. Types refer to each other by id, so that a graph of a
 * hundred thousand of them needs no objects until one is looked at.
 *
 * <p>{@link dev.purebpf.btf.BtfExt} reads what {@code .BTF.ext} tells about instructions. {@link
 * dev.purebpf.btf.BtfBuilder} writes BTF, and {@link dev.purebpf.btf.Btf#fitTo} rewrites it for a
 * kernel that does not know all of it. {@link dev.purebpf.btf.CHeader} writes types as C.
 *
 * <p>Everything is immutable, except for the builder. Nothing here knows about instructions or
 * about the running kernel.
 */
package dev.purebpf.btf;
