/**
 * The front door: from a compiled BPF object to a running program.
 *
 * <p>A BPF object passes through three states, and each is a type of its own, so that nothing can
 * be called too early or too late:
 *
 * <ol>
 *   <li>{@link dev.purebpf.BpfObject}: opened and editable. Pure: no privileges, no system calls.
 *       Here constants are set, maps resized, programs switched off.
 *   <li>{@link dev.purebpf.LoadedObject}: in the kernel. Owns file descriptors and mappings; gives
 *       {@linkplain dev.purebpf.Program programs}, {@linkplain dev.purebpf.BpfMap maps}, live
 *       {@linkplain dev.purebpf.Variable variables} and event buffers.
 *   <li>{@link dev.purebpf.Link}: attached until closed, or pinned.
 * </ol>
 *
 * <pre>{@code
 * record Syscall(int pid, int tid, long nr, long timestamp) {}
 *
 * try (var bpf = BpfObject.open(Path.of("syscalls.bpf.o"))
 *                 .set("target_pid", pid)
 *                 .load();
 *         var link = Probe.attach(bpf.program("on_sys_enter"));
 *         var events = bpf.ringBuffer("events", Syscall.class, System.out::println)) {
 *     while (running) {
 *         events.poll(Duration.ofMillis(100));
 *     }
 * }
 * }</pre>
 *
 * <p>Maps, programs and links that belong to no object of this process, because somebody pinned
 * them, open as {@link dev.purebpf.OpenMap}, {@link dev.purebpf.OpenProgram} and {@link
 * dev.purebpf.OpenLink}.
 *
 * <p>Whoever opens closes; nothing is closed by the garbage collector. Every failure is a {@link
 * dev.purebpf.error.BpfException} that says what failed, where, and what to do about it.
 */
package dev.purebpf;
