package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The constants of a Java enum by the numbers that C gives them. */
final class Enums {
    private final CType.Enumeration type;
    private final Place place;

    /** Ascending, and beside each the constant. */
    private final long[] values;

    private final Object[] constants;

    /** By ordinal. */
    private final long[] numbers;

    Enums(CType.Enumeration type, Class<?> javaType, Place place) {
        this.type = type;
        this.place = place;
        Object[] all = javaType.getEnumConstants();
        numbers = new long[all.length];
        List<CType.Constant> known = new ArrayList<>();
        for (int i = 0; i < all.length; i++) {
            CType.Constant constant = find(((Enum<?>) all[i]).name());
            numbers[i] = constant.value();
            known.add(constant);
        }
        for (CType.Constant constant : type.constants()) {
            if (known.stream().noneMatch(k -> k.value() == constant.value())) {
                throw place.refuse(
                        "enum "
                                + javaType.getSimpleName()
                                + " has no constant for "
                                + constant.name()
                                + " = "
                                + constant.value()
                                + " of "
                                + type.name());
            }
        }
        Integer[] order = new Integer[all.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong(i -> numbers[i]));
        values = new long[all.length];
        constants = new Object[all.length];
        for (int i = 0; i < all.length; i++) {
            values[i] = numbers[order[i]];
            constants[i] = all[order[i]];
        }
    }

    private CType.Constant find(String name) {
        for (CType.Constant constant : type.constants()) {
            if (constant.name().equals(name)) {
                return constant;
            }
        }
        throw place.refuse(type.name() + " has no constant " + name);
    }

    Object get(MemorySegment segment, long offset) {
        long value =
                switch (type.size()) {
                    case 1 -> {
                        byte b = Scalars.getByte(segment, offset);
                        yield type.signed() ? b : Byte.toUnsignedLong(b);
                    }
                    case 2 -> {
                        short s = Scalars.getShort(segment, offset);
                        yield type.signed() ? s : Short.toUnsignedLong(s);
                    }
                    case 4 -> {
                        int i = Scalars.getInt(segment, offset);
                        yield type.signed() ? i : Integer.toUnsignedLong(i);
                    }
                    default -> Scalars.getLong(segment, offset);
                };
        int index = Arrays.binarySearch(values, value);
        if (index < 0) {
            throw place.refuse(value + " is no constant of " + type.name());
        }
        return constants[index];
    }

    void set(MemorySegment segment, long offset, Object constant) {
        if (constant == null) {
            throw place.refuse("is null: a C enum always has a value");
        }
        long value = numbers[((Enum<?>) constant).ordinal()];
        switch (type.size()) {
            case 1 -> Scalars.setByte(segment, offset, (byte) value);
            case 2 -> Scalars.setShort(segment, offset, (short) value);
            case 4 -> Scalars.setInt(segment, offset, (int) value);
            default -> Scalars.setLong(segment, offset, value);
        }
    }
}
