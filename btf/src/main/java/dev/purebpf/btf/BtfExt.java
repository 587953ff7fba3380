package dev.purebpf.btf;

import java.util.List;

/**
 * What {@code .BTF.ext} tells about instructions: which function begins where, which line of C each
 * came from, and what is to be fitted to the kernel (CO-RE).
 *
 * <p>Immutable. Records are in the order of the file.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html#btf-ext-section">BPF Type Format: .BTF.ext
 *     section</a>
 */
public final class BtfExt {
    private final List<FunctionInfo> functions;
    private final List<LineInfo> lines;
    private final List<CoreRelocation> relocations;

    BtfExt(List<FunctionInfo> functions, List<LineInfo> lines, List<CoreRelocation> relocations) {
        this.functions = List.copyOf(functions);
        this.lines = List.copyOf(lines);
        this.relocations = List.copyOf(relocations);
    }

    /**
     * Checks that the parts of a {@code .BTF.ext} section and the records in them are where the
     * section says, and nothing of what the records say. libbpf goes on without a section that
     * fails this, but not without one whose records are wrong: programs would run without having
     * been fitted to the kernel.
     *
     * @param origin the file's name for messages
     * @param bytes the section's content
     * @param btf the {@code .BTF} of the same object
     * @throws dev.purebpf.error.MalformedObjectException if the section's structure is damaged
     */
    public static void checkStructure(String origin, byte[] bytes, Btf btf) {
        new BtfExtReader(origin, bytes, btf).checkStructure();
    }

    /**
     * Reads the content of a {@code .BTF.ext} section.
     *
     * @param origin the file's name for messages
     * @param bytes the section's content
     * @param btf the {@code .BTF} of the same object, which holds the strings
     * @return the records
     * @throws dev.purebpf.error.MalformedObjectException if it is damaged
     */
    public static BtfExt parse(String origin, byte[] bytes, Btf btf) {
        return new BtfExtReader(origin, bytes, btf).read();
    }

    /** {@return where functions begin} */
    public List<FunctionInfo> functions() {
        return functions;
    }

    /** {@return which line of C each instruction came from} */
    public List<LineInfo> lines() {
        return lines;
    }

    /** {@return what is to be fitted to the kernel} */
    public List<CoreRelocation> relocations() {
        return relocations;
    }

    /**
     * A function begins here ({@code struct bpf_func_info}).
     *
     * @param section the name of the section of the instruction
     * @param offset the byte offset of the instruction within the section
     * @param type the id of its {@link BtfType.Function}
     */
    public record FunctionInfo(String section, long offset, int type) {}

    /**
     * A line of C begins here ({@code struct bpf_line_info}).
     *
     * @param section the name of the section of the instruction
     * @param offset the byte offset of the instruction within the section
     * @param fileOffset the offset of the file's name in the BTF's strings
     * @param textOffset the offset of the line's text in the BTF's strings
     * @param line the number of the line, from 1; 0 when unknown
     * @param column the number of the column, from 1; 0 when unknown
     * @param file the name of the source file
     * @param text the text of the line, with its indentation
     */
    public record LineInfo(
            String section,
            long offset,
            int fileOffset,
            int textOffset,
            int line,
            int column,
            String file,
            String text) {

        /** {@return the line as messages quote it: {@code file.c:12: return 0;}} */
        public String quoted() {
            // Compilers leave the text away where they could not read the source again.
            String code = text.strip();
            return file + ':' + line + (code.isEmpty() ? "" : ": " + code);
        }
    }

    /**
     * An instruction is to be fitted to the kernel ({@code struct bpf_core_relo}).
     *
     * @param section the name of the section of the instruction
     * @param offset the byte offset of the instruction within the section
     * @param type the id of the type that the access starts from, in the object's BTF
     * @param access the access spec: indexes of members and array elements, such as {@code 0:3:1}
     * @param kind what is asked
     */
    public record CoreRelocation(
            String section, long offset, int type, String access, CoreRelocationKind kind) {}
}
