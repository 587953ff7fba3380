package dev.purebpf.go;

import dev.purebpf.dwarf.AddressRange;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Location;
import dev.purebpf.elf.ElfFile;

import java.util.List;

/**
 * What a compiler tells debuggers about where parameters are when a function begins. It says so
 * only of what the function uses; but where it does, computed places have to be the same, or the
 * signature that they were computed from lacks something.
 */
public final class EntryPlaces {
    /** Operations of expressions: {@code DW_OP_…} (DWARF 5, section 7.7.1). */
    private static final int REG0 = 0x50;

    private static final int REG31 = 0x6f;
    private static final int REGX = 0x90;
    private static final int FBREG = 0x91;
    private static final int CALL_FRAME_CFA = 0x9c;

    /** The numbers that DWARF has for x86-64's registers, in the order in which Go assigns them. */
    private static final int[] AMD64_INTEGERS = {0, 3, 2, 5, 4, 8, 9, 10, 11};

    /** What Go calls parameters and results without names: {@code ~p0}, {@code ~r1}. */
    private static final String UNNAMED = "~";

    /** What names begin with of parameters that the compiler added: {@code .dict}. */
    private static final String ADDED = ".";

    private static final int AMD64_FLOATS = 17;
    private static final int ARM64_FLOATS = 64;

    private EntryPlaces() {}

    /**
     * {@return the name of the first parameter that the compiler says is elsewhere than computed;
     * null if there is none}
     *
     * @param call the computed places
     * @param function the function's entry that the signature was read of
     * @param machine {@link ElfFile#machine()}
     * @throws dev.purebpf.error.MalformedObjectException if the locations are damaged
     */
    public static String contradiction(GoCall call, Die function, int machine) {
        List<AddressRange> code = function.ranges();
        if (code.isEmpty()) {
            return null;
        }
        int index = 0;
        for (Die child : function.children()) {
            if (child.tag() != DwarfTag.FORMAL_PARAMETER
                    || GoSignature.isResult(child)
                    || index == call.parameters().size()) {
                continue;
            }
            GoCall.Part first = call.parameters().get(index++).getFirst();
            String name = child.name().orElse("_");
            // Without a name it has its slot on the stack for a place, wherever it comes in.
            if (first.size() == 0 || name.startsWith(UNNAMED) || name.startsWith(ADDED)) {
                continue;
            }
            for (Location location : child.locations()) {
                boolean atEntry =
                        location.range() == null
                                || location.range().contains(code.getFirst().start());
                if (atEntry && !agree(first, location.expression(), machine)) {
                    return name;
                }
            }
        }
        return null;
    }

    /** {@return whether an expression begins with a place; or with none, as of what is not used} */
    private static boolean agree(GoCall.Part part, byte[] expression, int machine) {
        int operation = expression.length == 0 ? 0 : expression[0] & 0xff;
        boolean amd64 = machine == ElfFile.MACHINE_X86_64;
        if (operation >= REG0 && operation <= REG31) {
            return agree(part, operation - REG0, amd64);
        }
        return switch (operation) {
            case REGX -> agree(part, leb(expression, false), amd64);
            case CALL_FRAME_CFA -> isOnStack(part, 0, amd64);
            case FBREG -> isOnStack(part, leb(expression, true), amd64);
            default -> true;
        };
    }

    /**
     * Behind a parameter that is missing, others are later than computed. One that is said to be
     * where an earlier one is, is not: of {@code if b == nil { b = a }} the compiler says that both
     * come in the same register.
     */
    private static boolean agree(GoCall.Part part, long register, boolean amd64) {
        if (register == register(part, amd64)) {
            return true;
        }
        for (long number = 0;
                part.place() != GoCall.Place.STACK && number < part.number();
                number++) {
            if (register == register(part.place(), number, amd64)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOnStack(GoCall.Part part, long offset, boolean amd64) {
        // On x86-64 the frame begins behind the address to return to, on aarch64 before it. Of a
        // string of which only the length is used, old compilers name the place of the length.
        long into = offset + (amd64 ? GoAbi.STACK_OFFSET : 0) - part.number();
        return part.place() == GoCall.Place.STACK && into >= 0 && into < part.size();
    }

    /** {@return the number that DWARF has for a register, −1 for what is on the stack} */
    private static long register(GoCall.Part part, boolean amd64) {
        return register(part.place(), part.number(), amd64);
    }

    private static long register(GoCall.Place place, long number, boolean amd64) {
        return switch (place) {
            case INTEGER -> amd64 ? AMD64_INTEGERS[(int) number] : number;
            case FLOAT -> number + (amd64 ? AMD64_FLOATS : ARM64_FLOATS);
            case STACK -> -1;
        };
    }

    /** {@return the number behind the first operation; of a longer one the lowest 64 bits} */
    private static long leb(byte[] expression, boolean signed) {
        long value = 0;
        int shift = 0;
        for (int i = 1; i < expression.length && shift < Long.SIZE; i++) {
            value |= (expression[i] & 0x7fL) << shift;
            shift += 7;
            if (expression[i] >= 0) {
                boolean negative = signed && shift < Long.SIZE && (expression[i] & 0x40) != 0;
                return negative ? value | -1L << shift : value;
            }
        }
        return value;
    }
}
