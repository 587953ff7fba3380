/** Attaches programs to where they hook in. */
package dev.purebpf.probe;
