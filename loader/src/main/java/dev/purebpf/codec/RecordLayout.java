package dev.purebpf.codec;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * Lays a record out as a C compiler lays out a struct: each field at a multiple of its alignment.
 */
final class RecordLayout {
    /** Deeper nesting is a mistake; a record cannot hold itself in C. */
    private static final int MAX_DEPTH = 16;

    private RecordLayout() {}

    static CType.Struct layout(Class<?> record, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(
                    "record "
                            + record.getSimpleName()
                            + " contains itself: no C struct can do that");
        }
        List<CType.Field> fields = new ArrayList<>();
        long end = 0;
        int alignment = 1;
        for (RecordComponent component : record.getRecordComponents()) {
            CType type = type(record, component, depth);
            int own = alignment(type);
            long offset = roundUp(end, own);
            fields.add(new CType.Field(component.getName(), Math.toIntExact(offset), type));
            end = offset + type.size();
            alignment = Math.max(alignment, own);
        }
        int size = Math.toIntExact(roundUp(end, alignment));
        return new CType.Struct("record " + record.getSimpleName(), size, fields);
    }

    private static CType type(Class<?> record, RecordComponent component, int depth) {
        Length length = component.getAnnotation(Length.class);
        Class<?> type = component.getType();
        CType found = null;
        if (length == null) {
            found = plain(type, depth);
        } else if (length.value() <= 0) {
            throw refuse(record, component, "has a length of " + length.value());
        } else if (type == String.class) {
            found = new CType.Array(new CType.Whole("char", 1, true), length.value());
        } else if (type.isArray()) {
            CType element = plain(type.getComponentType(), depth);
            found = element == null ? null : new CType.Array(element, length.value());
        } else {
            throw refuse(record, component, "is no array or String: it has no @Length");
        }
        if (found == null) {
            throw refuse(
                    record,
                    component,
                    "is a "
                            + type.getSimpleName()
                            + ", whose size in C is not known: there is no BTF of the struct (is"
                            + " the record called like it?), so say @Length for arrays and"
                            + " strings");
        }
        return found;
    }

    private static CType plain(Class<?> type, int depth) {
        return type.isRecord() ? layout(type, depth + 1) : Scalars.natural(type);
    }

    private static IllegalArgumentException refuse(
            Class<?> record, RecordComponent component, String problem) {
        return new IllegalArgumentException(
                "record "
                        + record.getSimpleName()
                        + ", component "
                        + component.getName()
                        + ": "
                        + problem);
    }

    private static int alignment(CType type) {
        if (type instanceof CType.Struct struct) {
            int largest = 1;
            for (CType.Field field : struct.fields()) {
                largest = Math.max(largest, alignment(field.type()));
            }
            return largest;
        }
        if (type instanceof CType.Array array) {
            return alignment(array.element());
        }
        return type.size();
    }

    private static long roundUp(long value, int alignment) {
        return Math.addExact(value, alignment - 1) / alignment * alignment;
    }
}
