/**
 * Machine code: where its instructions begin, and where a function ends.
 *
 * <p>A probe that breaks into a running function must be on the first byte of an instruction; on
 * any other byte it changes what the program does. {@link dev.purebpf.code.FunctionExits} walks
 * through a function from its first instruction on and finds the places where it returns:
 *
 * <pre>{@code
 * try (var elf = ElfFile.open(Path.of("server"))) {
 *     var function = GoFunctions.of(elf).orElseThrow().find("main.serve").orElseThrow();
 *     var exits = FunctionExits.of(elf, function.address(), function.size());
 *     System.out.println("returns at " + exits.returns());
 * }
 * }</pre>
 *
 * <p>Nothing here knows what an instruction does, only how long it is and whether it jumps.
 */
package dev.purebpf.code;
