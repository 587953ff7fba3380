package dev.purebpf.link;

import dev.purebpf.error.MalformedObjectException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The addresses of a kernel's functions and variables, as {@code /proc/kallsyms} lists them.
 *
 * <pre>{@code
 * ffffffff81000000 T _text
 * ffffffff82a1f3c0 d watchdog_cpumask.llvm.1234
 * ffffffffc0551000 t nf_hook_entry     [nf_conntrack]
 * }</pre>
 *
 * <p>There are some 200,000 of them, and a program wants a few: the text is kept as it is, with an
 * index of its lines by name. Where the kernel hides addresses, all are 0. Immutable.
 */
public final class KernelSymbols {
    /** What clang appends to the names of static variables when it optimises whole programs. */
    private static final byte[] LLVM = ".llvm.".getBytes(StandardCharsets.US_ASCII);

    private static final int NONE = -1;

    // What each byte of the list is: a hexadecimal digit, by its value, or one of these.
    private static final byte SPACE = 0x10;
    private static final byte LINE_END = 0x20;
    private static final byte OTHER = 0x40;
    private static final byte[] CLASSES = classes();

    // FNV-1a.
    private static final int EMPTY_HASH = 0x811c9dc5;
    private static final int HASH_FACTOR = 0x01000193;

    private final String origin;
    private final byte[] text;

    /** The offset of each line that names a symbol. */
    private final int[] lines;

    /** The first line of each hash of a name, as an index of {@link #lines}. */
    private final int[] first;

    /** The next line of the same hash. */
    private final int[] next;

    /** Functions by where they begin; made when first needed. */
    private volatile Addresses addresses;

    /**
     * A function of the kernel.
     *
     * @param name its name
     * @param address the address of its first instruction
     * @param module the module that it is of, {@code bpf} for eBPF programs; empty for the kernel's
     *     own
     */
    public record Function(String name, long address, String module) {}

    /**
     * Addresses as {@link #ordered} has them, ascending, and the line of each; of several lines of
     * one address the first stands with the first.
     */
    private record Addresses(long[] places, int[] lines) {}

    private KernelSymbols(String origin, byte[] text, int[] lines, int[] hashes) {
        this.origin = origin;
        this.text = text;
        this.lines = lines;
        this.next = new int[lines.length];
        this.first = new int[Math.max(Integer.highestOneBit(lines.length) * 2, 2)];
        Arrays.fill(first, NONE);
        // From the end, so that chains are in the order of the text.
        for (int i = lines.length - 1; i >= 0; i--) {
            int slot = slot(hashes[i]);
            next[i] = first[slot];
            first[slot] = i;
        }
    }

    /**
     * Reads a list of symbols.
     *
     * @param origin the file's name for messages
     * @param text the content of {@code /proc/kallsyms}; not copied and not to be written any more
     * @return the symbols
     * @throws MalformedObjectException if a line is not an address, a letter and a name
     */
    public static KernelSymbols parse(String origin, byte[] text) {
        int[] lines = new int[Math.max(16, text.length / 40)];
        int[] hashes = new int[lines.length];
        int count = 0;
        // Each byte is looked at once, without calls: most of this is done while Java interprets.
        for (int from = 0, at; from < text.length; from = at + 1) {
            at = from;
            while (at < text.length && CLASSES[text[at] & 0xff] < SPACE) {
                at++;
            }
            int digits = at - from;
            int letter = skipSpace(text, at);
            if (digits == 0 && isEnd(text, letter)) {
                at = letter;
                continue;
            }
            int name = isEnd(text, letter) ? letter : skipSpace(text, letter + 1);
            if (digits == 0
                    || digits > 16
                    || letter == at
                    || isEnd(text, letter)
                    || name == letter + 1
                    || isEnd(text, name)) {
                throw new MalformedObjectException(
                        origin,
                        null,
                        from,
                        "a line is not ADDRESS TYPE NAME; it should be a copy of /proc/kallsyms");
            }
            boolean data = text[letter] == 'd';
            int hash = EMPTY_HASH;
            at = name;
            while (at < text.length && (CLASSES[text[at] & 0xff] & (SPACE | LINE_END)) == 0) {
                if (data && text[at] == '.' && startsWith(text, at, LLVM)) {
                    break;
                }
                hash = (hash ^ text[at]) * HASH_FACTOR;
                at++;
            }
            while (at < text.length && text[at] != '\n') {
                at++;
            }
            if (count == lines.length) {
                lines = Arrays.copyOf(lines, 2 * count);
                hashes = Arrays.copyOf(hashes, 2 * count);
            }
            hashes[count] = hash;
            lines[count++] = from;
        }
        return new KernelSymbols(origin, text, Arrays.copyOf(lines, count), hashes);
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int character = 0; character < classes.length; character++) {
            int digit = character < 0x80 ? Character.digit(character, 16) : -1;
            classes[character] = digit < 0 ? OTHER : (byte) digit;
        }
        classes[' '] = SPACE;
        classes['\t'] = SPACE;
        classes['\r'] = SPACE;
        classes['\n'] = LINE_END;
        return classes;
    }

    private static boolean isEnd(byte[] text, int at) {
        return at == text.length || text[at] == '\n';
    }

    private static int lineEnd(byte[] text, int from) {
        int end = from;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        return end;
    }

    private static int skipSpace(byte[] text, int from) {
        int at = from;
        while (at < text.length && CLASSES[text[at] & 0xff] == SPACE) {
            at++;
        }
        return at;
    }

    private int letter(int line) {
        int at = line;
        while (CLASSES[text[at] & 0xff] < SPACE) {
            at++;
        }
        return skipSpace(text, at);
    }

    private int nameStart(int letter) {
        return skipSpace(text, letter + 1);
    }

    private int nameEnd(int letter, int name) {
        boolean data = text[letter] == 'd';
        int at = name;
        while (at < text.length && (CLASSES[text[at] & 0xff] & (SPACE | LINE_END)) == 0) {
            if (data && startsWith(text, at, LLVM)) {
                break;
            }
            at++;
        }
        return at;
    }

    private static boolean startsWith(byte[] text, int at, byte[] prefix) {
        return text.length - at >= prefix.length
                && Arrays.equals(text, at, at + prefix.length, prefix, 0, prefix.length);
    }

    private long address(int line) {
        long address = 0;
        for (int at = line, digit; (digit = CLASSES[text[at] & 0xff]) < SPACE; at++) {
            address = address << 4 | digit;
        }
        return address;
    }

    private boolean isFunction(int line) {
        int type = text[letter(line)] | 0x20;
        return type == 't' || type == 'w';
    }

    /**
     * {@return the function that an instruction belongs to: the one that begins last before it, as
     * the list has no sizes; empty if none does, or if the kernel hides addresses} The first call
     * sorts them.
     *
     * @param address the instruction's address
     */
    public Optional<Function> containing(long address) {
        Addresses all = addresses;
        if (all == null) {
            all = sorted();
            addresses = all;
        }
        long[] places = all.places();
        long wanted = ordered(address);
        int at = lowerBound(places, wanted);
        if (at == places.length || places[at] != wanted) {
            if (at == 0) {
                return Optional.empty();
            }
            at = lowerBound(places, places[at - 1]);
        }
        long found = ordered(places[at]);
        return found == 0 ? Optional.empty() : Optional.of(function(all.lines()[at], found));
    }

    private Function function(int line, long address) {
        int letter = letter(line);
        int name = nameStart(letter);
        int end = nameEnd(letter, name);
        return new Function(text(name, end), address, module(end));
    }

    /** {@return what follows a name in brackets: its module; nothing for the kernel's own} */
    private String module(int nameEnd) {
        String rest = text(nameEnd, lineEnd(text, nameEnd)).strip();
        int open = rest.lastIndexOf('[');
        return open >= 0 && rest.endsWith("]") ? rest.substring(open + 1, rest.length() - 1) : "";
    }

    private String text(int from, int to) {
        return new String(text, from, to - from, StandardCharsets.UTF_8);
    }

    /** {@return an address so that the greater one is the greater number, or back} */
    private static long ordered(long address) {
        return address ^ Long.MIN_VALUE;
    }

    /** The addresses alone are sorted, most being so already; then each line finds its place. */
    private Addresses sorted() {
        int[] functions = new int[lines.length];
        int count = 0;
        for (int line : lines) {
            if (isFunction(line)) {
                functions[count++] = line;
            }
        }
        long[] found = new long[count];
        for (int i = 0; i < count; i++) {
            found[i] = ordered(address(functions[i]));
        }
        long[] places = found.clone();
        Arrays.sort(places);
        int[] linesOf = new int[count];
        int at = count;
        for (int i = count - 1; i >= 0; i--) {
            long place = found[i];
            // Nearly always it comes right before the last one.
            at--;
            if (at < 0 || places[at] != place || at > 0 && places[at - 1] == place) {
                at = lowerBound(places, place);
            }
            linesOf[at] = functions[i];
        }
        return new Addresses(places, linesOf);
    }

    /** {@return the index of the first that is not smaller} */
    private static int lowerBound(long[] sorted, long wanted) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (sorted[middle] < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int hash(byte[] name) {
        int hash = EMPTY_HASH;
        for (byte character : name) {
            hash = (hash ^ character) * HASH_FACTOR;
        }
        return hash;
    }

    private int slot(int hash) {
        return (hash ^ hash >>> 16) & first.length - 1;
    }

    /**
     * {@return the different addresses of symbols of a name, in the order of the list: none when
     * there is no such symbol, several when the name alone does not tell which is meant}
     *
     * @param name the name; of a variable whose name clang has made unique, without what begins
     *     with {@code .llvm.}
     */
    public long[] addresses(String name) {
        return addresses(name, null);
    }

    /**
     * {@return the different addresses of symbols of a name that the kernel itself has, or a
     * certain module}
     *
     * @param name the name, as above
     * @param module the module; empty for the kernel itself
     */
    public long[] addressesIn(String module, String name) {
        return addresses(name, Objects.requireNonNull(module));
    }

    private long[] addresses(String name, String module) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        Set<Long> found = new LinkedHashSet<>();
        int slot = slot(hash(wanted));
        for (int i = first[slot]; i != NONE; i = next[i]) {
            int letter = letter(lines[i]);
            int start = nameStart(letter);
            int end = nameEnd(letter, start);
            if (Arrays.equals(text, start, end, wanted, 0, wanted.length)
                    && (module == null || module(end).equals(module))) {
                found.add(address(lines[i]));
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * {@return the names of functions whose length is near that of a name, for suggestions}
     *
     * @param difference by how many bytes at most the lengths differ
     * @param name a name
     */
    public List<String> functions(int difference, String name) {
        List<String> names = new ArrayList<>();
        for (int line : lines) {
            int letter = letter(line);
            int start = nameStart(letter);
            int end = nameEnd(letter, start);
            if (isFunction(line) && Math.abs(end - start - name.length()) <= difference) {
                names.add(new String(text, start, end - start, StandardCharsets.UTF_8));
            }
        }
        return names;
    }

    /** {@return whether all addresses are 0, because the kernel hid them from who read the list} */
    public boolean areHidden() {
        // Of variables of each processor they are 0 anyway; those come first.
        return lines.length > 0 && address(lines[lines.length - 1]) == 0;
    }

    /** {@return the file's name for messages} */
    public String origin() {
        return origin;
    }

    /** {@return how many symbols there are} */
    public int count() {
        return lines.length;
    }

    @Override
    public String toString() {
        return "KernelSymbols[" + origin + ", " + count() + " symbols]";
    }
}
