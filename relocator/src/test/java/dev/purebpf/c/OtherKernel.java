package dev.purebpf.c;

import dev.purebpf.c.CType.Array;
import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Constant;
import dev.purebpf.c.CType.Field;
import dev.purebpf.c.CType.Pointer;
import dev.purebpf.c.CType.Prototype;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What another kernel makes of the same declarations: fields and enumerators moved, renamed,
 * resized, wrapped, retyped and removed, structs made unions, and several types of one name.
 */
public final class OtherKernel {
    private final CUnit original;
    private final Choices choices;
    private final boolean duplicates;
    private final List<CType> declarations = new ArrayList<>();
    private final Map<CType, CType> named = new HashMap<>();
    private int added;

    private OtherKernel(CUnit original, Choices choices, boolean duplicates) {
        this.original = original;
        this.choices = choices;
        this.duplicates = duplicates;
    }

    /**
     * {@return what became of some declarations}
     *
     * @param duplicates whether one name may be declared twice, as no C file can
     */
    public static CUnit of(CUnit original, Choices choices, boolean duplicates) {
        return new OtherKernel(original, choices, duplicates).change();
    }

    private CUnit change() {
        for (CType declaration : original.declarations()) {
            switch (declaration) {
                case Composite composite -> composite(composite);
                case CType.Enum enumeration -> enumeration(enumeration);
                case Typedef typedef -> {
                    var changed = new Typedef(typedef.name(), type(typedef.type()));
                    named.put(typedef, changed);
                    declarations.add(changed);
                }
                default -> throw new IllegalArgumentException(declaration.toString());
            }
        }
        return new CUnit(declarations);
    }

    private void composite(Composite composite) {
        if (choices.onceIn(12) && !isEmbedded(composite)) {
            return;
        }
        Composite changed = composite(composite, composite.name());
        declarations.add(changed);
        if (choices.onceIn(6)) {
            Composite copy = choices.onceIn(2) ? changed : composite(composite, composite.name());
            boolean same = duplicates && choices.onceIn(2);
            String name = same ? copy.name() : copy.name() + "___k" + added++;
            declarations.add(new Composite(name, copy.union(), copy.packed(), copy.fields()));
        }
    }

    private boolean isEmbedded(Composite composite) {
        return original.declarations().stream().anyMatch(other -> embeds(other, composite.name()));
    }

    private static boolean embeds(CType type, String tag) {
        return switch (type) {
            case Composite in -> in.fields().stream().anyMatch(f -> embeds(f.type(), tag));
            case Array array -> embeds(array.element(), tag);
            case Qualified qualified -> embeds(qualified.type(), tag);
            case Typedef typedef -> embeds(typedef.type(), tag);
            case Reference reference -> reference.name().equals(tag);
            default -> false;
        };
    }

    private Composite composite(Composite composite, String name) {
        var fields = new ArrayList<Field>();
        for (Field field : composite.fields()) {
            change(field, fields);
        }
        if (choices.onceIn(5)) {
            Collections.rotate(fields, choices.below(4));
        }
        return new Composite(
                name,
                composite.union() != choices.onceIn(12),
                composite.packed() != choices.onceIn(12),
                fields);
    }

    private void change(Field field, List<Field> fields) {
        CType type = type(field.type());
        int bits = Math.min(field.bits(), CGenerator.widest(type));
        switch (choices.below(20)) {
            case 19 -> {}
            case 18 -> fields.add(new Field(newName(), type, bits));
            case 17 -> {
                var inner = List.of(new Field(field.name(), type, bits));
                fields.add(new Field("", new Composite("", choices.onceIn(2), false, inner), 0));
            }
            case 16 -> {
                fields.add(new Field(newName(), choices.of(CGenerator.NUMBERS), 0));
                fields.add(new Field(field.name(), type, bits));
            }
            case 15 -> {
                CType other = isAnonymous(field) ? type : retyped();
                fields.add(new Field(field.name(), other, 0));
            }
            case 14 -> {
                int widest = CGenerator.widest(type);
                int width = widest == 0 ? 0 : 1 + choices.below(widest);
                fields.add(new Field(field.name(), type, width));
            }
            case 13 -> fields.add(new Field(field.name(), type, 0));
            default -> fields.add(new Field(field.name(), type, bits));
        }
    }

    private static boolean isAnonymous(Field field) {
        return field.name().isEmpty();
    }

    private String newName() {
        return "n" + added++;
    }

    private CType retyped() {
        return switch (choices.below(5)) {
            case 1 -> new Pointer(new CType.Void());
            case 2 -> new CType.Float("double", 8);
            case 3 -> new Array(choices.of(CGenerator.NUMBERS), 1 + choices.below(3));
            case 4 -> {
                var constants = List.of(new Constant("N" + added++, 1));
                yield CType.Enum.of("", constants);
            }
            default -> choices.of(CGenerator.NUMBERS);
        };
    }

    private CType type(CType type) {
        return switch (type) {
            case CType.Int _ -> choices.onceIn(8) ? choices.of(CGenerator.NUMBERS) : type;
            case Array array -> {
                int longer = choices.below(6) - 4;
                int length =
                        longer >= 0 && array.length() + longer > 1
                                ? array.length() + 2 * longer - 1
                                : array.length();
                yield new Array(type(array.element()), length);
            }
            case Composite composite -> composite(composite, "");
            case Qualified qualified -> {
                CType inner = type(qualified.type());
                yield choices.onceIn(4) ? inner : new Qualified(qualified.qualifier(), inner);
            }
            case Typedef typedef -> named.getOrDefault(typedef, typedef);
            case CType.Enum enumeration -> named.getOrDefault(enumeration, enumeration);
            case Pointer pointer -> new Pointer(type(pointer.to()));
            case Prototype prototype ->
                    choices.onceIn(4)
                            ? new Prototype(
                                    type(prototype.result()),
                                    List.of(choices.of(CGenerator.NUMBERS)))
                            : prototype;
            case CType.Void _, CType.Float _, Reference _ -> type;
        };
    }

    private void enumeration(CType.Enum enumeration) {
        CType.Enum changed =
                CType.Enum.of(enumeration.name(), constants(enumeration.constants(), ""));
        named.put(enumeration, changed);
        declarations.add(changed);
        if (choices.onceIn(6)) {
            String flavour = "___k" + added++;
            declarations.add(
                    CType.Enum.of(
                            enumeration.name() + flavour,
                            constants(enumeration.constants(), flavour)));
        }
    }

    private List<Constant> constants(List<Constant> constants, String flavour) {
        var changed = new ArrayList<Constant>();
        for (Constant constant : constants) {
            String name = constant.name() + flavour;
            switch (choices.below(10)) {
                case 9 -> {}
                case 8 -> changed.add(new Constant("N" + added++ + name, constant.value()));
                case 7 -> changed.add(new Constant(name + "___k", constant.value()));
                case 6 -> changed.add(new Constant(name, constant.value() + 1));
                case 5 -> changed.add(new Constant(name, 0x1_0000_0000L + added++));
                default -> changed.add(new Constant(name, constant.value()));
            }
        }
        if (changed.isEmpty()) {
            changed.add(new Constant("N" + added++ + flavour, 7));
        }
        return changed;
    }
}
