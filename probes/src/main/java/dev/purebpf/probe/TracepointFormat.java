package dev.purebpf.probe;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.kernel.Errno;

import java.util.ArrayList;
import java.util.List;

/**
 * What the record of a tracepoint holds, as {@code events/CATEGORY/NAME/format} of tracefs says
 * ({@code Documentation/trace/events.rst} of the kernel, chapter "Event formats").
 *
 * <p>The record is also what a program of type TRACEPOINT gets, but for its first eight bytes, in
 * which the kernel hides an address of its own: the fields named {@code common_…} cannot be read
 * there.
 *
 * @param name the tracepoint's name, without its category
 * @param id its number in {@code perf_event_open}
 * @param fields all fields in the order of the file, the common ones first
 */
public record TracepointFormat(String name, int id, List<Field> fields) {

    /** No record of the kernel's is bigger: {@code PERF_MAX_TRACE_SIZE}. */
    private static final int BIGGEST_RECORD = 8192;

    private static final String FIELD = "field:";

    /** Where the bytes of a field are. */
    public enum Place {
        /** At its offset. */
        INLINE,
        /**
         * At its offset is a 32-bit number, which has the bytes' offset from the beginning of the
         * record in its low half, and their number in its high half: {@code __data_loc}.
         */
        ELSEWHERE,
        /** The same, but the offset counts from the end of that number: {@code __rel_loc}. */
        AFTER
    }

    /**
     * A field.
     *
     * @param type its type in C, an element's for an array: {@code unsigned long}
     * @param name its name
     * @param offset where it begins, in bytes from the beginning of the record
     * @param size its bytes there; 4 if the content is elsewhere
     * @param signed whether it, or an element, is a signed number
     * @param array whether it is an array
     * @param length the number of elements; 0 if that is not said in digits, or if it is no array
     * @param place where its content is
     */
    public record Field(
            String type,
            String name,
            int offset,
            int size,
            boolean signed,
            boolean array,
            int length,
            Place place) {

        /** {@return whether programs cannot read it} */
        public boolean isCommon() {
            return offset < 8;
        }

        /** {@return whether it is an address} */
        public boolean isPointer() {
            return type.endsWith("*");
        }

        /** {@return whether it is text, up to its first NUL} */
        public boolean isText() {
            return array && (type.equals("char") || type.equals("const char"));
        }

        /** {@return the bytes of an element, or of the number if it is no array} */
        public int elementSize() {
            if (!array) {
                return size;
            }
            if (place == Place.INLINE && length > 0 && size % length == 0) {
                return size / length;
            }
            return switch (type.replace("const ", "")) {
                case "short", "unsigned short", "u16", "s16", "__u16", "__s16" -> 2;
                case "int", "unsigned int", "unsigned", "u32", "s32", "__u32", "__s32" -> 4;
                case "long", "unsigned long", "u64", "s64", "__u64", "__s64" -> 8;
                default -> isPointer() ? 8 : 1;
            };
        }
    }

    /** Makes the list of fields unchangeable. */
    public TracepointFormat {
        fields = List.copyOf(fields);
    }

    /**
     * {@return the format of a tracepoint of this machine}
     *
     * @param tracepoint which one
     * @throws KernelException if tracefs is not to be found or read, or has no such tracepoint
     * @throws MalformedObjectException if the file is not as described
     */
    public static TracepointFormat of(Tracepoint tracepoint) {
        return of(tracepoint, Tracefs.MACHINE);
    }

    static TracepointFormat of(Tracepoint tracepoint, Tracefs tracefs) {
        String path = tracepoint.category() + "/" + tracepoint.name();
        String operation = "reading the format of tracepoint " + path;
        String text = tracefs.read("events/" + path + "/format", operation);
        if (text == null) {
            throw Errno.ENOENT.failure(
                    operation,
                    "this kernel has no tracepoint of that name"
                            + NearestNames.say(path, TracepointNames.all(tracefs)));
        }
        return parse(path, text);
    }

    /** {@return the bytes of a record, without the contents that are elsewhere} */
    public int fixedSize() {
        int end = 0;
        for (Field field : fields) {
            end = Math.max(end, field.offset() + field.size());
        }
        return end;
    }

    /**
     * {@return the format that a text describes}
     *
     * @param path CATEGORY/NAME, for messages
     * @param text the content of a file {@code format}
     * @throws MalformedObjectException if it is not as described
     */
    public static TracepointFormat parse(String path, String text) {
        String name = null;
        int id = -1;
        List<Field> fields = new ArrayList<>();
        long position = 0;
        for (String line : text.split("\n", -1)) {
            String content = line.strip();
            if (content.startsWith("print fmt:")) {
                // How to print it is C, of which only the kernel and its tools know all.
                break;
            }
            if (content.startsWith("name:")) {
                name = content.substring(5).strip();
            } else if (content.startsWith("ID:")) {
                id = number(path, position, content, content.substring(3).strip());
            } else if (content.startsWith(FIELD)) {
                fields.add(field(path, position, content));
            }
            position += line.length() + 1;
        }
        if (name == null || name.isEmpty() || id < 0) {
            throw malformed(path, 0, "has no line \"name:\" or \"ID:\"");
        }
        return new TracepointFormat(name, id, fields);
    }

    private static Field field(String path, long position, String line) {
        String[] parts = line.split(";");
        if (parts.length < 4) {
            throw malformed(path, position, "is no field: " + line);
        }
        int offset = property(path, position, line, parts[1], "offset:");
        int size = property(path, position, line, parts[2], "size:");
        boolean signed = property(path, position, line, parts[3], "signed:") != 0;
        if (offset + size > BIGGEST_RECORD) {
            throw malformed(path, position, "ends beyond any record: " + line);
        }
        String declaration = parts[0].substring(FIELD.length()).strip();
        Place place = Place.INLINE;
        if (declaration.startsWith("__data_loc ")) {
            place = Place.ELSEWHERE;
        } else if (declaration.startsWith("__rel_loc ")) {
            place = Place.AFTER;
        }
        if (place != Place.INLINE) {
            declaration = declaration.substring(declaration.indexOf(' ') + 1).strip();
            if (size != 4) {
                throw malformed(path, position, "has a place of other than 4 bytes: " + line);
            }
        }
        int length = 0;
        int bracket = declaration.indexOf('[');
        boolean array = bracket >= 0;
        if (array) {
            int end = declaration.indexOf(']', bracket);
            if (end < 0) {
                throw malformed(path, position, "has no ']': " + line);
            }
            length = length(declaration.substring(bracket + 1, end));
            // "char comm[16]" when it is inline, "char[] comm" when it is not.
            declaration = declaration.substring(0, bracket) + declaration.substring(end + 1);
        }
        declaration = declaration.strip();
        int from = declaration.length();
        while (from > 0 && isNamePart(declaration.charAt(from - 1))) {
            from--;
        }
        String name = declaration.substring(from);
        String type = declaration.substring(0, from).strip();
        if (name.isEmpty() || type.isEmpty()) {
            throw malformed(path, position, "has no type or no name: " + line);
        }
        return new Field(type, name, offset, size, signed, array, length, place);
    }

    private static boolean isNamePart(char c) {
        return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    /** Some are expressions of C, such as {@code [TASK_COMM_LEN]}: the size says it as well. */
    private static int length(String text) {
        try {
            return Math.max(0, Integer.parseInt(text.strip()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static int property(String path, long position, String line, String part, String name) {
        String content = part.strip();
        if (!content.startsWith(name)) {
            throw malformed(path, position, "has no " + name + " " + line);
        }
        return number(path, position, line, content.substring(name.length()));
    }

    private static int number(String path, long position, String line, String digits) {
        try {
            int number = Integer.parseInt(digits);
            if (number >= 0 && number <= 0xffff) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw malformed(path, position, "has '" + digits + "' for a number: " + line);
    }

    private static MalformedObjectException malformed(String path, long position, String what) {
        // Offsets count from the beginning of the file.
        return new MalformedObjectException(path + "/format", null, position, what);
    }
}
