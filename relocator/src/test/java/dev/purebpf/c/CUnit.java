package dev.purebpf.c;

import dev.purebpf.c.CType.Composite;
import dev.purebpf.c.CType.Qualified;
import dev.purebpf.c.CType.Reference;
import dev.purebpf.c.CType.Typedef;

import java.util.List;

/**
 * The declarations of a C file: structs and unions with a tag, enumerations and typedefs, each
 * after those that it contains.
 */
public record CUnit(List<CType> declarations) {

    /** {@return the name of a declaration} */
    public static String name(CType declaration) {
        return switch (declaration) {
            case Composite type -> type.name();
            case CType.Enum type -> type.name();
            case Typedef type -> type.name();
            default -> throw new IllegalArgumentException(declaration.toString());
        };
    }

    /** {@return the struct or union of a tag, or {@code null} when it is only declared} */
    public Composite composite(String tag) {
        for (CType declaration : declarations) {
            if (declaration instanceof Composite composite && composite.name().equals(tag)) {
                return composite;
            }
        }
        return null;
    }

    /**
     * {@return what is left of a type without qualifiers, typedefs and references} A reference to
     * what is only declared stays.
     */
    public CType bare(CType type) {
        return switch (type) {
            case Qualified qualified -> bare(qualified.type());
            case Typedef typedef -> bare(typedef.type());
            case Reference reference -> {
                Composite composite = composite(reference.name());
                yield composite == null ? reference : composite;
            }
            default -> type;
        };
    }
}
