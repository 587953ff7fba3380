package dev.purebpf.link;

import dev.purebpf.btf.BtfExt;
import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionWriter;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongToIntFunction;
import java.util.function.ToIntFunction;

/**
 * An entry program with its subprograms appended, fitted to a kernel; or why that failed.
 * Immutable.
 */
public final class LinkedProgram {
    /** The size of a record of {@link #functionInfo}: {@code struct bpf_func_info}. */
    public static final int FUNCTION_INFO_SIZE = 8;

    /** The size of a record of {@link #lineInfo}: {@code struct bpf_line_info}. */
    public static final int LINE_INFO_SIZE = 16;

    /** {@code line_col} of {@code struct bpf_line_info} has the column in its lowest bits. */
    private static final int COLUMN_BITS = 10;

    /**
     * The number of the helper that an instruction calls instead of referring to a map that was not
     * created; the index of the map is added. libbpf's number, too.
     */
    public static final int MISSING_MAP = 2_001_000_000;

    /**
     * The number of the helper that is called instead of a kernel function that is not there; the
     * index of the extern is added. libbpf's number, too.
     */
    public static final int MISSING_FUNCTION = 2_002_000_000;

    private final ObjectFile object;
    private final ProgramDefinition program;
    private final List<Instruction> instructions;
    private final Map<FittedFunction, Integer> functions;
    private final boolean functionInfo;
    private final boolean lineInfo;
    private final List<JumpTable> jumpTables;
    private final RelocationException failure;

    LinkedProgram(
            ObjectFile object,
            ProgramDefinition program,
            List<Instruction> instructions,
            Map<FittedFunction, Integer> functions,
            boolean functionInfo,
            boolean lineInfo,
            List<JumpTable> jumpTables,
            RelocationException failure) {
        this.object = object;
        this.program = program;
        this.instructions = List.copyOf(instructions);
        this.functions = functions;
        this.functionInfo = functionInfo;
        this.lineInfo = lineInfo;
        this.jumpTables = jumpTables;
        this.failure = failure;
    }

    static LinkedProgram failed(
            ObjectFile object, ProgramDefinition program, RelocationException failure) {
        return new LinkedProgram(
                object, program, List.of(), Map.of(), false, false, List.of(), failure);
    }

    /**
     * A function within a program.
     *
     * @param definition the function as it is in the object
     * @param slot where it begins, in slots of eight bytes
     */
    public record Part(ProgramDefinition definition, int slot) {}

    /** {@return the entry program as it is in the object} */
    public ProgramDefinition program() {
        return program;
    }

    /** {@return the name of the entry program} */
    public String name() {
        return program.name();
    }

    /** {@return the name of its section} */
    public String section() {
        return program.section();
    }

    /** {@return what the section's name says} */
    public Optional<SectionDefinition> definition() {
        return program.definition();
    }

    /** {@return why it could not be linked, if it could not; all other methods then see nothing} */
    public Optional<RelocationException> failure() {
        return Optional.ofNullable(failure);
    }

    /** {@return its instructions and those of its subprograms; maps are referred to by name} */
    public List<Instruction> instructions() {
        return instructions;
    }

    /** {@return the entry program and the subprograms behind it, in their order} */
    public List<Part> functions() {
        return functions.entrySet().stream()
                .map(function -> new Part(function.getKey().definition(), function.getValue()))
                .toList();
    }

    /**
     * {@return where its indirect jumps lead: each is a map to create before the program is loaded}
     */
    public List<JumpTable> jumpTables() {
        return jumpTables;
    }

    /**
     * {@return what each CO-RE relocation asked and was answered, in the order of instructions; put
     * together anew by each call, so that who only loads programs does not pay for it}
     */
    public List<AppliedRelocation> relocations() {
        return functions.entrySet().stream()
                .flatMap(function -> function.getKey().relocations(function.getValue()).stream())
                .toList();
    }

    /** {@return how many slots of eight bytes the instructions take: {@code insn_cnt}} */
    public int slots() {
        return instructions.stream().mapToInt(Instruction::slots).sum();
    }

    /**
     * {@return the instructions as the kernel takes them, if they refer to neither modules nor jump
     * tables}
     *
     * @param mapDescriptor gives a map's file descriptor, see {@link #encode(ToIntFunction,
     *     ToIntFunction, LongToIntFunction, ByteOrder)}
     * @param order the byte order of the machine
     */
    public byte[] encode(ToIntFunction<String> mapDescriptor, ByteOrder order) {
        return encode(mapDescriptor, _ -> 0, _ -> 0, order);
    }

    /**
     * {@return the instructions as the kernel takes them}
     *
     * @param mapDescriptor gives a map's file descriptor by its name, or a negative number when the
     *     map was not created; instructions that refer to it become calls of a helper that does not
     *     exist, 2001000000 plus the map's index, so that the verifier refuses them only if they
     *     can be reached
     * @param moduleDescriptor gives the file descriptor of a module's BTF by the module's name
     * @param jumpTableDescriptor gives the file descriptor of the map made of a {@link JumpTable}
     *     by its offset
     * @param order the byte order of the machine
     */
    public byte[] encode(
            ToIntFunction<String> mapDescriptor,
            ToIntFunction<String> moduleDescriptor,
            LongToIntFunction jumpTableDescriptor,
            ByteOrder order) {
        var resolved = new ArrayList<Instruction>(instructions.size());
        Map<String, Integer> descriptors = new HashMap<>();
        ToIntFunction<String> number =
                name -> descriptors.computeIfAbsent(name, n -> numberFor(n, mapDescriptor));
        for (Instruction instruction : instructions) {
            switch (instruction.reference()) {
                case Reference.Map map ->
                        refer(resolved, instruction, number.applyAsInt(map.name()));
                case Reference.MapValue value ->
                        refer(resolved, instruction, number.applyAsInt(value.name()));
                case Reference.JumpTable table ->
                        refer(
                                resolved,
                                instruction,
                                jumpTableDescriptor.applyAsInt(table.offset()));
                case Reference.KernelType type when !type.module().isEmpty() -> {
                    long descriptor = moduleDescriptor.applyAsInt(type.module());
                    resolved.add(
                            instruction.withImmediate(instruction.immediate() | descriptor << 32));
                }
                case null, default -> resolved.add(instruction);
            }
        }
        return InstructionWriter.write(resolved, order);
    }

    /** {@return a map's file descriptor, or −1 − its index when it was not created} */
    private int numberFor(String map, ToIntFunction<String> mapDescriptor) {
        int descriptor = mapDescriptor.applyAsInt(map);
        return descriptor >= 0 ? descriptor : -1 - index(map);
    }

    private static void refer(List<Instruction> resolved, Instruction instruction, int number) {
        if (number >= 0) {
            resolved.add(instruction.withImmediate(instruction.immediate() | number));
            return;
        }
        Instruction missing = Instruction.of(Opcode.CALL, 0, 0, 0, MISSING_MAP - 1L - number);
        resolved.add(missing);
        resolved.add(missing);
    }

    private int index(String map) {
        for (int i = 0; i < object.maps().size(); i++) {
            if (object.maps().get(i).name().equals(map)) {
                return i;
            }
        }
        throw new IllegalStateException("no map " + map);
    }

    /**
     * {@return the records of functions, {@link #FUNCTION_INFO_SIZE} bytes each: slot, then type id
     * in the object's BTF; empty when there are none}
     *
     * @param order the byte order of the machine
     */
    public byte[] functionInfo(ByteOrder order) {
        if (!functionInfo) {
            return new byte[0];
        }
        long count = instructions.stream().filter(i -> i.function() != null).count();
        ByteBuffer records = ByteBuffer.allocate((int) count * FUNCTION_INFO_SIZE).order(order);
        int slot = 0;
        for (Instruction instruction : instructions) {
            if (instruction.function() != null) {
                records.putInt(slot).putInt(instruction.function().type());
            }
            slot += instruction.slots();
        }
        return records.array();
    }

    /**
     * {@return the records of source lines, {@link #LINE_INFO_SIZE} bytes each: slot, offsets of
     * file name and text in the strings of the object's BTF, line and column; empty when there are
     * none}
     *
     * @param order the byte order of the machine
     */
    public byte[] lineInfo(ByteOrder order) {
        if (!lineInfo) {
            return new byte[0];
        }
        long count = instructions.stream().filter(i -> i.line() != null).count();
        ByteBuffer records = ByteBuffer.allocate((int) count * LINE_INFO_SIZE).order(order);
        int slot = 0;
        for (Instruction instruction : instructions) {
            BtfExt.LineInfo line = instruction.line();
            if (line != null) {
                records.putInt(slot)
                        .putInt(line.fileOffset())
                        .putInt(line.textOffset())
                        .putInt(line.line() << COLUMN_BITS | line.column());
            }
            slot += instruction.slots();
        }
        return records.array();
    }
}
