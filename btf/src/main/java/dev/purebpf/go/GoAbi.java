package dev.purebpf.go;

import dev.purebpf.elf.ElfFile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How Go's compiler hands values to functions and back.
 *
 * <p>Since Go 1.17, on aarch64 since 1.18, in registers: the parts of a value each take the next
 * one, integers and floating point numbers of two rows. A value has all of its parts in registers
 * or none: if too few are left, or if it has an array of more than one element, all of it goes to
 * the stack, and the next value tries the same registers. Results have the registers from the first
 * on, and their part of the stack follows that of the parameters; then comes room for the function
 * to keep the parameters in that came in registers. Before that, and in functions written in
 * assembly, everything is on the stack, one value after the other.
 *
 * @see <a href="https://go.dev/s/regabi">Go internal ABI specification</a>
 */
public enum GoAbi {
    /** Registers of x86-64. */
    AMD64(List.of("rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11"), 15, "xmm"),
    /** Registers of aarch64. */
    ARM64(
            List.of(
                    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                    "x13", "x14", "x15"),
            16,
            "v"),
    /** No registers: the way of old programs, and of assembly. */
    STACK(List.of(), 0, "");

    /**
     * How many bytes behind the stack pointer, as it is when a function begins and ends, the values
     * on the stack begin: behind the address to return to, for which aarch64 leaves room, too.
     */
    public static final int STACK_OFFSET = 8;

    private static final int FIRST_ON_AMD64 = 17;
    private static final int FIRST_ON_ARM64 = 18;

    private final List<String> integerRegisters;
    private final int floatRegisters;
    private final String floatPrefix;

    GoAbi(List<String> integerRegisters, int floatRegisters, String floatPrefix) {
        this.integerRegisters = integerRegisters;
        this.floatRegisters = floatRegisters;
        this.floatPrefix = floatPrefix;
    }

    /**
     * {@return how a program's functions get their values; empty for machines that are not known}
     *
     * @param machine {@link ElfFile#machine()}
     * @param version the version of Go, as {@link GoBuildInfo#version} has it; one that is no
     *     release counts as newer than all
     */
    public static Optional<GoAbi> of(int machine, String version) {
        int minor = GoBuildInfo.minor(version);
        return switch (machine) {
            case ElfFile.MACHINE_X86_64 -> Optional.of(minor >= FIRST_ON_AMD64 ? AMD64 : STACK);
            case ElfFile.MACHINE_AARCH64 -> Optional.of(minor >= FIRST_ON_ARM64 ? ARM64 : STACK);
            default -> Optional.empty();
        };
    }

    /**
     * {@return the name of a register}
     *
     * @param part a part that is in one
     * @throws IllegalArgumentException if it is on the stack
     */
    public String register(GoCall.Part part) {
        return switch (part.place()) {
            case INTEGER -> integerRegisters.get((int) part.number());
            case FLOAT -> floatPrefix + part.number();
            case STACK -> throw new IllegalArgumentException(part + " is in no register");
        };
    }

    /**
     * {@return where a function's values are}
     *
     * @param signature what it takes and gives
     */
    public GoCall assign(GoSignature signature) {
        Stack stack = new Stack();
        List<List<GoCall.Part>> parameters = assign(signature.parameters(), stack);
        stack.align(GoType.POINTER_SIZE);
        List<List<GoCall.Part>> results = assign(signature.results(), stack);
        stack.align(GoType.POINTER_SIZE);
        long stackSize = stack.size;
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i).getFirst().place() != GoCall.Place.STACK) {
                stack.take(signature.parameters().get(i).type());
            }
        }
        stack.align(GoType.POINTER_SIZE);
        return new GoCall(parameters, results, stackSize, stack.size - stackSize);
    }

    private List<List<GoCall.Part>> assign(List<GoSignature.Parameter> values, Stack stack) {
        List<List<GoCall.Part>> places = new ArrayList<>();
        Registers registers = new Registers();
        for (GoSignature.Parameter value : values) {
            GoType type = value.type();
            List<GoCall.Part> parts = registers.take(type);
            places.add(parts.isEmpty() ? List.of(stack.take(type)) : parts);
        }
        return places;
    }

    /** How far the stack is in use. */
    private static final class Stack {
        private long size;

        private void align(int alignment) {
            size = (size + alignment - 1) & -alignment;
        }

        private GoCall.Part take(GoType type) {
            align(type.alignment());
            long at = STACK_OFFSET + size;
            size += type.size();
            return new GoCall.Part(0, type.size(), GoCall.Place.STACK, at);
        }
    }

    /** Which registers are in use. */
    private final class Registers {
        private int integers;
        private int floats;
        private List<GoCall.Part> parts;

        /** {@return the parts of a value in registers, none if it has to be on the stack} */
        private List<GoCall.Part> take(GoType type) {
            int integersBefore = integers;
            int floatsBefore = floats;
            parts = new ArrayList<>();
            if (type.size() == 0 || !take(type, 0)) {
                integers = integersBefore;
                floats = floatsBefore;
                return List.of();
            }
            return parts;
        }

        private boolean take(GoType type, long offset) {
            return switch (type) {
                case GoType.Scalar scalar when scalar.kind() == GoType.Kind.FLOAT ->
                        aFloat(offset, scalar.size());
                case GoType.Scalar scalar -> anInteger(offset, scalar.size());
                case GoType.Pointer pointer -> words(offset, pointer.size());
                case GoType.Text text -> words(offset, text.size());
                case GoType.Interface values -> words(offset, values.size());
                case GoType.Slice slice -> words(offset, slice.size());
                case GoType.Complex complex ->
                        aFloat(offset, complex.size() / 2)
                                && aFloat(offset + complex.size() / 2, complex.size() / 2);
                case GoType.Struct struct -> all(struct.fields(), offset);
                case GoType.Array array ->
                        array.length() == 0 || array.length() == 1 && take(array.element(), offset);
            };
        }

        private boolean all(List<GoType.Field> fields, long offset) {
            for (GoType.Field field : fields) {
                if (!take(field.type(), offset + field.offset())) {
                    return false;
                }
            }
            return true;
        }

        private boolean words(long offset, long size) {
            for (long at = 0; at < size; at += GoType.POINTER_SIZE) {
                if (!anInteger(offset + at, GoType.POINTER_SIZE)) {
                    return false;
                }
            }
            return true;
        }

        private boolean anInteger(long offset, long size) {
            if (integers == integerRegisters.size()) {
                return false;
            }
            return parts.add(new GoCall.Part(offset, size, GoCall.Place.INTEGER, integers++));
        }

        private boolean aFloat(long offset, long size) {
            if (floats == floatRegisters) {
                return false;
            }
            return parts.add(new GoCall.Part(offset, size, GoCall.Place.FLOAT, floats++));
        }
    }
}
