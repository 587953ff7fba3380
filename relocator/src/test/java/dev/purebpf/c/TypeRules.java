package dev.purebpf.c;

import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Prototype;
import dev.purebpf.c.CType.Reference;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The three ways in which CO-RE compares types, defined on C. */
public final class TypeRules {
    private static final Pattern FLAVOUR = Pattern.compile("(.*[^_])___[^_].*");

    private final CUnit local;
    private final CUnit kernel;

    /** Compares types of one unit with those of another. */
    public TypeRules(CUnit local, CUnit kernel) {
        this.local = local;
        this.kernel = kernel;
    }

    /** {@return a name without its flavour} */
    public static String essential(String name) {
        Matcher matcher = FLAVOUR.matcher(name);
        return matcher.matches() ? matcher.group(1) : name;
    }

    /** {@return the tag of a type; empty when it can have none} */
    private static String tag(CType type) {
        return switch (type) {
            case CType.Int number -> number.name();
            case CType.Float number -> number.name();
            case CType.Enum enumeration -> enumeration.name();
            case Composite composite -> composite.name();
            case Reference declared -> declared.name();
            default -> "";
        };
    }

    /** {@return whether a field of one type may be read as one of the other} */
    public boolean readableAs(CType a, CType b) {
        CType first = local.bare(a);
        CType second = kernel.bare(b);
        if (!first.getClass().equals(second.getClass())) {
            return false;
        }
        return switch (first) {
            case Composite _, Pointer _, CType.Int _, CType.Float _ -> true;
            case Array array -> readableAs(array.element(), ((Array) second).element());
            case CType.Enum _, Reference _ ->
                    tag(first).isEmpty()
                            || tag(second).isEmpty()
                            || essential(tag(first)).equals(essential(tag(second)));
            default -> false;
        };
    }

    /** {@return whether types have the same outline, whatever their names and sizes} */
    public boolean sameOutline(CType a, CType b) {
        CType first = local.bare(a);
        CType second = kernel.bare(b);
        if (!first.getClass().equals(second.getClass())) {
            return false;
        }
        return switch (first) {
            case CType.Void _, CType.Int _, CType.Enum _, Reference _ -> true;
            case Composite composite -> composite.union() == ((Composite) second).union();
            case Pointer pointer -> sameOutline(pointer.to(), ((Pointer) second).to());
            case Array array -> sameOutline(array.element(), ((Array) second).element());
            case Prototype prototype -> {
                var other = (Prototype) second;
                yield sameOutline(prototype.result(), other.result())
                        && pairwise(prototype, other, this::sameOutline);
            }
            default -> false;
        };
    }

    /** {@return whether the second type has all that the first has} */
    public boolean matches(CType a, CType b) {
        return matches(a, b, false);
    }

    private boolean matches(CType a, CType b, boolean pointedTo) {
        CType first = local.bare(a);
        CType second = kernel.bare(b);
        if (!essential(tag(first)).equals(essential(tag(second)))) {
            return false;
        }
        if (pointedTo && isComposite(first) && isComposite(second)) {
            return isUnion(first) == isUnion(second);
        }
        if (!first.getClass().equals(second.getClass())) {
            return false;
        }
        return switch (first) {
            case CType.Void _ -> true;
            case CType.Int number ->
                    number.bytes() == ((CType.Int) second).bytes()
                            && number.signed() == ((CType.Int) second).signed();
            case CType.Enum enumeration -> hasAll(enumeration, (CType.Enum) second);
            case Reference declared -> declared.union() == ((Reference) second).union();
            case Composite composite -> hasAll(composite, (Composite) second);
            case Pointer pointer -> matches(pointer.to(), ((Pointer) second).to(), true);
            case Array array ->
                    array.length() == ((Array) second).length()
                            && matches(array.element(), ((Array) second).element(), pointedTo);
            case Prototype prototype -> {
                var other = (Prototype) second;
                yield matches(prototype.result(), other.result(), pointedTo)
                        && pairwise(prototype, other, (x, y) -> matches(x, y, pointedTo));
            }
            default -> false;
        };
    }

    private static boolean isComposite(CType type) {
        return type instanceof Composite || type instanceof Reference;
    }

    private static boolean isUnion(CType type) {
        return type instanceof Composite composite ? composite.union() : ((Reference) type).union();
    }

    private static boolean hasAll(CType.Enum first, CType.Enum second) {
        List<String> names =
                second.constants().stream().map(constant -> essential(constant.name())).toList();
        return first.bytes() == second.bytes()
                && first.constants().size() <= names.size()
                && first.constants().stream().allMatch(c -> names.contains(essential(c.name())));
    }

    private boolean hasAll(Composite first, Composite second) {
        return first.union() == second.union()
                && first.fields().size() <= second.fields().size()
                && first.fields().stream()
                        .allMatch(
                                field ->
                                        second.fields().stream()
                                                .anyMatch(other -> matches(field, other)));
    }

    private boolean matches(Field first, Field second) {
        return essential(first.name()).equals(essential(second.name()))
                && matches(first.type(), second.type(), false);
    }

    private interface Comparison {
        boolean compare(CType first, CType second);
    }

    private static boolean pairwise(Prototype first, Prototype second, Comparison comparison) {
        List<CType> these = first.parameters();
        List<CType> those = second.parameters();
        return these.size() == those.size()
                && IntStream.range(0, these.size())
                        .allMatch(i -> comparison.compare(these.get(i), those.get(i)));
    }
}
