/** Reads what programs report: ring buffers and perf buffers. */
package dev.purebpf.event;
