package dev.purebpf.cli.trace;

/**
 * How often a process has hit a probe.
 *
 * @param probe the probe's name
 * @param pid the process
 * @param command the name of the task that hit it first
 * @param count how often
 * @param stack by which way; {@link HitStack#NONE} if that is not told apart
 */
record HitCount(String probe, int pid, String command, long count, HitStack stack) {}
