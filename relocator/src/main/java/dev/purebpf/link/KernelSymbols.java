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

    private KernelSymbols(String origin, byte[] text, int[] lines) {
        this.origin = origin;
        this.text = text;
        this.lines = lines;
        this.next = new int[lines.length];
        this.first = new int[Math.max(Integer.highestOneBit(lines.length) * 2, 2)];
        Arrays.fill(first, NONE);
        // From the end, so that chains are in the order of the text.
        for (int i = lines.length - 1; i >= 0; i--) {
            int letter = letter(lines[i]);
            int name = nameStart(letter);
            int slot = slot(hash(text, name, nameEnd(letter, name)));
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
        int count = 0;
        int end;
        for (int from = 0; from < text.length; from = end + 1) {
            end = lineEnd(text, from);
            if (isBlank(text, from, end)) {
                continue;
            }
            if (!isSymbol(text, from, end)) {
                throw new MalformedObjectException(
                        origin,
                        null,
                        from,
                        "a line is not ADDRESS TYPE NAME; it should be a copy of /proc/kallsyms");
            }
            if (count == lines.length) {
                lines = Arrays.copyOf(lines, 2 * count);
            }
            lines[count++] = from;
        }
        return new KernelSymbols(origin, text, Arrays.copyOf(lines, count));
    }

    private static int lineEnd(byte[] text, int from) {
        int end = from;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        return end;
    }

    private static boolean isBlank(byte[] text, int from, int end) {
        for (int i = from; i < end; i++) {
            if (!isSpace(text[i])) {
                return false;
            }
        }
        return true;
    }

    /** An address of at most 16 digits at the beginning of the line, one letter, a name. */
    private static boolean isSymbol(byte[] text, int from, int end) {
        int at = from;
        while (at < end && isHexDigit(text[at])) {
            at++;
        }
        if (at == from || at - from > 16) {
            return false;
        }
        int letter = skipSpace(text, at, end);
        int name = skipSpace(text, letter + 1, end);
        return letter > at && letter < end && name > letter + 1 && name < end;
    }

    /** Java's own way asks for the digits of all scripts: half of the time of reading the list. */
    private static boolean isHexDigit(byte character) {
        return character >= '0' && character <= '9'
                || character >= 'a' && character <= 'f'
                || character >= 'A' && character <= 'F';
    }

    private static int skipSpace(byte[] text, int from, int end) {
        int at = from;
        while (at < end && isSpace(text[at])) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || character == '\t' || character == '\r';
    }

    private int letter(int line) {
        int at = line;
        while (!isSpace(text[at])) {
            at++;
        }
        return skipSpace(text, at, text.length);
    }

    private int nameStart(int letter) {
        return skipSpace(text, letter + 1, text.length);
    }

    private int nameEnd(int letter, int name) {
        boolean data = text[letter] == 'd';
        int at = name;
        while (at < text.length && !isSpace(text[at]) && text[at] != '\n') {
            if (data && startsWith(at, LLVM)) {
                break;
            }
            at++;
        }
        return at;
    }

    private boolean startsWith(int at, byte[] prefix) {
        return text.length - at >= prefix.length
                && Arrays.equals(text, at, at + prefix.length, prefix, 0, prefix.length);
    }

    private long address(int line) {
        long address = 0;
        for (int at = line; !isSpace(text[at]); at++) {
            address = address << 4 | Character.digit(text[at], 16);
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
        long[] found = new long[lines.length];
        int count = 0;
        for (int line : lines) {
            if (isFunction(line)) {
                found[count++] = ordered(address(line));
            }
        }
        long[] places = Arrays.copyOf(found, count);
        Arrays.sort(places);
        int[] linesOf = new int[count];
        int at = count;
        for (int i = lines.length - 1; i >= 0; i--) {
            if (isFunction(lines[i])) {
                long place = found[--count];
                // Nearly always it comes right before the last one.
                at--;
                if (at < 0 || places[at] != place || at > 0 && places[at - 1] == place) {
                    at = lowerBound(places, place);
                }
                linesOf[at] = lines[i];
            }
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

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0x811c9dc5;
        for (int i = from; i < to; i++) {
            hash = (hash ^ bytes[i]) * 0x01000193;
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
        int slot = slot(hash(wanted, 0, wanted.length));
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
