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
        Class<?> type = component.getType();
        if (type.isRecord()) {
            return layout(type, depth + 1);
        }
        CType scalar = Scalars.natural(type);
        if (scalar == null) {
            throw new IllegalArgumentException(
                    "component "
                            + component.getName()
                            + " of record "
                            + record.getSimpleName()
                            + " is a "
                            + type.getSimpleName()
                            + ", which has no fixed size in C: bind the record to a C struct that"
                            + " is in the object's BTF (name the struct, or call the record like"
                            + " it)");
        }
        return scalar;
    }

    private static int alignment(CType type) {
        if (type instanceof CType.Struct struct) {
            int largest = 1;
            for (CType.Field field : struct.fields()) {
                largest = Math.max(largest, alignment(field.type()));
            }
            return largest;
        }
        return type.size();
    }

    private static long roundUp(long value, int alignment) {
        return Math.addExact(value, alignment - 1) / alignment * alignment;
    }
}
