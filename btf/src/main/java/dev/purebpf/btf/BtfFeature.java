package dev.purebpf.btf;

/**
 * Parts of BTF that came after its first version (Linux 4.18) and that a kernel may not accept; see
 * {@link Btf#fitTo}.
 */
public enum BtfFeature {
    /** {@link BtfKind#FUNCTION} and {@link BtfKind#FUNCTION_PROTOTYPE}; Linux 5.0. */
    FUNCTIONS,
    /** {@link BtfKind#VARIABLE} and {@link BtfKind#DATA_SECTION}; Linux 5.2. */
    DATA_SECTIONS,
    /** Functions of global linkage; Linux 5.6. */
    GLOBAL_FUNCTIONS,
    /** {@link BtfKind#FLOAT}; Linux 5.13. */
    FLOATS,
    /** {@link BtfKind#DECL_TAG}; Linux 5.16. */
    DECL_TAGS,
    /** {@link BtfKind#TYPE_TAG}; Linux 5.17. */
    TYPE_TAGS,
    /** {@link BtfKind#ENUM64}, and the signedness of enumerations; Linux 6.0. */
    ENUM64,
    /** Names of data sections that begin with a question mark; Linux 6.9. */
    QUESTION_MARK_SECTIONS,
    /** The section at the end that tells how long the records of each kind are; Linux 7.1. */
    LAYOUT
}
