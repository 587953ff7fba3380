/**
 * System calls: the only package that calls native code.
 *
 * <p>{@link dev.purebpf.kernel.Kernel} is the kernel, raw: {@link dev.purebpf.kernel.Kernel#host}
 * is this machine's, and tests put a scripted one in its place. On top of it are the commands by
 * subject, which fill in the attributes, deal with old kernels and turn errors into exceptions with
 * advice:
 *
 * {@snippet :
 * Kernel kernel = Kernel.host();
 * try (OwnedFd map = MapCommands.create(kernel, new MapAttributes("counts", 1, 4, 8, 100));
 *         Arena arena = Arena.ofConfined()) {
 *     MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_INT, 7);
 *     MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_LONG, 42L);
 *     kernel.check(
 *             MapCommands.update(kernel, map.number(), key, value, MapCommands.ANY),
 *             "updating map counts");
 * }
 * }
 *
 * <p>{@link dev.purebpf.kernel.OwnedFd} and {@link dev.purebpf.kernel.Mapping} own what the kernel
 * gave, until they are closed. {@link dev.purebpf.kernel.KernelFeatures} tells what the kernel can
 * do, {@link dev.purebpf.kernel.KernelBtf} what types it has, {@link dev.purebpf.kernel.Cpus} what
 * processors.
 *
 * <p>Sources: {@code include/uapi/linux/bpf.h}, {@code perf_event.h} and the manual pages of the
 * calls. An attribute's offset in a {@code union bpf_attr} never changes; fields are only added at
 * the end, and the kernel takes a size that it does not know if the rest is zero.
 */
package dev.purebpf.kernel;
