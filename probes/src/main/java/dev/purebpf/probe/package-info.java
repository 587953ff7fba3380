/**
 * Attaches programs to where they hook in.
 *
 * <p>Most programs say by their section where they belong, and {@link dev.purebpf.probe.Probe}
 * needs no more than that:
 *
 * <pre>{@code
 * // in C: SEC("tp/sched/sched_switch") int on_switch(…)
 * try (Link link = Probe.attach(bpf.program("on_switch"))) {
 *     …
 * }
 * }</pre>
 *
 * <p>Where the place is known at run time only, each kind of place is a small value that attaches:
 *
 * <pre>{@code
 * Tracepoint.of("sched", "sched_switch").attach(program);
 * RawTracepoint.of("sys_enter").attach(program);
 * Kprobe.of("vfs_read").returning().attach(program);
 * Ksyscall.of("openat").attach(program);
 * KprobeMulti.matching("vfs_*").attach(program);
 * Uprobe.of("libc.so.6", "malloc").inProcess(pid).attach(program);
 * UprobeMulti.matching("libc.so.6", "*alloc").attach(program);
 * Usdt.of("libc.so.6", "libc", "setjmp").inProcess(pid).attach(program);
 * PerfEvent.cpuClock().withFrequency(99).attach(program);
 * Tracing.of().withCookie(7).attach(program); // fentry and its like: loaded for their place
 * LsmCgroup.of(Path.of("/sys/fs/cgroup/system.slice")).attach(program);
 * BpfIterator.ofMap(map).attach(program).text();
 * }</pre>
 *
 * <p>What comes back is a {@link dev.purebpf.Link}, which stays attached until it is closed.
 */
package dev.purebpf.probe;
