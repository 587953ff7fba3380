package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.HeaderField;

import java.util.List;

/**
 * Headers or trailers.
 *
 * @param time when they came or went, in nanoseconds of the kernel's monotonic clock
 * @param fields the fields, in the order in which they were sent
 * @param isCut whether there was more than was captured
 */
record HeaderBlock(long time, List<HeaderField> fields, boolean isCut) {
    /** Copies the list. */
    HeaderBlock {
        fields = List.copyOf(fields);
    }

    /** {@return the value of the first field of a name; {@code null} if there is none} */
    String value(String name) {
        for (HeaderField field : fields) {
            if (field.name().equals(name)) {
                return field.value();
            }
        }
        return null;
    }
}
