package dev.purebpf.symbol;

import dev.purebpf.elf.Symbol;
import dev.purebpf.elf.SymbolTable;

import java.util.Arrays;
import java.util.Optional;

/** The functions of one table of symbols, by where in the file they begin. */
final class FunctionPlaces {
    /** A place and the index of its symbol are one number, so that numbers alone are sorted. */
    private static final int INDEX_BITS = 24;

    private static final long INDEX = (1L << INDEX_BITS) - 1;

    private final SymbolTable symbols;
    private final long[] places;

    private FunctionPlaces(SymbolTable symbols, long[] places) {
        this.symbols = symbols;
        this.places = places;
    }

    /** Takes the functions of a table in any order. */
    static final class Builder {
        private final SymbolTable symbols;
        private long[] places = new long[64];
        private int count;

        Builder(SymbolTable symbols) {
            this.symbols = symbols;
        }

        boolean isEmpty() {
            return count == 0;
        }

        /** Adds a function; none of a file that is larger than any, or beyond 16 million. */
        void add(long offset, int index) {
            if (offset < 0 || offset > Long.MAX_VALUE >>> INDEX_BITS || index > INDEX) {
                return;
            }
            if (count == places.length) {
                places = Arrays.copyOf(places, 2 * count);
            }
            places[count++] = offset << INDEX_BITS | index;
        }

        FunctionPlaces build() {
            long[] sorted = Arrays.copyOf(places, count);
            Arrays.sort(sorted);
            return new FunctionPlaces(symbols, sorted);
        }
    }

    /**
     * {@return the function that an offset lies in} One that has no size, as some written in
     * assembly, goes on to where the next begins.
     */
    Optional<UserFunction> containing(long offset) {
        if (offset < 0 || offset > Long.MAX_VALUE >>> INDEX_BITS) {
            return Optional.empty();
        }
        int last = Arrays.binarySearch(places, offset << INDEX_BITS | INDEX);
        last = last < 0 ? -last - 2 : last;
        if (last < 0) {
            return Optional.empty();
        }
        long begin = places[last] >>> INDEX_BITS;
        Symbol best = null;
        for (int i = last; i >= 0 && places[i] >>> INDEX_BITS == begin; i--) {
            Symbol symbol = symbols.get((int) (places[i] & INDEX));
            boolean reaches = symbol.size() == 0 || offset - begin < symbol.size();
            if (reaches && (best == null || isBetter(symbol, best))) {
                best = symbol;
            }
        }
        return Optional.ofNullable(best)
                .map(symbol -> new UserFunction(UserSymbols.unversioned(symbol.name()), begin));
    }

    /** Of {@code read}, {@code __read} and {@code __libc_read} people know the first. */
    private static boolean isBetter(Symbol symbol, Symbol other) {
        boolean isLocal = symbol.binding() == Symbol.LOCAL;
        if (isLocal != (other.binding() == Symbol.LOCAL)) {
            return !isLocal;
        }
        // Of what is alike the first of the table, from whose end they come.
        return underscores(symbol.name()) <= underscores(other.name());
    }

    private static int underscores(String name) {
        int count = 0;
        while (count < name.length() && name.charAt(count) == '_') {
            count++;
        }
        return count;
    }
}
