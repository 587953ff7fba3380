/**
 * The files that {@code purebpf relocate} and {@code purebpf check} work on: objects, kernels, and
 * what else describes a kernel.
 */
package dev.purebpf.cli.input;
