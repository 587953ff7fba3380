/**
 * Reading debugging information (DWARF): which functions a program has, what their parameters are
 * called, of which types they are and where they are.
 *
 * <pre>{@code
 * try (var elf = ElfFile.open(Path.of("server"));
 *         var dwarf = Dwarf.of(elf).orElseThrow()) {
 *     for (Symbol symbol : elf.symbols()) {
 *         if (symbol.name().equals("main.handle")) {
 *             Die function = dwarf.functionAt(symbol.value()).orElseThrow();
 *             for (Die parameter : function.children()) {
 *                 if (parameter.tag() == DwarfTag.FORMAL_PARAMETER) {
 *                     String type = parameter.type().flatMap(Die::name).orElse("void");
 *                     System.out.println(parameter.name().orElse("_") + " " + type);
 *                 }
 *             }
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>{@link dev.purebpf.dwarf.Dwarf} has {@link dev.purebpf.dwarf.Unit units}, these a tree of
 * {@link dev.purebpf.dwarf.Die entries}, which {@link dev.purebpf.dwarf.DieCursor} walks through.
 * Everything is decoded when asked for; a binary of a hundred megabytes costs what is looked at.
 */
package dev.purebpf.dwarf;
