/** The {@code purebpf} command. */
package dev.purebpf.cli;
