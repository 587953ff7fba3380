package dev.purebpf.cli.syscalls;

import java.nio.charset.StandardCharsets;

/**
 * What is known of one system call: its name and its parameters, in the form in which they are
 * printed. Immutable, but for nobody to change the arrays.
 *
 * @param name the name, such as {@code openat}
 * @param compat whether it is one of the 32-bit calls of a 64-bit kernel
 * @param nameBytes the name in ASCII
 * @param parameters its parameters; {@code null} if only the name is known
 * @param returnsAddress whether its result is an address
 */
record Syscall(
        String name,
        boolean compat,
        byte[] nameBytes,
        Parameter[] parameters,
        boolean returnsAddress) {

    /**
     * One parameter.
     *
     * @param kind how its argument is shown
     * @param slot which of the captured strings it is; −1 if none
     * @param name its name, such as {@code flags}
     * @param label what comes before it in text: {@code ", flags: "}
     */
    record Parameter(ParameterKind kind, int slot, String name, byte[] label) {}

    /**
     * {@return a call as the table describes it}
     *
     * @param name the name
     * @param compat whether it is a 32-bit call
     * @param strings the digits of those arguments, counted from 1, that are strings; or {@code -}
     * @param parameters C declarations separated by a comma and a space, or {@code ?} if unknown
     */
    static Syscall of(String name, boolean compat, String strings, String parameters) {
        return new Syscall(
                name,
                compat,
                ascii(name),
                parse(strings, parameters),
                name.equals("mmap")
                        || name.equals("mmap2")
                        || name.equals("brk")
                        || name.equals("mremap")
                        || name.equals("shmat"));
    }

    private static Parameter[] parse(String strings, String declarations) {
        if (declarations.equals("?")) {
            return null;
        }
        if (declarations.isEmpty()) {
            return new Parameter[0];
        }
        int count = 1;
        for (int i = 0; i < declarations.length(); i++) {
            if (declarations.charAt(i) == ',') {
                count++;
            }
        }
        Parameter[] parameters = new Parameter[count];
        int from = 0;
        for (int i = 0; i < count; i++) {
            int to = declarations.indexOf(", ", from);
            parameters[i] =
                    parameter(
                            declarations.substring(from, to < 0 ? declarations.length() : to),
                            i,
                            strings.indexOf((char) ('1' + i)));
            from = to + 2;
        }
        return parameters;
    }

    private static Parameter parameter(String declaration, int index, int string) {
        int split = Math.max(declaration.lastIndexOf(' '), declaration.lastIndexOf('*')) + 1;
        String name = declaration.substring(split);
        ParameterKind kind =
                string >= 0
                        ? ParameterKind.STRING
                        : ParameterKind.of(declaration.substring(0, split).strip(), name);
        return new Parameter(
                kind,
                string < SyscallTable.STRINGS ? string : -1,
                name,
                ascii((index == 0 ? "" : ", ") + name + ": "));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
