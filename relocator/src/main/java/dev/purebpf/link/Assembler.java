package dev.purebpf.link;

import dev.purebpf.error.RelocationException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.Opcode;
import dev.purebpf.insn.Reference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts programs together: an entry program, and after it the subprograms that it needs, each once.
 *
 * <p>The order is libbpf's: when a call first leads to a subprogram, that is appended, then its own
 * calls are looked at before those that follow the first call.
 */
final class Assembler {
    /** More instructions than all programs of any object have; bounds what a hostile one costs. */
    private static final int MAX_INSTRUCTIONS = 8_000_000;

    private final ObjectFile object;
    private final List<FittedFunction> subprograms;
    private final ResolvedExterns externs;
    private final boolean typesKnown;
    private final Map<String, Integer> globalsOffsets = new HashMap<>();
    private final ExceptionCallbacks exceptionCallbacks;
    private int budget = MAX_INSTRUCTIONS;

    Assembler(
            ObjectFile object,
            List<FittedFunction> subprograms,
            TargetKernel kernel,
            ResolvedExterns externs) {
        this.object = object;
        this.subprograms = subprograms;
        this.externs = externs;
        this.typesKnown = kernel.types().isPresent();
        this.exceptionCallbacks = new ExceptionCallbacks(object, subprograms);
        for (MapDefinition map : object.maps()) {
            globalsOffsets.put(map.name(), (int) kernel.arenaGlobalsOffset(map));
        }
    }

    /** A function that was appended: where, and which of its instructions is looked at next. */
    private static final class Frame {
        final FittedFunction function;
        final int firstIndex;
        final int firstSlot;
        int next;
        int nextSlot;

        Frame(FittedFunction function, int firstIndex, int firstSlot) {
            this.function = function;
            this.firstIndex = firstIndex;
            this.firstSlot = firstSlot;
        }
    }

    /** A program while it is put together. */
    private final class Assembly {
        final FittedFunction entry;
        final List<Instruction> instructions = new ArrayList<>();
        final Map<FittedFunction, Integer> slots = new LinkedHashMap<>();
        final Deque<Frame> frames = new ArrayDeque<>();
        final Map<Long, JumpTable> jumpTables = new LinkedHashMap<>();
        final boolean functionInfo;
        final boolean lineInfo;
        int end;

        Assembly(FittedFunction entry) {
            this.entry = entry;
            List<Instruction> own = entry.definition().instructions();
            functionInfo = own.stream().anyMatch(instruction -> instruction.function() != null);
            lineInfo = own.stream().anyMatch(instruction -> instruction.line() != null);
        }

        /** Appends a function; its calls are looked at before whatever was being looked at. */
        void append(FittedFunction function) {
            if (function.failure() != null) {
                throw function.failure();
            }
            ProgramDefinition definition = function.definition();
            budget -= definition.instructions().size();
            if (budget < 0) {
                throw problem(function, -1, null, "the object's programs are too large together");
            }
            if (function != entry) {
                requireRecords(function);
            }
            slots.put(function, end);
            frames.push(new Frame(function, instructions.size(), end));
            for (Instruction instruction : function.instructions()) {
                instructions.add(instruction);
                end += instruction.slots();
            }
        }

        /** The kernel wants records of all functions or of none. */
        private void requireRecords(FittedFunction function) {
            List<Instruction> own = function.definition().instructions();
            if (functionInfo && own.stream().noneMatch(i -> i.function() != null)) {
                throw problem(
                        function,
                        -1,
                        null,
                        "has no function record in .BTF.ext, though " + entryName() + " has");
            }
            if (lineInfo && own.stream().noneMatch(i -> i.line() != null)) {
                throw problem(
                        function,
                        -1,
                        null,
                        "has no line records in .BTF.ext, though " + entryName() + " has");
            }
        }

        private String entryName() {
            return entry.definition().name();
        }

        void resolve() {
            while (!frames.isEmpty()) {
                Frame frame = frames.peek();
                if (frame.next == frame.function.instructions().size()) {
                    frames.pop();
                } else {
                    step(frame);
                }
            }
        }

        /** Looks at one instruction. One that needs a new subprogram is looked at again later. */
        private void step(Frame frame) {
            int at = frame.firstIndex + frame.next;
            Instruction instruction = instructions.get(at);
            int target = target(frame, instruction);
            if (target >= 0) {
                FittedFunction subprogram = find(target);
                if (subprogram == null) {
                    throw problem(
                            frame.function,
                            frame.nextSlot,
                            name(instruction),
                            "calls slot " + target + " of .text, where no function is");
                }
                Integer slot = slots.get(subprogram);
                if (slot == null) {
                    append(subprogram);
                    return;
                }
                int distance = slot - (frame.firstSlot + frame.nextSlot) - 1;
                instructions.set(at, point(instruction, subprogram, distance));
            } else if (instruction.reference() != null) {
                instructions.set(at, settle(this, frame, instruction));
            }
            frame.next++;
            frame.nextSlot += instruction.slots();
        }
    }

    LinkedProgram assemble(FittedFunction entry) {
        var assembly = new Assembly(entry);
        try {
            assembly.append(entry);
            assembly.resolve();
            appendCallback(assembly);
            requireAllExterns(entry);
            requireAllSubprograms();
        } catch (RelocationException e) {
            return LinkedProgram.failed(object, entry.definition(), e);
        }
        return new LinkedProgram(
                object,
                entry.definition(),
                assembly.instructions,
                assembly.slots,
                assembly.functionInfo,
                assembly.lineInfo,
                List.copyOf(assembly.jumpTables.values()),
                null);
    }

    /** One extern that is nothing spoils the whole object, as it does for libbpf. */
    private void requireAllExterns(FittedFunction entry) {
        if (!externs.problems().isEmpty()) {
            String name = externs.problems().keySet().iterator().next();
            throw problem(entry, -1, name, externs.problems().get(name));
        }
    }

    /**
     * libbpf fits all subprograms, and gives up when one cannot be, even if nothing calls it. For a
     * kernel of which no types are known, programs that need none are still linked.
     */
    private void requireAllSubprograms() {
        if (!typesKnown) {
            return;
        }
        for (FittedFunction subprogram : subprograms) {
            if (subprogram.failure() != null) {
                throw subprogram.failure();
            }
        }
    }

    private void appendCallback(Assembly assembly) {
        FittedFunction callback;
        try {
            callback = exceptionCallbacks.of(assembly.entryName()).orElse(null);
        } catch (ExceptionCallbacks.Unfit e) {
            throw problem(assembly.entry, -1, null, e.getMessage());
        }
        if (callback != null && !assembly.slots.containsKey(callback)) {
            assembly.append(callback);
            assembly.resolve();
        }
    }

    /**
     * {@return the slot of {@code .text} that an instruction calls or takes the address of; −1 when
     * it does neither}
     */
    private static int target(Frame frame, Instruction instruction) {
        return switch (instruction.reference()) {
            case Reference.Call call -> call.slot();
            case Reference.FunctionAddress address -> address.slot();
            case null -> {
                if (instruction.isFunctionAddress()) {
                    throw problem(
                            frame.function,
                            frame.nextSlot,
                            null,
                            "takes the address of a function without a relocation");
                }
                if (!instruction.isSubprogramCall()) {
                    yield -1;
                }
                // Within a section the compiler knows the distance and leaves no relocation.
                long target =
                        frame.function.definition().sectionSlot()
                                + frame.nextSlot
                                + instruction.immediate()
                                + 1;
                yield target >= 0 && target < Integer.MAX_VALUE ? (int) target : Integer.MAX_VALUE;
            }
            default -> -1;
        };
    }

    private FittedFunction find(int slot) {
        int low = 0;
        int high = subprograms.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (subprograms.get(middle).definition().sectionSlot() <= slot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low > 0 && subprograms.get(low - 1).contains(slot) ? subprograms.get(low - 1) : null;
    }

    private static Instruction point(
            Instruction instruction, FittedFunction subprogram, int distance) {
        String name = subprogram.definition().name();
        int slot = subprogram.definition().sectionSlot();
        if (instruction.isCall()) {
            return instruction
                    .withImmediate(distance)
                    .withReference(new Reference.Call(name, slot));
        }
        return instruction
                .with(
                        instruction.opcode(),
                        instruction.destination(),
                        Opcode.PSEUDO_FUNCTION,
                        instruction.offset(),
                        withLowHalf(instruction.immediate(), distance))
                .withReference(new Reference.FunctionAddress(name, slot));
    }

    /** Writes what is known of a reference. File descriptors follow when the program is loaded. */
    private Instruction settle(Assembly assembly, Frame frame, Instruction instruction) {
        return switch (instruction.reference()) {
            case Reference.Map _ ->
                    withSource(
                            instruction,
                            Opcode.PSEUDO_MAP,
                            withLowHalf(instruction.immediate(), 0));
            case Reference.MapValue value -> mapValue(instruction, value);
            case Reference.JumpTable table -> jumpTable(assembly, frame, instruction, table);
            case Reference.ExternVariable extern -> variable(frame, instruction, extern.name());
            case Reference.ExternCall extern -> call(frame, instruction, extern.name());
            case Reference.Call _, Reference.FunctionAddress _, Reference.KernelType _ ->
                    instruction;
        };
    }

    private Instruction mapValue(Instruction instruction, Reference.MapValue value) {
        int offset = value.offset() + globalsOffsets.get(value.name());
        return withSource(instruction, Opcode.PSEUDO_MAP_VALUE, (long) offset << 32)
                .withReference(new Reference.MapValue(value.name(), offset));
    }

    private Instruction jumpTable(
            Assembly assembly, Frame frame, Instruction instruction, Reference.JumpTable table) {
        if (!assembly.jumpTables.containsKey(table.offset())) {
            budget -= object.jumpTables().count(table);
            if (budget < 0) {
                throw problem(frame.function, -1, null, "the object's jump tables are too large");
            }
            int sectionSlot = frame.function.definition().sectionSlot();
            try {
                assembly.jumpTables.put(
                        table.offset(),
                        object.jumpTables().table(table, sectionSlot, frame.firstSlot));
            } catch (JumpTables.Unfit e) {
                throw problem(frame.function, frame.nextSlot, table.name(), e.getMessage());
            }
        }
        return instruction.with(
                instruction.opcode(),
                instruction.destination(),
                Opcode.PSEUDO_MAP_VALUE,
                0,
                withLowHalf(instruction.immediate(), 0));
    }

    private Instruction variable(Frame frame, Instruction instruction, String name) {
        ExternValue value = value(frame, name);
        if (externs.definitions().get(name) instanceof ExternDefinition.Setting setting) {
            // Also when it is missing: then it is zero.
            return withSource(instruction, Opcode.PSEUDO_MAP_VALUE, (long) setting.offset() << 32)
                    .withReference(new Reference.MapValue(ExternReader.SETTINGS, setting.offset()));
        }
        return switch (value) {
            case ExternValue.KernelType type ->
                    withSource(instruction, Opcode.PSEUDO_BTF_ID, type.id())
                            .withReference(new Reference.KernelType(name, type.module()));
            case ExternValue.Address address -> instruction.withImmediate(address.address());
            default -> instruction.withImmediate(0);
        };
    }

    private Instruction call(Frame frame, Instruction instruction, String name) {
        ExternValue value = value(frame, name);
        if (!(externs.definitions().get(name) instanceof ExternDefinition.KernelFunction)) {
            throw problem(frame.function, frame.nextSlot, name, "is called, but is no function");
        }
        if (value instanceof ExternValue.KernelType type) {
            int index = externs.descriptorIndex(type.module());
            if (index > Short.MAX_VALUE) {
                throw problem(
                        frame.function,
                        frame.nextSlot,
                        name,
                        "is in module " + type.module() + ", one of too many");
            }
            return instruction.with(
                    Opcode.CALL,
                    instruction.destination(),
                    Opcode.PSEUDO_KFUNC_CALL,
                    index,
                    type.id());
        }
        return instruction.with(
                Opcode.CALL, 0, 0, 0, LinkedProgram.MISSING_FUNCTION + externs.indexes().get(name));
    }

    private ExternValue value(Frame frame, String name) {
        ExternValue value = externs.values().get(name);
        if (value == null) {
            throw problem(
                    frame.function,
                    frame.nextSlot,
                    name,
                    externs.problems().getOrDefault(name, "is no extern of the object"));
        }
        return value;
    }

    private static Instruction withSource(Instruction instruction, int source, long immediate) {
        return instruction.with(
                instruction.opcode(),
                instruction.destination(),
                source,
                instruction.offset(),
                immediate);
    }

    private static long withLowHalf(long immediate, int low) {
        return immediate & 0xffff_ffff_0000_0000L | low & 0xffff_ffffL;
    }

    private static String name(Instruction instruction) {
        return instruction.reference() == null ? null : instruction.reference().name();
    }

    private static RelocationException problem(
            FittedFunction function, int slot, String name, String problem) {
        String source = slot < 0 ? null : function.sourceLineAt(slot);
        return new RelocationException(function.definition().name(), slot, source, name, problem);
    }
}
