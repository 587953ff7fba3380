/**
 * CO-RE, "compile once, run everywhere": fits recorded accesses to the types of the kernel at hand.
 *
 * <p>Where C reads a field of a kernel struct, the compiler leaves a relocation: the type, the way
 * to the field as indexes ({@code 0:3:1}), and the question, such as where it is or whether it is
 * there. {@link dev.purebpf.core.CoreRelocator} answers with the kernel's types and writes the
 * answer into the instruction. It goes like this, and is libbpf's way to the letter:
 *
 * <ol>
 *   <li>The indexes are followed through the object's own types, which gives names ({@link
 *       dev.purebpf.core.AccessSpec}).
 *   <li>Types of the kernel with the same kind and name are candidates; {@code ___flavours} at the
 *       end of the object's or kernel's name do not count.
 *   <li>In each candidate the names are looked for, in anonymous members, too. Those that lack them
 *       drop out; those left over must agree.
 *   <li>Both sides' answers are computed, and the instruction, which must hold the object's, gets
 *       the kernel's. A load or store of a number that has another size there becomes wider or
 *       narrower.
 *   <li>What the kernel does not have, poisons its instruction: the verifier refuses it if it can
 *       be reached, and that is the program's own business, which may have asked first.
 * </ol>
 *
 * <p>Pointers of 32 bits: in libbpf those of an object always have eight bytes, as BPF's have, and
 * those of a kernel as many as its type {@code long} ({@link dev.purebpf.btf.Btf#pointerSize}), so
 * that for a 32-bit kernel loads of pointers shrink to four. The same is done here for BTF that
 * comes from a file. An object needs no rule of its own, because clang for BPF makes {@code long}
 * eight bytes; and the kernel at hand never has 32 bits, as no JDK that this runs on does.
 *
 * <p>What was asked, found and written is told by {@link dev.purebpf.core.Resolution}.
 *
 * @see <a href="https://docs.kernel.org/bpf/llvm_reloc.html#co-re-relocations">BPF LLVM
 *     Relocations: CO-RE Relocations</a>
 */
package dev.purebpf.core;
