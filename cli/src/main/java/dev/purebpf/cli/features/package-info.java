/**
 * {@code purebpf features}: what the running kernel can do with eBPF, found out by trying ({@link
 * dev.purebpf.kernel.KernelFeatures}).
 */
package dev.purebpf.cli.features;
