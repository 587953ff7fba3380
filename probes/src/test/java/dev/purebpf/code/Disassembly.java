package dev.purebpf.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final List<String> FOLDERS = List.of("/usr/bin", "/usr/local/bin");

    /**
     * Asks it; skips the test where it is not installed.
     *
     * @param consumer gets one instruction after the other
     */
    static void ask(Consumer<Disassembly> consumer, List<String> names, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(find(names)));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
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
            }
        } finally {
            process.destroy();
        }
        assertEquals(0, process.waitFor(), command::toString);
    }

    private static String find(List<String> names) {
        for (String name : names) {
            for (String folder : FOLDERS) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return folder + "/" + name;
                }
            }
        }
        return abort("needs one of " + names);
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
