package dev.purebpf.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;

/**
 * Compares a C type with a Java type and composes the handles that copy the one to the other. All
 * the refusing happens here; what it returns does not look at types any more.
 */
final class Binder {
    private static final MethodHandles.Lookup OWN = MethodHandles.lookup();
    private static final int MAX_DEPTH = 64;

    /** A constructor takes 255 arguments at most, one of them is the record itself. */
    private static final int MAX_COMPONENTS = 250;

    private final MethodHandles.Lookup lookup;

    Binder(MethodHandles.Lookup lookup) {
        this.lookup = lookup;
    }

    /**
     * Binds a type.
     *
     * @param javaType the type, primitive rather than a wrapper
     * @throws IllegalArgumentException if they differ
     */
    Binding bind(CType type, Class<?> javaType, Place place) {
        if (place.depth() > MAX_DEPTH) {
            throw place.refuse("nested more than " + MAX_DEPTH + " deep");
        }
        return switch (type) {
            case CType.Whole whole -> scalar(type, javaType, place, wholes(whole.size()));
            case CType.Pointer pointer -> scalar(type, javaType, place, wholes(pointer.size()));
            case CType.Truth _ -> scalar(type, javaType, place, List.of(boolean.class));
            case CType.Real real ->
                    scalar(
                            type,
                            javaType,
                            place,
                            switch (real.size()) {
                                case 4 -> List.of(float.class);
                                case 8 -> List.of(double.class);
                                default -> List.of();
                            });
            case CType.Enumeration enumeration ->
                    javaType.isEnum()
                            ? enumeration(enumeration, javaType, place)
                            : scalar(type, javaType, place, wholes(enumeration.size()));
            case CType.Array array -> array(array, javaType, place);
            case CType.Struct struct -> {
                if (!javaType.isRecord()) {
                    throw place.refuse(
                            describe(type) + " binds to a record, not to " + name(javaType));
                }
                yield record(struct, javaType, place);
            }
            case CType.Opaque _, CType.Union _ -> {
                if (javaType != byte[].class) {
                    throw place.refuse(
                            describe(type) + " binds to byte[], not to " + name(javaType));
                }
                yield block(byte.class, ValueLayout.JAVA_BYTE, type.size(), place);
            }
            case CType.Bitfield bitfield -> {
                scalar(
                        bitfield,
                        javaType,
                        place,
                        bitfield.base() instanceof CType.Truth
                                ? List.of(boolean.class)
                                : wholes(bitfield.base().size()).subList(0, 1));
                yield Bitfields.binding(bitfield, javaType, place);
            }
        };
    }

    private static List<Class<?>> wholes(int size) {
        return switch (size) {
            case 1 -> List.of(byte.class);
            case 2 -> List.of(short.class, char.class);
            case 4 -> List.of(int.class);
            case 8 -> List.of(long.class);
            default -> List.of();
        };
    }

    private static Binding scalar(
            CType type, Class<?> javaType, Place place, List<Class<?>> fitting) {
        if (!fitting.contains(javaType)) {
            String wanted =
                    fitting.isEmpty()
                            ? "Java has no type for it"
                            : "declare it " + fitting.getFirst().getSimpleName();
            throw place.refuse(
                    "is " + name(javaType) + ", but in C " + describe(type) + ": " + wanted);
        }
        return Scalars.binding(javaType);
    }

    private static Binding enumeration(CType.Enumeration type, Class<?> javaType, Place place) {
        var enums = new Enums(type, javaType, place);
        try {
            MethodHandle get =
                    OWN.bind(
                            enums,
                            "get",
                            MethodType.methodType(Object.class, MemorySegment.class, long.class));
            MethodHandle set =
                    OWN.bind(
                            enums,
                            "set",
                            MethodType.methodType(
                                    void.class, MemorySegment.class, long.class, Object.class));
            return typed(get, set, javaType);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("Enums", e);
        }
    }

    private Binding array(CType.Array array, Class<?> javaType, Place place) {
        CType element = array.element();
        boolean bytes = element.size() == 1 && element instanceof CType.Whole;
        if (javaType == String.class) {
            if (!bytes) {
                throw place.refuse("is a String, but in C " + describe(array) + ": not of char");
            }
            return text(array.length(), place);
        }
        if (!javaType.isArray()) {
            throw place.refuse(
                    "is "
                            + name(javaType)
                            + ", but in C "
                            + describe(array)
                            + (bytes ? ": declare it String or byte[]" : ": declare it an array"));
        }
        Class<?> component = javaType.getComponentType();
        Binding inner = bind(element, component, place.element());
        ValueLayout layout = ArrayCopies.block(component);
        return layout != null
                ? block(component, layout, array.length(), place)
                : each(component, inner, array.length(), element.size(), place);
    }

    private static Binding text(int capacity, Place place) {
        MethodHandle get =
                find(
                        Texts.class,
                        "get",
                        MethodType.methodType(
                                String.class, int.class, MemorySegment.class, long.class));
        MethodHandle set =
                find(
                        Texts.class,
                        "set",
                        MethodType.methodType(
                                void.class,
                                Place.class,
                                int.class,
                                MemorySegment.class,
                                long.class,
                                String.class));
        return new Binding(
                MethodHandles.insertArguments(get, 0, capacity),
                MethodHandles.insertArguments(set, 0, place, capacity));
    }

    private static Binding block(Class<?> element, ValueLayout layout, int length, Place place) {
        MethodHandle get =
                find(
                        ArrayCopies.class,
                        "getBlock",
                        MethodType.methodType(
                                Object.class,
                                Class.class,
                                ValueLayout.class,
                                int.class,
                                MemorySegment.class,
                                long.class));
        MethodHandle set =
                find(
                        ArrayCopies.class,
                        "setBlock",
                        MethodType.methodType(
                                void.class,
                                Place.class,
                                ValueLayout.class,
                                int.class,
                                MemorySegment.class,
                                long.class,
                                Object.class));
        return typed(
                MethodHandles.insertArguments(get, 0, element, layout, length),
                MethodHandles.insertArguments(set, 0, place, layout, length),
                element.arrayType());
    }

    private static Binding each(
            Class<?> element, Binding inner, int length, int stride, Place place) {
        MethodType getter = MethodType.methodType(Object.class, MemorySegment.class, long.class);
        MethodType setter =
                MethodType.methodType(void.class, MemorySegment.class, long.class, Object.class);
        MethodHandle get =
                find(
                        ArrayCopies.class,
                        "getEach",
                        MethodType.methodType(
                                Object.class,
                                Class.class,
                                MethodHandle.class,
                                int.class,
                                int.class,
                                MemorySegment.class,
                                long.class));
        MethodHandle set =
                find(
                        ArrayCopies.class,
                        "setEach",
                        MethodType.methodType(
                                void.class,
                                Place.class,
                                MethodHandle.class,
                                int.class,
                                int.class,
                                MemorySegment.class,
                                long.class,
                                Object.class));
        MethodHandle decode = inner.decoder().asType(getter);
        MethodHandle encode = inner.encoder().asType(setter);
        return typed(
                MethodHandles.insertArguments(get, 0, element, decode, length, stride),
                MethodHandles.insertArguments(set, 0, place, encode, length, stride),
                element.arrayType());
    }

    private Binding record(CType.Struct struct, Class<?> record, Place place) {
        RecordComponent[] components = record.getRecordComponents();
        List<CType.Field> fields = struct.fields();
        for (int i = 0; i < Math.min(components.length, fields.size()); i++) {
            checkName(struct, fields.get(i), components[i], i, place);
        }
        if (components.length < fields.size()) {
            CType.Field missing = fields.get(components.length);
            throw place.refuse(
                    "has no component for field "
                            + missing.name()
                            + " ("
                            + missing.type().name()
                            + " at byte "
                            + missing.offset()
                            + ") of "
                            + struct.name());
        }
        if (components.length > fields.size()) {
            throw place.refuse(
                    "component "
                            + components[fields.size()].getName()
                            + " has no field in "
                            + struct.name()
                            + ", which ends before it");
        }
        if (components.length > MAX_COMPONENTS) {
            throw place.refuse("has more than " + MAX_COMPONENTS + " components");
        }
        MethodHandle decoder = constructor(record, components, place);
        MethodHandle encoder =
                MethodHandles.empty(
                        MethodType.methodType(void.class, MemorySegment.class, long.class, record));
        // From the last to the first, so that the positions of the arguments before stay the same.
        for (int i = components.length - 1; i >= 0; i--) {
            CType.Field field = fields.get(i);
            Place at = place.component(components[i].getName());
            checkOverlap(struct, fields, i, at);
            Binding inner = at(bind(field.type(), components[i].getType(), at), field.offset());
            decoder = MethodHandles.collectArguments(decoder, i, inner.decoder());
            MethodHandle write =
                    MethodHandles.filterArguments(
                            inner.encoder(), 2, accessor(record, components[i], at));
            encoder = MethodHandles.foldArguments(encoder, write);
        }
        int[] positions = new int[components.length * 2];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i & 1;
        }
        MethodType type = MethodType.methodType(record, MemorySegment.class, long.class);
        return new Binding(MethodHandles.permuteArguments(decoder, type, positions), encoder);
    }

    private static void checkName(
            CType.Struct struct,
            CType.Field field,
            RecordComponent component,
            int index,
            Place place) {
        if (!field.name().isEmpty() && !same(field.name(), component.getName())) {
            throw place.refuse(
                    "component "
                            + (index + 1)
                            + " is "
                            + component.getName()
                            + ", but field "
                            + (index + 1)
                            + " of "
                            + struct.name()
                            + " is "
                            + field.name()
                            + " ("
                            + field.type().name()
                            + " at byte "
                            + field.offset()
                            + ")");
        }
    }

    private static boolean same(String inC, String inJava) {
        return inC.equals(inJava) || plain(inC).equals(plain(inJava));
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    /** Damaged BTF may let fields overlap or stand outside; a C compiler never does. */
    private static void checkOverlap(
            CType.Struct struct, List<CType.Field> fields, int index, Place place) {
        CType.Field field = fields.get(index);
        long end = (long) field.offset() + field.type().size();
        long limit = index + 1 < fields.size() ? fields.get(index + 1).offset() : struct.size();
        if (end > limit && !(field.type() instanceof CType.Bitfield)) {
            throw place.refuse(
                    "field "
                            + field.name()
                            + " of "
                            + struct.name()
                            + " reaches to byte "
                            + end
                            + ", beyond "
                            + limit
                            + ": the BTF is wrong");
        }
    }

    private MethodHandle constructor(Class<?> record, RecordComponent[] components, Place place) {
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            Constructor<?> constructor = record.getDeclaredConstructor(types);
            if (lookup.lookupClass() == Binder.class || lookup.lookupClass() == Codec.class) {
                constructor.setAccessible(true);
            }
            return lookup.unreflectConstructor(constructor);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw closed(record, place, e);
        }
    }

    private MethodHandle accessor(Class<?> record, RecordComponent component, Place place) {
        try {
            Method method = component.getAccessor();
            if (lookup.lookupClass() == Binder.class || lookup.lookupClass() == Codec.class) {
                method.setAccessible(true);
            }
            return lookup.unreflect(method);
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            throw closed(record, place, e);
        }
    }

    private static IllegalArgumentException closed(Class<?> record, Place place, Exception cause) {
        IllegalArgumentException refusal =
                place.refuse(
                        "its module does not let dev.purebpf.loader use its constructor: pass"
                                + " MethodHandles.lookup(), or write \"opens "
                                + record.getPackageName()
                                + " to dev.purebpf.loader;\" in its module-info");
        refusal.initCause(cause);
        return refusal;
    }

    /** Moves a binding to a field's place. */
    private static Binding at(Binding binding, int offset) {
        if (offset == 0) {
            return binding;
        }
        MethodHandle add =
                MethodHandles.insertArguments(
                        find(
                                Binder.class,
                                "add",
                                MethodType.methodType(long.class, long.class, long.class)),
                        0,
                        (long) offset);
        return new Binding(
                MethodHandles.filterArguments(binding.decoder(), 1, add),
                MethodHandles.filterArguments(binding.encoder(), 1, add));
    }

    @SuppressWarnings("unused") // by handle, in at()
    private static long add(long fieldOffset, long base) {
        return base + fieldOffset;
    }

    private static Binding typed(MethodHandle get, MethodHandle set, Class<?> javaType) {
        return new Binding(
                get.asType(get.type().changeReturnType(javaType)),
                set.asType(set.type().changeParameterType(2, javaType)));
    }

    private static MethodHandle find(Class<?> where, String name, MethodType type) {
        try {
            return OWN.findStatic(where, name, type);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    private static String describe(CType type) {
        return type.name() + " of " + type.size() + (type.size() == 1 ? " byte" : " bytes");
    }

    private static String name(Class<?> type) {
        return (type.isPrimitive() || type.isArray() || type == String.class ? "" : "type ")
                + type.getSimpleName();
    }
}
