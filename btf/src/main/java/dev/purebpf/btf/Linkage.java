package dev.purebpf.btf;

/**
 * How far a function or variable is known ({@code include/uapi/linux/btf.h}, {@code
 * BTF_FUNC_STATIC} …). The number is the {@link #ordinal()}.
 */
public enum Linkage {
    /** Known in its own source file. */
    STATIC,
    /** Known everywhere. */
    GLOBAL,
    /** Defined elsewhere. */
    EXTERN
}
