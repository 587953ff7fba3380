/**
 * What Go programs are made of: who built them of what, the types of their functions, and in which
 * registers and places of the stack these get and give their values.
 *
 * <pre>{@code
 * try (var elf = ElfFile.open(Path.of("server"));
 *         var dwarf = Dwarf.of(elf).orElseThrow()) {
 *     GoAbi abi = GoAbi.of(elf.machine(), GoBuildInfo.of(elf).orElseThrow().version()).orElseThrow();
 *     GoSignature signature = GoSignature.of(dwarf.functionAt(address).orElseThrow());
 *     GoCall call = abi.assign(signature);
 *     System.out.println(call.parameters().getFirst());
 * }
 * }</pre>
 */
package dev.purebpf.go;
