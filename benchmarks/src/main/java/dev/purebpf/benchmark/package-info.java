/** Measures time and memory; asserts nothing. */
package dev.purebpf.benchmark;
