/**
 * BPF instructions as values: decoded, encoded, disassembled.
 *
 * <p>{@link dev.purebpf.insn.InstructionReader} makes {@link dev.purebpf.insn.Instruction}s of
 * bytes, {@link dev.purebpf.insn.InstructionWriter} bytes of instructions, in either byte order,
 * and {@link dev.purebpf.insn.Disassembler} text:
 *
 * <pre>{@code
 * for (Instruction instruction : InstructionReader.read(section.reader())) {
 *     System.out.println(instruction); // r1 = *(u64 *)(r2 + 8)
 * }
 * }</pre>
 *
 * <p>An instruction carries what belongs to it: what it refers to by name ({@link
 * dev.purebpf.insn.Reference}), the relocations that fit it to the kernel, the line of C and the
 * function that begin there. Code can so be moved without tables to keep in step. {@link
 * dev.purebpf.insn.Opcode} has the numbers and what they are called in the kernel's headers.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9669.html">RFC 9669: BPF Instruction Set
 *     Architecture</a>
 */
package dev.purebpf.insn;
