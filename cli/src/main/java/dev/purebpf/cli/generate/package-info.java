/**
 * {@code purebpf generate}: a Java class for a BPF object, with its programs, maps, global
 * variables and structs as Java sees them.
 *
 * <p>What is written is a pure function of the object's bytes and the options. {@link
 * dev.purebpf.cli.generate.ObjectSource} makes the text; files are only touched by {@link
 * dev.purebpf.cli.generate.GenerateCommand} and what it calls. Layouts come from the object's BTF
 * by way of {@link dev.purebpf.codec.CType}, so that generated records go with the library's
 * codecs, which hold them against the object when they are bound.
 */
package dev.purebpf.cli.generate;
