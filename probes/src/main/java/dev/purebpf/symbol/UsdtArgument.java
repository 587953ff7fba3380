package dev.purebpf.symbol;

import dev.purebpf.kernel.Architecture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where one value of a {@link UsdtProbe} is, as the compiler wrote it in the assembler's language:
 * {@code -4@%eax}, {@code 8@-16(%rbp)}, {@code 4@[sp, 12]}, {@code -8@$5}.
 *
 * @param size how many bytes it has: 1, 2, 4 or 8
 * @param isSigned whether it is a signed number
 * @param location where it is
 */
public record UsdtArgument(int size, boolean isSigned, Location location) {

    /** Where a value is. Registers are given by their byte offset in {@code struct pt_regs}. */
    public sealed interface Location {}

    /**
     * It is always the same.
     *
     * @param value the value
     */
    public record Constant(long value) implements Location {}

    /**
     * In a register.
     *
     * @param register which
     */
    public record Register(int register) implements Location {}

    /**
     * In memory, at a register's value and an offset.
     *
     * @param register which
     * @param offset how many bytes from there
     */
    public record Memory(int register, long offset) implements Location {}

    /**
     * In memory, at {@code base + (index << shift) + offset}; x86-64 only.
     *
     * @param base a register
     * @param index another
     * @param shift from 0 to 3
     * @param offset how many bytes from there
     */
    public record Indexed(int base, int index, int shift, long offset) implements Location {}

    private static final Pattern SIZE = Pattern.compile("\\s*+(-?+)(\\d{1,2}+)\\s*+@\\s*+");

    private static final Pattern X86 =
            Pattern.compile(
                    """
                    \\$(?<constant>-?\\d{1,20})\
                    |%(?<register>[a-z0-9]+)\
                    |(?<offset>-?\\d{1,20})?+\\(\\s*+%(?<base>[a-z0-9]+)\\s*+\
                    (?:,\\s*+%(?<index>[a-z0-9]+)\\s*+(?:,\\s*+(?<scale>[1248])\\s*+)?+)?+\\)\
                    """);

    private static final Pattern ARM64 =
            Pattern.compile(
                    """
                    (?<constant>-?\\d{1,20})\
                    |(?<register>[a-z][a-z0-9]*)\
                    |\\[\\s*+(?<base>[a-z][a-z0-9]*)\\s*+(?:,\\s*+(?<offset>-?\\d{1,20})\\s*+)?+]\
                    """);

    /** Offsets in {@code struct pt_regs} by all names that registers have. */
    private static final Map<String, Integer> X86_REGISTERS = x86Registers();

    /**
     * {@return where the values of a probe are}
     *
     * @param arguments what the note says: the values, separated by spaces
     * @param architecture for which it was compiled
     * @throws IllegalArgumentException if one of them is none that the kernel lets programs read
     *     (floating-point numbers, vectors), or that is known
     */
    public static List<UsdtArgument> parse(String arguments, Architecture architecture) {
        var found = new ArrayList<UsdtArgument>();
        Matcher size = SIZE.matcher(arguments);
        Pattern places =
                switch (architecture) {
                    case X86_64 -> X86;
                    case AARCH64 -> ARM64;
                };
        Matcher place = places.matcher(arguments);
        int at = 0;
        while (!arguments.substring(at).isBlank()) {
            int number = found.size() + 1;
            if (!size.region(at, arguments.length()).lookingAt()) {
                throw refused(arguments, number, "does not begin with its size in bytes");
            }
            int bytes = Integer.parseInt(size.group(2));
            if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
                throw refused(arguments, number, "has " + bytes + " bytes, not 1, 2, 4 or 8");
            }
            if (!place.region(size.end(), arguments.length()).lookingAt()) {
                throw refused(arguments, number, "is at a place of unknown form");
            }
            at = place.end();
            if (at < arguments.length() && !Character.isWhitespace(arguments.charAt(at))) {
                throw refused(arguments, number, "is at a place of unknown form");
            }
            boolean isSigned = !size.group(1).isEmpty();
            found.add(
                    new UsdtArgument(
                            bytes, isSigned, location(arguments, number, place, architecture)));
        }
        return List.copyOf(found);
    }

    private static Location location(
            String arguments, int number, Matcher place, Architecture architecture) {
        try {
            if (place.group("constant") != null) {
                return new Constant(Long.parseLong(place.group("constant")));
            }
            if (place.group("register") != null) {
                return new Register(
                        register(arguments, number, place.group("register"), architecture));
            }
            int base = register(arguments, number, place.group("base"), architecture);
            long offset = place.group("offset") == null ? 0 : Long.parseLong(place.group("offset"));
            if (architecture != Architecture.X86_64 || place.group("index") == null) {
                return new Memory(base, offset);
            }
            int scale = place.group("scale") == null ? 1 : Integer.parseInt(place.group("scale"));
            return new Indexed(
                    base,
                    register(arguments, number, place.group("index"), architecture),
                    Integer.numberOfTrailingZeros(scale),
                    offset);
        } catch (NumberFormatException e) {
            throw refused(arguments, number, "has a number of more than 64 bits");
        }
    }

    private static int register(
            String arguments, int number, String name, Architecture architecture) {
        Integer offset =
                switch (architecture) {
                    case X86_64 -> X86_REGISTERS.get(name);
                    case AARCH64 -> arm64Register(name);
                };
        if (offset == null) {
            throw refused(
                    arguments,
                    number,
                    "needs the register " + name + ", which programs do not get");
        }
        return offset;
    }

    /** {@code struct user_pt_regs}: x0 to x30, sp, pc, 8 bytes each. */
    private static Integer arm64Register(String name) {
        if (name.equals("sp")) {
            return 31 * 8;
        }
        for (int index = 0; index < 31; index++) {
            if (name.equals("x" + index)) {
                return index * 8;
            }
        }
        return null;
    }

    private static Map<String, Integer> x86Registers() {
        var registers = new HashMap<String, Integer>();
        // In the order of struct pt_regs, 8 bytes each; in between lies orig_ax.
        String[][] names = {
            {"r15", "r15d", "r15w", "r15b"},
            {"r14", "r14d", "r14w", "r14b"},
            {"r13", "r13d", "r13w", "r13b"},
            {"r12", "r12d", "r12w", "r12b"},
            {"rbp", "ebp", "bp", "bpl"},
            {"rbx", "ebx", "bx", "bl"},
            {"r11", "r11d", "r11w", "r11b"},
            {"r10", "r10d", "r10w", "r10b"},
            {"r9", "r9d", "r9w", "r9b"},
            {"r8", "r8d", "r8w", "r8b"},
            {"rax", "eax", "ax", "al"},
            {"rcx", "ecx", "cx", "cl"},
            {"rdx", "edx", "dx", "dl"},
            {"rsi", "esi", "si", "sil"},
            {"rdi", "edi", "di", "dil"},
            {},
            {"rip", "eip"},
            {},
            {},
            {"rsp", "esp", "sp", "spl"},
        };
        for (int index = 0; index < names.length; index++) {
            for (String name : names[index]) {
                registers.put(name, index * 8);
            }
        }
        return Map.copyOf(registers);
    }

    private static IllegalArgumentException refused(String arguments, int number, String why) {
        return new IllegalArgumentException(
                "argument " + number + " of \"" + arguments + "\" " + why);
    }
}
