package dev.purebpf.link;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
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
 * <p>There are some 200,000 of them, and a program wants a few: the text is kept as it is, with
 * where in it each name begins. Where the kernel hides addresses, all are 0. Immutable.
 */
public final class KernelSymbols {
    /** What clang appends to the names of static variables when it optimises whole programs. */
    private static final byte[] LLVM = ".llvm.".getBytes(StandardCharsets.US_ASCII);

    /** As many names are looked for one by one; whoever wants more gets an index. */
    private static final int FEW = 8;

    /** As long is what precedes the name, as the kernel writes it. */
    private static final int HEAD = 19;

    private static final int NONE = -1;

    // FNV-1a.
    private static final int EMPTY_HASH = 0x811c9dc5;
    private static final int HASH_FACTOR = 0x01000193;

    /** The value of each digit, {@link #NONE} for what is none: Java's own way asks all scripts. */
    private static final byte[] DIGITS = digits();

    private final String origin;
    private final byte[] text;

    /** Where each name begins. */
    private final int[] names;

    /**
     * How many, from the first on, are in the order of their addresses: all of the kernel itself.
     */
    private final int ascending;

    /** How many names were looked for; it does not matter whether threads count well. */
    private int searches;

    /** Made when first needed. */
    private volatile Index index;

    /** Functions by where they begin, of those that are in no order; made when first needed. */
    private volatile Addresses others;

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
     * Symbols by the hashes of their names.
     *
     * @param first the first of each hash
     * @param next for each symbol the next one of its hash
     */
    private record Index(int[] first, int[] next) {
        int slot(int hash) {
            return (hash ^ hash >>> 16) & first.length - 1;
        }
    }

    /**
     * Addresses as {@link #ordered} has them, ascending, and which symbol begins at each; of
     * several of one address the first stands with the first.
     */
    private record Addresses(long[] places, int[] symbols) {}

    private KernelSymbols(String origin, byte[] text, int[] names, int ascending) {
        this.origin = origin;
        this.text = text;
        this.names = names;
        this.ascending = ascending;
    }

    private static byte[] digits() {
        byte[] digits = new byte[256];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) (i < 128 ? Character.digit(i, 16) : NONE);
        }
        return digits;
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
        Lines lines = new Lines(origin, text);
        for (int from = 0; from < text.length; ) {
            from = lines.take(from);
        }
        return new KernelSymbols(
                origin, text, Arrays.copyOf(lines.names, lines.count), lines.ascending);
    }

    /** What is found out about the lines, each in a call: Java compiles what it calls often. */
    private static final class Lines {
        private final String origin;
        private final byte[] text;
        private int[] names;
        private int count;
        private int ascending;
        private long address;
        private long last = Long.MIN_VALUE;

        Lines(String origin, byte[] text) {
            this.origin = origin;
            this.text = text;
            this.names = new int[Math.max(16, text.length / 40)];
        }

        /** {@return where the next line begins, after this one has been looked at} */
        int take(int from) {
            int name = isPlain(from) ? from + HEAD : NONE;
            int end = name == NONE ? from : name;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            if (name == NONE) {
                name = unusual(from, end);
            }
            if (name != NONE) {
                add(name);
            }
            return end + 1;
        }

        private void add(int name) {
            if (count == names.length) {
                names = Arrays.copyOf(names, 2 * count);
            }
            names[count] = name;
            if (ascending == count && ordered(address) >= last) {
                ascending++;
                last = ordered(address);
            }
            count++;
        }

        /** {@return whether a line is as the kernel writes them: 16 digits, a letter, a name} */
        private boolean isPlain(int from) {
            if (text.length - from <= HEAD
                    || text[from + 16] != ' '
                    || text[from + 17] <= ' '
                    || text[from + 18] != ' '
                    || text[from + 19] <= ' ') {
                return false;
            }
            int all = 0;
            long number = 0;
            for (int i = from; i < from + 16; i++) {
                int digit = DIGITS[text[i] & 0xff];
                all |= digit;
                number = number << 4 | digit;
            }
            address = number;
            return all >= 0;
        }

        /**
         * {@return where the name begins in a line of another form; {@link #NONE} if it is blank}
         */
        private int unusual(int from, int end) {
            int at = from;
            while (at < end && DIGITS[text[at] & 0xff] >= 0) {
                at++;
            }
            int letter = skipSpace(at, end);
            if (letter == end && at == from) {
                return NONE;
            }
            int name = skipSpace(Math.min(letter + 1, end), end);
            if (at == from || at - from > 16 || letter == at || name <= letter + 1 || name >= end) {
                throw new MalformedObjectException(
                        origin,
                        null,
                        from,
                        "a line is not ADDRESS TYPE NAME; it should be a copy of /proc/kallsyms");
            }
            address = address(text, from);
            return name;
        }

        private int skipSpace(int from, int end) {
            int at = from;
            while (at < end && isSpace(text[at])) {
                at++;
            }
            return at;
        }
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || character == '\t' || character == '\r';
    }

    /** {@return the number of the digits at a place} */
    private static long address(byte[] text, int from) {
        long address = 0;
        for (int at = from; DIGITS[text[at] & 0xff] >= 0; at++) {
            address = address << 4 | DIGITS[text[at] & 0xff];
        }
        return address;
    }

    private long address(int symbol) {
        int at = letter(symbol) - 1;
        while (isSpace(text[at])) {
            at--;
        }
        while (at > 0 && DIGITS[text[at - 1] & 0xff] >= 0) {
            at--;
        }
        return address(text, at);
    }

    private int letter(int symbol) {
        int at = names[symbol] - 1;
        while (isSpace(text[at])) {
            at--;
        }
        return at;
    }

    private int nameEnd(int symbol) {
        int at = names[symbol];
        // Letters, digits and _, of which names are made, are all behind the point and end none.
        while (at < text.length && text[at] > '.' || !isNameEnd(symbol, at)) {
            at++;
        }
        return at;
    }

    private boolean isNameEnd(int symbol, int at) {
        if (at == text.length) {
            return true;
        }
        byte character = text[at];
        return character == '.'
                ? startsWith(at, LLVM) && text[letter(symbol)] == 'd'
                : character <= ' ' && (character == '\n' || isSpace(character));
    }

    private boolean startsWith(int at, byte[] prefix) {
        return text.length - at >= prefix.length
                && Arrays.equals(text, at, at + prefix.length, prefix, 0, prefix.length);
    }

    private boolean isFunction(int symbol) {
        int type = text[letter(symbol)] | 0x20;
        return type == 't' || type == 'w';
    }

    /**
     * {@return the function that an instruction belongs to: the one that begins last before it, as
     * the list has no sizes; empty if none does, or if the kernel hides addresses} The first call
     * sorts those of modules.
     *
     * @param address the instruction's address
     */
    public Optional<Function> containing(long address) {
        Addresses rest = others;
        if (rest == null) {
            rest = sorted();
            others = rest;
        }
        long wanted = ordered(address);
        int place = lastUpTo(rest.places(), wanted);
        int found = place == NONE ? NONE : rest.symbols()[place];
        int symbol = lastUpTo(wanted);
        long before = place == NONE ? Long.MIN_VALUE : rest.places()[place];
        // Modules are behind the kernel itself: of what is there, no symbol of its own is looked
        // at.
        if (symbol != NONE && address(symbol) != 0 && ordered(address(symbol)) >= before) {
            int own = firstOf(function(symbol));
            if (own != NONE && ordered(address(own)) >= before) {
                found = own;
            }
        }
        return found == NONE || address(found) == 0
                ? Optional.empty()
                : Optional.of(described(found));
    }

    /**
     * {@return whether an address is between the first and the last symbol of the kernel itself, so
     * that what is there stays: not where modules, trampolines and BPF programs come and go} If the
     * kernel hides addresses, none is.
     *
     * @param address the address
     */
    public boolean isOfKernelItself(long address) {
        int last = ascending - 1;
        // The first symbols of modules may be in order, too.
        while (last >= 0 && !module(nameEnd(last)).isEmpty()) {
            last--;
        }
        return last >= 0
                && ordered(address) >= ordered(address(0))
                && ordered(address) < ordered(address(last));
    }

    private Function described(int symbol) {
        int end = nameEnd(symbol);
        return new Function(text(names[symbol], end), address(symbol), module(end));
    }

    /** {@return what follows a name in brackets: its module; nothing for the kernel's own} */
    private String module(int nameEnd) {
        int lineEnd = nameEnd;
        while (lineEnd < text.length && text[lineEnd] != '\n') {
            lineEnd++;
        }
        String rest = text(nameEnd, lineEnd).strip();
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

    /** {@return the last of the kernel's symbols that is not behind a place} */
    private int lastUpTo(long wanted) {
        int low = 0;
        int high = ascending;
        while (low < high) {
            int middle = low + high >>> 1;
            if (ordered(address(middle)) <= wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** {@return the last function up to a symbol, or {@link #NONE}} */
    private int function(int symbol) {
        int at = symbol;
        while (at >= 0 && !isFunction(at)) {
            at--;
        }
        return at;
    }

    /** {@return the first function of the same address} */
    private int firstOf(int function) {
        int first = function;
        for (int at = function - 1; at >= 0 && address(at) == address(function); at--) {
            if (isFunction(at)) {
                first = at;
            }
        }
        return first;
    }

    /** The addresses alone are sorted, most being so already; then each symbol finds its place. */
    private Addresses sorted() {
        long[] found = new long[names.length - ascending];
        int count = 0;
        for (int symbol = ascending; symbol < names.length; symbol++) {
            if (isFunction(symbol)) {
                found[count++] = ordered(address(symbol));
            }
        }
        long[] places = Arrays.copyOf(found, count);
        Arrays.sort(places);
        int[] symbols = new int[count];
        for (int symbol = names.length - 1; symbol >= ascending; symbol--) {
            if (isFunction(symbol)) {
                symbols[lowerBound(places, found[--count])] = symbol;
            }
        }
        return new Addresses(places, symbols);
    }

    /** {@return the index of the last that is not greater, of equal ones the first} */
    private static int lastUpTo(long[] sorted, long wanted) {
        int at = lowerBound(sorted, wanted);
        if (at < sorted.length && sorted[at] == wanted) {
            return at;
        }
        return at == 0 ? NONE : lowerBound(sorted, sorted[at - 1]);
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

    private int hash(int symbol) {
        int hash = EMPTY_HASH;
        for (int at = names[symbol]; !isNameEnd(symbol, at); at++) {
            hash = (hash ^ text[at]) * HASH_FACTOR;
        }
        return hash;
    }

    private static int hash(byte[] name) {
        int hash = EMPTY_HASH;
        for (byte character : name) {
            hash = (hash ^ character) * HASH_FACTOR;
        }
        return hash;
    }

    private Index indexed() {
        int[] next = new int[names.length];
        int[] first = new int[Math.max(Integer.highestOneBit(names.length) * 2, 2)];
        Arrays.fill(first, NONE);
        Index made = new Index(first, next);
        // From the end, so that chains are in the order of the text.
        for (int symbol = names.length - 1; symbol >= 0; symbol--) {
            int slot = made.slot(hash(symbol));
            next[symbol] = first[slot];
            first[slot] = symbol;
        }
        return made;
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
        Index all = index;
        if (all == null && searches++ >= FEW) {
            all = indexed();
            index = all;
        }
        int symbol = all == null ? next(0, wanted) : all.first()[all.slot(hash(wanted))];
        while (symbol != NONE) {
            if (all == null || isNamed(symbol, wanted)) {
                if (module == null || module(nameEnd(symbol)).equals(module)) {
                    found.add(address(symbol));
                }
            }
            symbol = all == null ? next(symbol + 1, wanted) : all.next()[symbol];
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    /** {@return the next symbol of a name} */
    private int next(int from, byte[] wanted) {
        for (int symbol = from; symbol < names.length; symbol++) {
            if (isNamed(symbol, wanted)) {
                return symbol;
            }
        }
        return NONE;
    }

    private boolean isNamed(int symbol, byte[] wanted) {
        int at = names[symbol];
        // Most names differ in their first byte.
        return (wanted.length == 0 || text[at] == wanted[0])
                && startsWith(at, wanted)
                && nameEnd(symbol) == at + wanted.length;
    }

    /**
     * Adds the names of all functions to what may be near to another name.
     *
     * @param near what collects them
     */
    public void addFunctions(NearestNames near) {
        for (int symbol = 0; symbol < names.length; symbol++) {
            addIfFunction(symbol, near);
        }
    }

    private void addIfFunction(int symbol, NearestNames near) {
        if (isFunction(symbol)) {
            near.add(text, names[symbol], nameEnd(symbol));
        }
    }

    /** {@return whether all addresses are 0, because the kernel hid them from who read the list} */
    public boolean areHidden() {
        // Of variables of each processor they are 0 anyway; those come first.
        return names.length > 0 && address(names.length - 1) == 0;
    }

    /** {@return the file's name for messages} */
    public String origin() {
        return origin;
    }

    /** {@return how many symbols there are} */
    public int count() {
        return names.length;
    }

    @Override
    public String toString() {
        return "KernelSymbols[" + origin + ", " + count() + " symbols]";
    }
}
