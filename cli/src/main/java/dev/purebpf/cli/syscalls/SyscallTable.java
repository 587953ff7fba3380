package dev.purebpf.cli.syscalls;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The system calls of one architecture by number, from the resource {@code syscalls.tsv}.
 *
 * <p>Of the table only the numbers are read at once; a call's line is taken apart when the call is
 * first seen. Not thread-safe.
 */
final class SyscallTable {

    /** Numbers below this may have a string captured: {@code TABLE_SIZE} of the C program. */
    static final int SIZE = 512;

    /** The number of strings captured of one call: {@code STRINGS} of the C program. */
    static final int STRINGS = 2;

    /** Set in the number of a call by the x32 convention of x86-64. */
    private static final int X32_BIT = 0x4000_0000;

    private static final Syscall UNKNOWN = Syscall.of("syscall_other", false, "-", "?");

    private static final int STRINGS_COLUMN = 4;
    private static final int PARAMETERS_COLUMN = 5;

    private final byte[] table;
    private final Abi native64;
    private final Abi compat32;
    private final Map<Long, Syscall> others = new HashMap<>();

    /** The calls of one way to enter the kernel. */
    private static final class Abi {
        final boolean compat;
        final int[] lines = new int[SIZE];
        final Syscall[] calls = new Syscall[SIZE];

        Abi(boolean compat) {
            this.compat = compat;
        }
    }

    private SyscallTable(byte[] table, int column, int compatColumn) {
        this.table = table;
        this.native64 = new Abi(false);
        this.compat32 = new Abi(true);
        int line = 0;
        while (line < table.length) {
            if (table[line] != '#') {
                index(native64, line, column);
                index(compat32, line, compatColumn);
            }
            line = end(line) + 1;
        }
    }

    /**
     * {@return the table of an architecture}
     *
     * @param architecture {@code x86_64} or {@code aarch64}, as {@code uname -m} says
     */
    static SyscallTable of(String architecture) {
        try (InputStream in = SyscallTable.class.getResourceAsStream("syscalls.tsv")) {
            byte[] table = in.readAllBytes();
            return architecture.equals("aarch64")
                    ? new SyscallTable(table, 3, -1)
                    : new SyscallTable(table, 1, 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * {@return the call of that number; one named after its number if the table does not know it}
     *
     * @param number as the kernel has it
     * @param compat whether it is a 32-bit call
     */
    Syscall get(int number, boolean compat) {
        Abi abi = compat ? compat32 : native64;
        int index = number & ~X32_BIT;
        if (index >= 0 && index < SIZE) {
            Syscall known = abi.calls[index];
            if (known != null) {
                return known;
            }
            if (abi.lines[index] != 0) {
                return abi.calls[index] = parse(abi.lines[index] - 1, compat);
            }
        }
        Long key = number * 2L + (compat ? 1 : 0);
        Syscall unknown = others.get(key);
        if (unknown == null) {
            // A task may call any number it likes: do not remember them all.
            if (others.size() == SIZE) {
                return UNKNOWN;
            }
            unknown = Syscall.of("syscall_" + number, compat, "-", "?");
            others.put(key, unknown);
        }
        return unknown;
    }

    /**
     * {@return which arguments of which call are strings, as the C program's {@code string_args}
     * and {@code compat_string_args} want it: for each number 1 + the index of the first in the low
     * four bits, of the second in the high four}
     */
    byte[] stringArguments(boolean compat) {
        Abi abi = compat ? compat32 : native64;
        byte[] result = new byte[SIZE];
        for (int number = 0; number < SIZE; number++) {
            if (abi.lines[number] != 0) {
                int at = column(abi.lines[number] - 1, STRINGS_COLUMN);
                int first = digit(at);
                int second = first == 0 ? 0 : digit(at + 1);
                result[number] = (byte) (first | second << 4);
            }
        }
        return result;
    }

    private int digit(int at) {
        return table[at] >= '1' && table[at] <= '6' ? table[at] - '0' : 0;
    }

    private void index(Abi abi, int line, int column) {
        if (column < 0) {
            return;
        }
        int at = column(line, column);
        if (table[at] == '-') {
            return;
        }
        int number = 0;
        for (; table[at] != '\t'; at++) {
            number = number * 10 + table[at] - '0';
        }
        if (number < SIZE) {
            abi.lines[number] = line + 1;
        }
    }

    private Syscall parse(int line, boolean compat) {
        return Syscall.of(
                text(line, 0), compat, text(line, STRINGS_COLUMN), text(line, PARAMETERS_COLUMN));
    }

    private String text(int line, int column) {
        int from = column(line, column);
        int to = from;
        while (table[to] != '\t' && table[to] != '\n') {
            to++;
        }
        return new String(table, from, to - from, StandardCharsets.US_ASCII);
    }

    private int column(int line, int column) {
        int at = line;
        for (int i = 0; i < column; i++) {
            while (table[at++] != '\t') {}
        }
        return at;
    }

    private int end(int line) {
        int at = line;
        while (at < table.length && table[at] != '\n') {
            at++;
        }
        return at;
    }
}
