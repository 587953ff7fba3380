/** Starts virtual machines and runs the kernel tests in them. */
package dev.purebpf.vm;
