package dev.purebpf.dwarf;

/**
 * What entries of one kind have in common: tag and attributes, whose values follow in the entry.
 *
 * @param tag a constant of {@link DwarfTag}
 * @param hasChildren whether entries below it follow
 * @param attributes constants of {@link DwarfAttribute}
 * @param forms how each attribute's value is written
 * @param constants the values that stand here, of {@link Form#IMPLICIT_CONST}
 */
record Abbreviation(
        int tag, boolean hasChildren, int[] attributes, int[] forms, long[] constants) {}
