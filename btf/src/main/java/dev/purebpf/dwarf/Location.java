package dev.purebpf.dwarf;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Where something is while the program is at some addresses.
 *
 * @param range the addresses; {@code null} where it is the same everywhere
 * @param expression how to find it (DWARF 5, section 2.5); empty if it is nowhere
 */
public record Location(AddressRange range, byte[] expression) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Location that
                && Objects.equals(range, that.range)
                && Arrays.equals(expression, that.expression);
    }

    @Override
    public int hashCode() {
        return 31 * Objects.hashCode(range) + Arrays.hashCode(expression);
    }

    @Override
    public String toString() {
        return range + ": " + HexFormat.of().formatHex(expression);
    }
}
