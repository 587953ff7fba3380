/** BPF instructions as values: decoded, encoded, disassembled. */
package dev.purebpf.insn;
