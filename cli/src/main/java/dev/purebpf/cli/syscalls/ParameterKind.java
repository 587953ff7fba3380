package dev.purebpf.cli.syscalls;

/**
 * How an argument reads best. Chosen by the type and the name that the kernel gives a parameter:
 * the type alone does not tell an {@code unsigned int} that counts from one that holds flags.
 */
enum ParameterKind {
    /** A signed 32-bit number. */
    INT,
    /** A file descriptor: a signed 32-bit number, −100 being {@code AT_FDCWD}. */
    DESCRIPTOR,
    /** An unsigned 32-bit number. */
    UNSIGNED_INT,
    /** A user or group: an unsigned 32-bit number, but −1 for none. */
    IDENTITY,
    /** A signed 64-bit number. */
    LONG,
    /** An unsigned 64-bit number. */
    SIZE,
    /** 32 bits, each with its own meaning. */
    FLAGS,
    /** 64 bits, each with its own meaning, or what is not known better. */
    BITS,
    /** Access rights, which people read in octal. */
    MODE,
    /** An address, or {@code NULL}. */
    POINTER,
    /** The address of a string, which the program may have read. */
    STRING;

    /**
     * {@return the kind of a parameter}
     *
     * @param type the C type, such as {@code unsigned int} or {@code struct stat *}
     * @param name the parameter's name, such as {@code flags}
     */
    static ParameterKind of(String type, String name) {
        if (type.indexOf('*') >= 0 || type.contains("cap_user_")) {
            return POINTER;
        }
        String plain = type.startsWith("const ") ? type.substring(6) : type;
        return switch (plain) {
            case "umode_t" -> MODE;
            case "uid_t", "gid_t", "qid_t" -> IDENTITY;
            case "size_t" -> SIZE;
            case "loff_t", "off_t", "long" -> LONG;
            case "rwf_t" -> FLAGS;
            case "unsigned int", "unsigned", "u32", "__u32" -> {
                if (isDescriptor(name)) {
                    yield DESCRIPTOR;
                }
                yield isBits(name) ? FLAGS : UNSIGNED_INT;
            }
            case "unsigned long", "u64", "__u64" -> {
                // mmap's fd, which is an int in all but name
                if (isDescriptor(name)) {
                    yield DESCRIPTOR;
                }
                yield isCount(name) ? SIZE : BITS;
            }
            case "aio_context_t" -> BITS;
            default -> {
                if (isDescriptor(name)) {
                    yield DESCRIPTOR;
                }
                yield isBits(name) ? FLAGS : INT;
            }
        };
    }

    private static boolean isDescriptor(String name) {
        return name.endsWith("fd") || name.equals("fildes") || name.startsWith("fd_");
    }

    private static boolean isBits(String name) {
        return name.endsWith("flags")
                || name.endsWith("flg")
                || name.equals("flag")
                || name.equals("mask")
                || name.equals("cmd");
    }

    private static boolean isCount(String name) {
        return name.endsWith("len")
                || name.endsWith("cnt")
                || name.endsWith("count")
                || name.endsWith("size")
                || name.startsWith("nr_")
                || name.equals("maxnode")
                || name.equals("num");
    }
}
