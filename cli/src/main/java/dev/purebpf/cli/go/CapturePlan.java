package dev.purebpf.cli.go;

import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the eBPF program has to read at a place so that values can be shown, and where among its
 * data they then are.
 *
 * <pre>
 *   0 registers, by the numbers that Go gives them   128 stack pointer   144 what the steps read
 * </pre>
 *
 * <p>What a value refers to is read: strings, the first elements of slices, what a pointer points
 * to. Behind a pointer, and in the elements of a slice, strings and slices are read as well, but no
 * pointer is followed any more. No value takes room or steps that those behind it would have.
 */
final class CapturePlan {
    /** The bytes of the words that the eBPF program has without a step. */
    static final int WORDS_SIZE = 18 * 8;

    /** The most bytes at a place. */
    static final int MOST_DATA = 4096;

    private static final int STACK_POINTER = 16 * 8;
    private static final int WORD = 8;
    private static final int TEXT = 128;
    private static final int INNER_TEXT = 64;
    private static final int ELEMENTS = 8;
    private static final int LARGE_ELEMENTS = 4;
    private static final int LARGE = 16;

    /** A value has no more parts that are shown: arrays of arrays could have any number. */
    private static final int MOST_PARTS = 1 << 12;

    /** Interfaces hold values of up to two words that are shown. */
    private static final int CONTENT = 2 * WORD;

    /** Where in a table of methods the dynamic type is. */
    private static final int TABLES_TYPE = 8;

    private final GoAbi abi;
    private final List<Step> steps = new ArrayList<>();
    private int size = WORDS_SIZE;
    private int stepsForNow;
    private int sizeForNow;
    private int partsForNow;
    private String unreadable;

    private CapturePlan(GoAbi abi) {
        this.abi = abi;
    }

    /**
     * What to read, and what comes of it.
     *
     * @param steps the reads, in order
     * @param size the bytes of all data
     * @param values the values
     * @param unreadable a register with a part of one that cannot be read, or {@code null}
     */
    record Result(List<Step> steps, int size, List<Shown> values, String unreadable) {
        /** Copies the lists. */
        public Result {
            steps = List.copyOf(steps);
            values = List.copyOf(values);
        }

        /** {@return the same reads for some of the values} */
        Result part(int from, int to) {
            return new Result(steps, size, values.subList(from, to), unreadable);
        }
    }

    /**
     * {@return the plan for some values}
     *
     * @param abi how the program hands values over
     * @param types their types
     * @param places for each its parts, as {@link GoCall} has them
     */
    static Result of(GoAbi abi, List<GoType> types, List<List<GoCall.Part>> places) {
        CapturePlan plan = new CapturePlan(abi);
        List<Shown> values = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            int left = types.size() - i;
            plan.stepsForNow = plan.steps.size() + (Step.MOST - plan.steps.size()) / left;
            plan.sizeForNow = plan.size + (MOST_DATA - plan.size) / left;
            plan.partsForNow = MOST_PARTS;
            values.add(plan.value(types.get(i), places.get(i)));
        }
        return new Result(plan.steps, plan.size, values, plan.unreadable);
    }

    private Shown value(GoType type, List<GoCall.Part> parts) {
        GoCall.Part first = parts.getFirst();
        if (first.place() != GoCall.Place.STACK) {
            return shown(type, new Registers(parts), 0, 0);
        }
        int wanted = (int) Math.min(type.size(), Step.MOST_READ);
        int at = room(wanted);
        if (at < 0) {
            return new Shown.Omitted();
        }
        if (wanted > 0) {
            steps.add(new Step((int) first.number(), STACK_POINTER, at, wanted, Step.NO_COUNT, 0));
        }
        return shown(type, new Memory(at, wanted), 0, 0);
    }

    /** Where the bytes of a value are among the data. */
    private interface Source {
        /** {@return where some bytes of it are, −1 if they are not} */
        int at(long offset, long size);

        /** {@return the register that some bytes are in and cannot be read, else null} */
        String unreadable(long offset);
    }

    /** Bytes that were read, the first ones of a value. */
    private record Memory(int start, int length) implements Source {
        @Override
        public int at(long offset, long size) {
            return offset + size <= length ? start + (int) offset : -1;
        }

        @Override
        public String unreadable(long offset) {
            return null;
        }
    }

    /** Registers, each with a part of the value. */
    private final class Registers implements Source {
        private final List<GoCall.Part> parts;

        private Registers(List<GoCall.Part> parts) {
            this.parts = parts;
        }

        @Override
        public int at(long offset, long size) {
            GoCall.Part part = part(offset);
            return part == null || part.place() != GoCall.Place.INTEGER
                    ? -1
                    : WORD * (int) part.number();
        }

        @Override
        public String unreadable(long offset) {
            GoCall.Part part = part(offset);
            return part != null && part.place() == GoCall.Place.FLOAT ? abi.register(part) : null;
        }

        private GoCall.Part part(long offset) {
            for (GoCall.Part part : parts) {
                // What has no bytes has no part of its own.
                if (part.offset() == offset && part.size() > 0) {
                    return part;
                }
            }
            return null;
        }
    }

    private Shown shown(GoType type, Source source, long offset, int depth) {
        if (partsForNow == 0) {
            return new Shown.Omitted();
        }
        partsForNow--;
        return switch (type) {
            case GoType.Scalar scalar -> scalar(scalar.kind(), scalar.size(), source, offset);
            case GoType.Complex complex -> {
                long half = complex.size() / 2;
                yield new Shown.Complex(
                        scalar(GoType.Kind.FLOAT, half, source, offset),
                        scalar(GoType.Kind.FLOAT, half, source, offset + half));
            }
            case GoType.Text text -> text(source, offset, depth == 0 ? TEXT : INNER_TEXT);
            case GoType.Slice slice -> slice(slice, source, offset, depth);
            case GoType.Pointer pointer -> pointer(pointer, source, offset, depth);
            case GoType.Interface one -> anInterface(one, source, offset, depth);
            case GoType.Struct struct -> {
                List<Shown.Member> members = new ArrayList<>();
                for (GoType.Field field : struct.fields()) {
                    // What has no name has no content that anybody could have put there.
                    if (!field.name().equals("_")) {
                        members.add(
                                new Shown.Member(
                                        field.name(),
                                        shown(
                                                field.type(),
                                                source,
                                                offset + field.offset(),
                                                depth)));
                    }
                }
                yield new Shown.Struct(members);
            }
            case GoType.Array array -> {
                List<Shown> elements = new ArrayList<>();
                for (int i = 0; i < Math.min(array.length(), ELEMENTS); i++) {
                    elements.add(
                            shown(
                                    array.element(),
                                    source,
                                    offset + i * array.element().size(),
                                    depth));
                }
                yield new Shown.Array(elements, array.length());
            }
        };
    }

    private Shown scalar(GoType.Kind kind, long size, Source source, long offset) {
        String register = source.unreadable(offset);
        if (register != null) {
            unreadable = unreadable == null ? register : unreadable;
            return new Shown.Unreadable(register);
        }
        int at = source.at(offset, size);
        return at < 0 ? new Shown.Omitted() : new Shown.Scalar(kind, (int) size, at);
    }

    private Shown text(Source source, long offset, int limit) {
        int address = source.at(offset, WORD);
        int length = source.at(offset + WORD, WORD);
        if (address < 0 || length < 0) {
            return new Shown.Omitted();
        }
        int bytes = room(limit);
        return bytes < 0
                ? new Shown.Omitted()
                : new Shown.Text(
                        address, length, bytes, limit, step(0, address, bytes, limit, length, 1));
    }

    private Shown slice(GoType.Slice slice, Source source, long offset, int depth) {
        int address = source.at(offset, WORD);
        int length = source.at(offset + WORD, WORD);
        if (address < 0 || length < 0) {
            return new Shown.Omitted();
        }
        Optional<GoType> known = slice.element().type();
        long size = known.map(GoType::size).orElse(0L);
        if (known.isPresent() && isByte(known.get())) {
            int limit = depth == 0 ? TEXT : INNER_TEXT;
            int bytes = room(limit);
            return bytes < 0
                    ? new Shown.Slice(address, length, List.of(), Shown.NO_STEP)
                    : new Shown.Bytes(
                            address,
                            length,
                            bytes,
                            limit,
                            step(0, address, bytes, limit, length, 1));
        }
        int most = size <= LARGE ? ELEMENTS : LARGE_ELEMENTS;
        int count = size == 0 ? 0 : (int) Math.min(most, Step.MOST_READ / size);
        int bytes = count == 0 || depth > 1 ? -1 : room(count * (int) size);
        if (bytes < 0) {
            return new Shown.Slice(address, length, List.of(), Shown.NO_STEP);
        }
        int step = step(0, address, bytes, count * (int) size, length, (int) size);
        List<Shown> elements = new ArrayList<>();
        Memory memory = new Memory(bytes, count * (int) size);
        for (int i = 0; i < count; i++) {
            elements.add(shown(known.get(), memory, i * size, depth + 1));
        }
        return new Shown.Slice(address, length, elements, step);
    }

    private static boolean isByte(GoType type) {
        return type instanceof GoType.Scalar scalar
                && scalar.kind() == GoType.Kind.UNSIGNED
                && scalar.size() == 1;
    }

    private Shown pointer(GoType.Pointer pointer, Source source, long offset, int depth) {
        int at = source.at(offset, WORD);
        if (at < 0) {
            return new Shown.Omitted();
        }
        Optional<GoType> known =
                pointer.kind() == GoType.PointerKind.POINTER && depth == 0
                        ? pointer.target().type()
                        : Optional.empty();
        int wanted = known.map(type -> (int) Math.min(type.size(), Step.MOST_READ)).orElse(0);
        int bytes = wanted == 0 ? -1 : room(wanted);
        if (bytes < 0) {
            return new Shown.Pointer(at, null, Shown.NO_STEP);
        }
        int step = step(0, at, bytes, wanted, Step.NO_COUNT, 0);
        return new Shown.Pointer(
                at, shown(known.get(), new Memory(bytes, wanted), 0, depth + 1), step);
    }

    private Shown anInterface(GoType.Interface one, Source source, long offset, int depth) {
        int table = source.at(offset, WORD);
        int value = source.at(offset + WORD, WORD);
        if (table < 0 || value < 0) {
            return new Shown.Omitted();
        }
        int type = table;
        int typeStep = Shown.NO_STEP;
        if (one.hasMethods()) {
            type = room(WORD);
            if (type < 0) {
                return new Shown.Omitted();
            }
            typeStep = step(TABLES_TYPE, table, type, WORD, Step.NO_COUNT, 0);
        }
        int content = depth > 1 ? -1 : room(CONTENT);
        if (content < 0) {
            return new Shown.Interface(table, type, typeStep, value, -1, Shown.NO_STEP, null);
        }
        int contentStep = step(0, value, content, CONTENT, Step.NO_COUNT, 0);
        Shown text = text(new Memory(content, CONTENT), 0, INNER_TEXT);
        return new Shown.Interface(
                table,
                type,
                typeStep,
                value,
                content,
                contentStep,
                text instanceof Shown.Text found ? found : null);
    }

    /**
     * {@return where there is room for some bytes, and a step to read them; −1 if there is none}
     */
    private int room(int bytes) {
        int aligned = (bytes + WORD - 1) & -WORD;
        if (size + aligned > sizeForNow || steps.size() >= stepsForNow) {
            return -1;
        }
        int at = size;
        size += aligned;
        return at;
    }

    private int step(int offset, int from, int to, int bytes, int count, int element) {
        steps.add(new Step(offset, from, to, bytes, count, element));
        return steps.size() - 1;
    }
}
