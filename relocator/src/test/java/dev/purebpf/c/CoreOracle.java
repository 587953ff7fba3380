package dev.purebpf.c;

import dev.purebpf.btf.CoreRelocationKind;
import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Constant;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Typedef;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers relocations from C alone: by names and the layout that compilers agree on, and the rules
 * that libbpf has for what is missing, ambiguous or unreadable.
 */
public final class CoreOracle {
    private final Side local;
    private final Side kernel;
    private final List<Side> modules;
    private final boolean littleEndian;
    private final Map<Integer, List<Candidate>> remembered = new HashMap<>();

    /**
     * A unit.
     *
     * @param ids the BTF id of each declaration
     */
    public record Side(CUnit unit, List<Integer> ids) {}

    private record Candidate(Side side, int declaration) {
        CType type() {
            return side.unit().declarations().get(declaration);
        }

        int id() {
            return side.ids().get(declaration);
        }
    }

    /** A step that has a name, with the type that the object knows; or into an array. */
    private record Step(String name, CType type, int index) {}

    /**
     * Where a path has come to.
     *
     * @param last what the last named or array step came to: a field, or an element without name
     * @param flexible whether the last step was to the last field of its struct
     */
    private record Spot(CUnit unit, CType at, long bitOffset, Field last, boolean flexible) {}

    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        Refusal(String why) {
            super(why);
        }
    }

    /** Answers for an object and a kernel with its modules. */
    public CoreOracle(Side local, Side kernel, List<Side> modules, boolean littleEndian) {
        this.local = local;
        this.kernel = kernel;
        this.modules = modules;
        this.littleEndian = littleEndian;
    }

    /** {@return the answer; earlier questions matter, as candidates once dropped stay so} */
    public Answer ask(Question question) {
        try {
            return answer(question);
        } catch (Refusal e) {
            return new Answer.Refused(e.getMessage());
        }
    }

    private Answer answer(Question question) throws Refusal {
        CType root = local.unit().declarations().get(question.declaration());
        var steps = new ArrayList<Step>();
        Spot asked = question.kind().isType() ? null : walk(root, question, steps);
        int id = local.ids().get(question.declaration());
        if (question.kind() == CoreRelocationKind.TYPE_ID_LOCAL) {
            return new Answer.Value(id, id, false, 0, 0, true);
        }
        Answer first = null;
        long firstOffset = 0;
        var matching = new ArrayList<Candidate>();
        for (Candidate candidate : candidates(question.declaration(), root)) {
            Answer answer;
            long bitOffset = 0;
            if (question.kind().isField()) {
                Spot found = find(candidate, steps);
                if (found == null) {
                    continue;
                }
                bitOffset = found.bitOffset();
                answer = field(question.kind(), asked, found);
            } else if (question.kind().isEnumerator()) {
                answer = enumerator(question, root, candidate);
            } else {
                answer = type(question, root, candidate);
            }
            if (answer == null) {
                continue;
            }
            if (first != null && (bitOffset != firstOffset || differ(first, answer))) {
                throw new Refusal("ambiguous");
            }
            if (first == null) {
                first = answer;
                firstOffset = bitOffset;
            }
            matching.add(candidate);
        }
        if (first == null) {
            return missing(question, root, asked);
        }
        remembered.put(question.declaration(), matching);
        return first;
    }

    private static boolean differ(Answer first, Answer second) {
        return ((Answer.Value) first).value() != ((Answer.Value) second).value();
    }

    private List<Candidate> candidates(int declaration, CType root) {
        List<Candidate> known = remembered.get(declaration);
        if (known != null) {
            return known;
        }
        List<Candidate> found = named(root, List.of(kernel));
        return found.isEmpty() ? named(root, modules) : found;
    }

    private static List<Candidate> named(CType root, List<Side> sides) {
        String name = TypeRules.essential(CUnit.name(root));
        var found = new ArrayList<Candidate>();
        for (Side side : sides) {
            List<CType> declarations = side.unit().declarations();
            int first = found.size();
            for (int i = 0; i < declarations.size(); i++) {
                CType other = declarations.get(i);
                if (TypeRules.essential(CUnit.name(other)).equals(name) && sameSort(root, other)) {
                    found.add(new Candidate(side, i));
                }
            }
            // Where several agree in all but the size of an access, the first tells it.
            found.subList(first, found.size()).sort(Comparator.comparingInt(Candidate::id));
        }
        return found;
    }

    private static boolean sameSort(CType first, CType second) {
        return switch (first) {
            case Composite composite ->
                    second instanceof Composite other && composite.union() == other.union();
            case CType.Enum _ -> second instanceof CType.Enum;
            case Typedef _ -> second instanceof Typedef;
            default -> false;
        };
    }

    /** Follows indexes through the object's types and notes the steps by name. */
    private Spot walk(CType root, Question question, List<Step> steps) throws Refusal {
        CUnit unit = local.unit();
        if (question.kind().isEnumerator()) {
            if (!(unit.bare(root) instanceof CType.Enum enumeration)
                    || question.access().getFirst() >= enumeration.constants().size()) {
                throw new Refusal("no such enumerator");
            }
            return null;
        }
        Spot spot = null;
        for (int index : question.access()) {
            if (spot == null) {
                steps.add(new Step(null, root, index));
                spot = start(unit, root, index);
            } else if (unit.bare(spot.at()) instanceof Composite composite) {
                if (index >= composite.fields().size()) {
                    throw new Refusal("no such member");
                }
                Field field = composite.fields().get(index);
                if (field.name().isEmpty()) {
                    long offset = spot.bitOffset() + new CLayout(unit).bitOffset(composite, index);
                    spot = new Spot(unit, field.type(), offset, spot.last(), spot.flexible());
                } else {
                    steps.add(new Step(field.name(), field.type(), 0));
                    spot = into(spot, composite, index);
                }
            } else {
                steps.add(new Step(null, null, index));
                spot = element(spot, index);
                if (spot == null) {
                    throw new Refusal("no such element");
                }
            }
        }
        return spot;
    }

    /** Follows names through the kernel's types; {@code null} when something is not there. */
    private Spot find(Candidate candidate, List<Step> steps) throws Refusal {
        CUnit unit = candidate.side().unit();
        var rules = new TypeRules(local.unit(), unit);
        Spot spot = null;
        for (Step step : steps) {
            if (spot == null) {
                spot = start(unit, candidate.type(), step.index());
            } else if (step.name() == null) {
                spot = element(spot, step.index());
            } else {
                spot = member(spot, step.name());
                if (spot != null && !rules.readableAs(step.type(), spot.last().type())) {
                    return null;
                }
            }
            if (spot == null) {
                return null;
            }
        }
        return spot;
    }

    private static Spot start(CUnit unit, CType root, int index) throws Refusal {
        var layout = new CLayout(unit);
        if (!layout.isComplete(root)) {
            throw new Refusal("no size");
        }
        return new Spot(unit, root, 8 * index * layout.size(root), new Field(null, root, 0), false);
    }

    private static Spot into(Spot spot, Composite composite, int index) {
        Field field = composite.fields().get(index);
        return new Spot(
                spot.unit(),
                field.type(),
                spot.bitOffset() + new CLayout(spot.unit()).bitOffset(composite, index),
                field,
                index == composite.fields().size() - 1);
    }

    private static Spot member(Spot spot, String name) {
        if (!(spot.unit().bare(spot.at()) instanceof Composite composite)) {
            return null;
        }
        for (int i = 0; i < composite.fields().size(); i++) {
            Spot inner = into(spot, composite, i);
            if (inner.last().name().isEmpty()) {
                inner = member(inner, name);
            }
            if (inner != null && inner.last().name().equals(name)) {
                return inner;
            }
        }
        return null;
    }

    private static Spot element(Spot spot, int index) {
        if (!(spot.unit().bare(spot.at()) instanceof Array array)
                || index >= array.length() && !(array.length() == 0 && spot.flexible())) {
            return null;
        }
        long size = new CLayout(spot.unit()).size(array.element());
        return new Spot(
                spot.unit(),
                array.element(),
                spot.bitOffset() + 8 * index * size,
                new Field(null, array.element(), 0),
                false);
    }

    private Answer missing(Question question, CType root, Spot asked) throws Refusal {
        return switch (question.kind()) {
            case FIELD_EXISTS, ENUMERATOR_EXISTS, TYPE_EXISTS, TYPE_MATCHES ->
                    new Answer.Value(1, 0, true, 0, 0, true);
            case TYPE_SIZE -> new Answer.Value(size(local.unit(), root), 0, true, 0, 0, true);
            case TYPE_ID_TARGET -> {
                int id = local.ids().get(question.declaration());
                yield new Answer.Value(id, 0, false, 0, 0, true);
            }
            case ENUMERATOR_VALUE -> new Answer.Poisoned();
            default -> {
                value(question.kind(), asked);
                yield new Answer.Poisoned();
            }
        };
    }

    private static long size(CUnit unit, CType type) throws Refusal {
        var layout = new CLayout(unit);
        if (!layout.isComplete(type)) {
            throw new Refusal("no size");
        }
        return layout.size(type);
    }

    private Answer type(Question question, CType root, Candidate candidate) throws Refusal {
        var rules = new TypeRules(local.unit(), candidate.side().unit());
        boolean same =
                question.kind() == CoreRelocationKind.TYPE_MATCHES
                        ? rules.matches(root, candidate.type())
                        : rules.sameOutline(root, candidate.type());
        if (!same) {
            return null;
        }
        return switch (question.kind()) {
            case TYPE_SIZE ->
                    new Answer.Value(
                            size(local.unit(), root),
                            size(candidate.side().unit(), candidate.type()),
                            true,
                            0,
                            0,
                            true);
            case TYPE_ID_TARGET ->
                    new Answer.Value(
                            local.ids().get(question.declaration()),
                            candidate.id(),
                            false,
                            0,
                            0,
                            true);
            default -> new Answer.Value(1, 1, true, 0, 0, true);
        };
    }

    private Answer enumerator(Question question, CType root, Candidate candidate) {
        var asked = (CType.Enum) local.unit().bare(root);
        Constant constant = asked.constants().get(question.access().getFirst());
        if (!(candidate.side().unit().bare(candidate.type()) instanceof CType.Enum there)) {
            return null;
        }
        String name = TypeRules.essential(constant.name());
        for (Constant other : there.constants()) {
            if (TypeRules.essential(other.name()).equals(name)) {
                return question.kind() == CoreRelocationKind.ENUMERATOR_EXISTS
                        ? new Answer.Value(1, 1, true, 0, 0, true)
                        : new Answer.Value(
                                number(asked, constant), number(there, other), true, 0, 0, true);
            }
        }
        return null;
    }

    /** Values of 32 bits are widened as signed, whatever the enumeration says. */
    private static long number(CType.Enum enumeration, Constant constant) {
        return enumeration.bytes() == 8 ? constant.value() : (int) constant.value();
    }

    private Answer field(CoreRelocationKind kind, Spot asked, Spot found) throws Refusal {
        long original = value(kind, asked);
        long value = value(kind, found);
        boolean always =
                kind == CoreRelocationKind.FIELD_EXISTS
                        || kind == CoreRelocationKind.FIELD_SIGNED
                        || kind == CoreRelocationKind.FIELD_RIGHT_SHIFT;
        boolean validated = always || asked.last().bits() == 0;
        if (kind != CoreRelocationKind.FIELD_BYTE_OFFSET) {
            return new Answer.Value(original, value, validated, 0, 0, true);
        }
        long originalSize = accessed(asked);
        long size = accessed(found);
        boolean resizable =
                originalSize == size || widens(asked) && widens(found) && alike(asked, found);
        return new Answer.Value(original, value, validated, originalSize, size, resizable);
    }

    /** {@return how many bytes an access moves: of arrays an element; 0 for bitfields} */
    private static long accessed(Spot spot) {
        if (spot.last().bits() > 0) {
            return 0;
        }
        CType type = spot.unit().bare(spot.last().type());
        while (type instanceof Array array) {
            type = spot.unit().bare(array.element());
        }
        return new CLayout(spot.unit()).size(type);
    }

    /** {@return whether zeroes are what a wider access finds} */
    private static boolean widens(Spot spot) {
        CType type = spot.unit().bare(spot.last().type());
        return spot.last().bits() == 0
                && (type instanceof Pointer || type instanceof CType.Int n && !n.signed());
    }

    private static boolean alike(Spot first, Spot second) {
        return first.unit()
                .bare(first.last().type())
                .getClass()
                .equals(second.unit().bare(second.last().type()).getClass());
    }

    private long value(CoreRelocationKind kind, Spot spot) throws Refusal {
        if (kind == CoreRelocationKind.FIELD_EXISTS) {
            return 1;
        }
        Field last = spot.last();
        CType type = spot.unit().bare(last.type());
        long size = new CLayout(spot.unit()).size(type);
        boolean element = last.name() == null;
        if (last.bits() == 0) {
            return switch (kind) {
                case FIELD_BYTE_OFFSET -> spot.bitOffset() / 8;
                case FIELD_BYTE_SIZE -> size;
                case FIELD_SIGNED -> refuse(element, isSigned(type) ? 1 : 0);
                case FIELD_LEFT_SHIFT ->
                        refuse(element, shift(spot, 8 * size, spot.bitOffset() / 8, size));
                default -> refuse(element, unsigned(64 - 8 * size));
            };
        }
        // The narrowest aligned load, from the declared type's size on, that has all the bits.
        long window = size;
        while (spot.bitOffset() / (8 * window)
                != (spot.bitOffset() + last.bits() - 1) / (8 * window)) {
            window *= 2;
            if (window > 8) {
                throw new Refusal("no load covers the bitfield");
            }
        }
        long start = spot.bitOffset() / (8 * window) * window;
        return switch (kind) {
            case FIELD_BYTE_OFFSET -> start;
            case FIELD_BYTE_SIZE -> window;
            case FIELD_SIGNED -> isSigned(type) ? 1 : 0;
            case FIELD_LEFT_SHIFT -> shift(spot, last.bits(), start, window);
            default -> unsigned(64 - last.bits());
        };
    }

    /**
     * {@return by how much to shift left, so that the highest bit of the field becomes that of the
     * register} The register has the loaded bytes at its lower end.
     */
    private long shift(Spot spot, long bits, long start, long window) {
        long before = spot.bitOffset() - 8 * start;
        long above = littleEndian ? 8 * window - before - bits : before;
        return unsigned(64 - 8 * window + above);
    }

    /** What no shift can be, of things larger than a register, has 32 bits in libbpf. */
    private static long unsigned(long number) {
        return number & 0xffff_ffffL;
    }

    private static long refuse(boolean element, long otherwise) throws Refusal {
        if (element) {
            throw new Refusal("only offset and size of an element can be asked");
        }
        return otherwise;
    }

    private static boolean isSigned(CType type) {
        return type instanceof CType.Int number && number.signed()
                || type instanceof CType.Enum enumeration && enumeration.signed();
    }
}
