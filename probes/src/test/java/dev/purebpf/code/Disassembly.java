package dev.purebpf.code;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.fixtures.Oracle;

import java.util.List;
import java.util.function.Consumer;

/**
 * What a disassembler says.
 *
 * @param address where the instruction is
 * @param bytes its bytes, in hexadecimal digits
 * @param text its name and operands
 */
record Disassembly(long address, String bytes, String text) {
    /**
     * Asks it; skips the test where it is not installed.
     *
     * @param consumer gets one instruction after the other
     */
    static void ask(Consumer<Disassembly> consumer, List<String> names, String... arguments) {
        Oracle.ask(
                line -> {
                    //   401000:	f3 0f 1e fa          	endbr64
                    int colon = line.indexOf(':');
                    int tab = line.indexOf('\t', colon + 2);
                    if (line.startsWith(" ") && colon > 0 && tab > 0) {
                        String address = line.substring(0, colon).strip();
                        consumer.accept(
                                new Disassembly(
                                        Long.parseUnsignedLong(address, 16),
                                        line.substring(colon + 2, tab).replace(" ", ""),
                                        line.substring(tab + 1).replace('\t', ' ').strip()));
                    }
                },
                names,
                arguments);
    }

    /** {@return how many bytes it has} */
    int length() {
        return bytes.length() / 2;
    }

    /** {@return whether it is known to the disassembler} */
    boolean isKnown() {
        return !text.contains("(bad)") && !text.startsWith(".") && !text.contains("<unknown>");
    }

    /** {@return the section of a file that it is in} */
    Section section(ElfFile file) {
        for (Section section : file.sections()) {
            if (section.has(Section.ALLOC | Section.EXECINSTR)
                    && Long.compareUnsigned(address - section.address(), section.size()) < 0) {
                return section;
            }
        }
        throw new AssertionError("no section has " + this);
    }
}
