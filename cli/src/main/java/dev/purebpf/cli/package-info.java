/**
 * The {@code purebpf} command: {@link dev.purebpf.cli.Main} finds the {@link
 * dev.purebpf.cli.Command}, parses its options and turns what goes wrong into a paragraph and an
 * exit code.
 */
package dev.purebpf.cli;
