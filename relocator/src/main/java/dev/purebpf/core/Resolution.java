package dev.purebpf.core;

import dev.purebpf.btf.BtfExt.CoreRelocation;

import java.util.Locale;
import java.util.Optional;

/**
 * What became of a relocation: what was asked, what the kernel has, and what to write.
 *
 * @param relocation the relocation
 * @param local what the object asks for
 * @param target where the kernel has it; empty when it does not
 * @param original the value that the compiler wrote, by the object's own types
 * @param value the value to write
 * @param validated whether the instruction must have the original value
 * @param poisoned whether the instruction cannot be right on this kernel, so that it is replaced by
 *     one that the verifier refuses if it can be reached
 * @param originalSize how many bytes an access moves by the object's own types; 0 when that does
 *     not matter
 * @param size how many bytes an access moves by the kernel's types
 * @param resizable whether an access may be made to move {@code size} bytes instead
 */
public record Resolution(
        CoreRelocation relocation,
        AccessSpec local,
        Optional<AccessSpec> target,
        long original,
        long value,
        boolean validated,
        boolean poisoned,
        long originalSize,
        long size,
        boolean resizable) {

    /** A resolution without memory access. */
    Resolution(
            CoreRelocation relocation,
            AccessSpec local,
            AccessSpec target,
            long original,
            long value,
            boolean validated,
            boolean poisoned) {
        this(
                relocation,
                local,
                Optional.ofNullable(target),
                original,
                value,
                validated,
                poisoned,
                0,
                0,
                true);
    }

    /** {@return what was asked, what was found and what came out, in one line} */
    @Override
    public String toString() {
        return relocation.kind().name().toLowerCase(Locale.ROOT)
                + ' '
                + local
                + target.map(spec -> " -> " + spec).orElse(": not in this kernel")
                + (poisoned ? ", poisoned" : ": " + original + " -> " + value);
    }
}
