/**
 * Reading ELF files: sections, symbols, relocations and segments.
 *
 * <pre>{@code
 * try (var elf = ElfFile.open(Path.of("syscalls.bpf.o"))) {
 *     for (Section section : elf.sections()) {
 *         if (section.type() == Section.REL) {
 *             Section patched = elf.section(section.info());
 *             for (Relocation relocation : elf.relocations(section)) {
 *                 Symbol symbol = elf.symbol(relocation.symbolIndex());
 *                 System.out.println(patched.name() + "+" + relocation.offset() + " -> " + symbol.name());
 *             }
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>{@link dev.purebpf.elf.ElfFile} maps the file and reads the headers; everything else is
 * decoded when it is asked for and comes as immutable records. Bytes of a section come through
 * {@link dev.purebpf.elf.ByteReader}, which knows where it reads and turns anything out of bounds
 * into a {@link dev.purebpf.error.MalformedObjectException}. Nothing here knows about BPF.
 */
package dev.purebpf.elf;
