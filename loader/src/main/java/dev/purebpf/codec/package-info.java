/** Binds C structs to Java records, byte for byte. */
package dev.purebpf.codec;
