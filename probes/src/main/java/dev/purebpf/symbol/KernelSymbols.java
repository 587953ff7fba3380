package dev.purebpf.symbol;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The kernel's functions and variables with their addresses, from {@code /proc/kallsyms}, as they
 * are at one moment: modules come and go.
 *
 * <p>A line is {@code ffffffff81234560 T vfs_read}, for symbols of modules followed by a tab and
 * {@code [MODULE]}. The text is kept as it is and indexed; no object is made for a symbol. Without
 * the permission to see addresses ({@code kernel.kptr_restrict}) all of them are 0.
 *
 * <p>Immutable.
 */
public final class KernelSymbols {
    private static final String FILE = "/proc/kallsyms";

    private final byte[] text;

    /** Where lines begin, hashed by name; −1 where there is none. */
    private final int[] table;

    private final int count;

    private KernelSymbols(byte[] text) {
        this.text = text;
        int lines = 0;
        for (byte b : text) {
            if (b == '\n') {
                lines++;
            }
        }
        table = new int[Integer.highestOneBit(lines + 1) * 4];
        Arrays.fill(table, -1);
        int added = 0;
        for (int line = 0; line < text.length; line = after(line)) {
            int name = nameStart(line);
            if (name > 0) {
                int at = hash(text, name, nameEnd(name)) & table.length - 1;
                while (table[at] >= 0) {
                    at = at + 1 & table.length - 1;
                }
                table[at] = line;
                added++;
            }
        }
        count = added;
    }

    /**
     * {@return the symbols of a kernel}
     *
     * @param kernel the kernel
     * @throws IOException if they cannot be read
     */
    public static KernelSymbols load(Kernel kernel) throws IOException {
        return of(kernel.readFile(FILE));
    }

    /**
     * {@return the symbols of a text}
     *
     * @param text the content of a {@code /proc/kallsyms}; lines that are none of its are ignored
     */
    public static KernelSymbols of(byte[] text) {
        return new KernelSymbols(text.clone());
    }

    /** {@return how many symbols there are} */
    public int size() {
        return count;
    }

    /**
     * {@return the addresses of all symbols of a name, in the order of the file; mostly one, none
     * if there is no such symbol}
     *
     * @param name the symbol's name
     */
    public long[] addresses(String name) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        long[] found = new long[2];
        int length = 0;
        for (int at = hash(wanted, 0, wanted.length) & table.length - 1;
                table[at] >= 0;
                at = at + 1 & table.length - 1) {
            int line = table[at];
            int start = nameStart(line);
            if (Arrays.equals(text, start, nameEnd(start), wanted, 0, wanted.length)) {
                if (length == found.length) {
                    found = Arrays.copyOf(found, 2 * length);
                }
                found[length++] = address(line);
            }
        }
        return Arrays.copyOf(found, length);
    }

    /**
     * {@return the names of functions whose length is near that of a name}
     *
     * @param difference by how many bytes at most the lengths differ
     * @param name a name
     */
    public Collection<String> functions(int difference, String name) {
        List<String> names = new ArrayList<>();
        for (int line = 0; line < text.length; line = after(line)) {
            int start = nameStart(line);
            if (start > 0) {
                int end = nameEnd(start);
                int type = text[start - 2] | 0x20;
                if ((type == 't' || type == 'w')
                        && Math.abs(end - start - name.length()) <= difference) {
                    names.add(new String(text, start, end - start, StandardCharsets.UTF_8));
                }
            }
        }
        return names;
    }

    private long address(int line) {
        long address = 0;
        for (int i = line; text[i] != ' '; i++) {
            address = address << 4 | Character.digit(text[i], 16);
        }
        return address;
    }

    /** {@return where the name of a line begins; −1 if the line is none of kallsyms} */
    private int nameStart(int line) {
        int i = line;
        while (i < text.length && Character.digit(text[i], 16) >= 0) {
            i++;
        }
        return i > line && i + 3 < text.length && text[i] == ' ' && text[i + 2] == ' ' ? i + 3 : -1;
    }

    private int nameEnd(int start) {
        int i = start;
        while (i < text.length && text[i] != '\n' && text[i] != '\t') {
            i++;
        }
        return i;
    }

    private int after(int line) {
        int i = line;
        while (i < text.length && text[i] != '\n') {
            i++;
        }
        return i + 1;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }
}
