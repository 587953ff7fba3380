package dev.purebpf.cli.grpc;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;

/**
 * What the file of a program says is in its memory and never changes: code and constants.
 *
 * @param file the file
 */
record ProgramMemory(ElfFile file) {
    private static final byte[] NOTHING = {};

    /**
     * {@return bytes of it, fewer than wanted where a section ends; none if nothing constant is
     * there}
     *
     * @param address as the file gives it
     * @param length how many
     */
    byte[] bytes(long address, int length) {
        for (Section section : file.sections()) {
            long from = address - section.address();
            if (section.has(Section.ALLOC)
                    && !section.has(Section.WRITE)
                    && section.type() == Section.PROGBITS
                    && from >= 0
                    && from < section.size()) {
                return section.bytes(from, Math.min(length, section.size() - from));
            }
        }
        return NOTHING;
    }
}
