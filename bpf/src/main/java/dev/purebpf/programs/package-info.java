/** The compiled eBPF programs of the command, as resources. */
package dev.purebpf.programs;
