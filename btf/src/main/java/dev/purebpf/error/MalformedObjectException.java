package dev.purebpf.error;

import java.io.Serial;

/**
 * An object file or BTF blob breaks the rules of its format.
 *
 * <p>Thrown for truncated, damaged and hostile input alike. Names the file, the section and the
 * byte offset within that section, so that {@code readelf} or a hex dump shows the place at once.
 */
public final class MalformedObjectException extends BpfException {
    @Serial private static final long serialVersionUID = 1L;

    private final String file;
    private final String section;
    private final long offset;
    private final String problem;

    /**
     * Reports a broken rule at a place.
     *
     * @param file the path of the file, or what else the bytes are called
     * @param section the section's name, or {@code null} when the whole file is meant
     * @param offset the byte offset within the section (or within the file when {@code section} is
     *     {@code null}), or −1 when no single place is to blame
     * @param problem what is wrong there, and if possible what to do, without a full stop at the
     *     end
     */
    public MalformedObjectException(String file, String section, long offset, String problem) {
        this(file, section, offset, problem, null);
    }

    /**
     * Reports a broken rule at a place, found by another exception.
     *
     * @param file the path of the file, or what else the bytes are called
     * @param section the section's name, or {@code null} when the whole file is meant
     * @param offset the byte offset within the section or file, or −1 when no single place is to
     *     blame
     * @param problem what is wrong there
     * @param cause how it was noticed, or {@code null}
     */
    public MalformedObjectException(
            String file, String section, long offset, String problem, Throwable cause) {
        super(describe(file, section, offset, problem), cause);
        this.file = file;
        this.section = section;
        this.offset = offset;
        this.problem = problem;
    }

    private static String describe(String file, String section, long offset, String problem) {
        var text = new StringBuilder(file).append(": ");
        if (section != null) {
            text.append("section ").append(section);
        }
        if (offset >= 0) {
            text.append(section != null ? ", offset " : "offset ");
            text.append("0x").append(Long.toHexString(offset));
        }
        if (section != null || offset >= 0) {
            text.append(": ");
        }
        return text.append(problem).toString();
    }

    /** {@return the path of the file, or what else the bytes are called} */
    public String file() {
        return file;
    }

    /** {@return the section's name, or {@code null} when the whole file is meant} */
    public String section() {
        return section;
    }

    /**
     * {@return the byte offset within the section or file, or −1 when no single place is to blame}
     */
    public long offset() {
        return offset;
    }

    /** {@return what is wrong there} */
    public String problem() {
        return problem;
    }
}
