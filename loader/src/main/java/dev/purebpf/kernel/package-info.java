/** System calls: the only package that calls native code. */
package dev.purebpf.kernel;
