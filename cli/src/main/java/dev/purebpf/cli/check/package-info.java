/**
 * {@code purebpf check}: on which kernels do the programs of objects fit.
 *
 * <p>{@link dev.purebpf.cli.check.CheckCommand} links each object for each kernel, one kernel at a
 * time in memory, and keeps a {@link dev.purebpf.cli.check.Verdict} for each program. {@link
 * dev.purebpf.cli.check.Matrix} writes them as a table for people, {@link
 * dev.purebpf.cli.check.JsonVerdicts} as JSON.
 */
package dev.purebpf.cli.check;
