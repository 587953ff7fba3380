/**
 * {@code purebpf relocate}: the final instructions of programs for a kernel, without loading them.
 *
 * <p>{@link dev.purebpf.cli.relocate.RelocateCommand} links one object after the other and hands
 * each program to a writer: as text in a fixed form, as assembly for people, or as JSON. No more
 * than one object is in memory at a time, so there may be any number.
 */
package dev.purebpf.cli.relocate;
