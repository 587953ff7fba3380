package dev.purebpf.go;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a Go program has in memory to tell the dynamic types of interfaces, read from its file. The
 * same since Go 1.7, but for the length of names.
 *
 * <pre>
 * type      size u64, bytes with pointers u64, hash u32, flags u8, alignment u8, of fields u8,
 *             kind u8 (low five bits), 16 bytes, s32 offset of the name behind the first type
 * name      flags u8, its length (Go 1.17: as a varint, before: u16, big-endian), its bytes
 * </pre>
 *
 * <p>Immutable, but as good as the file it is of.
 *
 * @see <a href="https://go.dev/src/internal/abi/type.go">{@code abi.Type}</a>
 */
public final class RuntimeTypes {
    /** What {@code reflect.Kind} calls pointers. */
    public static final int POINTER = 22;

    /** What {@code reflect.Kind} calls strings. */
    public static final int STRING = 24;

    private static final int SIZE = 48;
    private static final int FLAGS = 20;
    private static final int KIND = 23;
    private static final int NAME = 40;
    private static final int KIND_MASK = 0x1f;

    /** The name in memory has a star before it that is not of it. */
    private static final int EXTRA_STAR = 2;

    private static final int VARINTS_SINCE = 17;
    private static final int LONGEST_NAME = 1 << 12;

    private static final byte[] FIRST_TYPE = "runtime.types".getBytes(StandardCharsets.UTF_8);
    private static final String OWN_SECTION = ".go.type";
    private static final String SHARED_SECTION = ".rodata";

    private final ElfFile file;
    private final long base;
    private final boolean hasVarints;

    private RuntimeTypes(ElfFile file, long base, boolean hasVarints) {
        this.file = file;
        this.base = base;
        this.hasVarints = hasVarints;
    }

    /**
     * A type.
     *
     * @param name its name, with that of its package: {@code *errors.errorString}
     * @param kind a number of {@code reflect.Kind}
     * @param size how many bytes a value has
     */
    public record RuntimeType(String name, int kind, long size) {}

    /**
     * {@return the types of a program; empty if the file does not say where they are}
     *
     * @param file an executable, which has to stay open as long as this is used
     * @param version the version of Go, as {@link GoBuildInfo#version} has it
     */
    public static Optional<RuntimeTypes> of(ElfFile file, String version) {
        OptionalLong base = base(file);
        return base.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new RuntimeTypes(
                                file,
                                base.getAsLong(),
                                GoBuildInfo.minor(version) >= VARINTS_SINCE));
    }

    private static OptionalLong base(ElfFile file) {
        int index = file.symbols().next(0, Symbol.OBJECT, FIRST_TYPE);
        if (index < 0) {
            index = file.symbols().next(0, Symbol.NO_TYPE, FIRST_TYPE);
        }
        if (index >= 0) {
            return OptionalLong.of(file.symbols().get(index).value());
        }
        Optional<Section> own = file.section(OWN_SECTION);
        if (own.isEmpty() && file.type() == ElfFile.EXECUTABLE) {
            // Up to Go 1.25 the types are what read-only data begins with.
            own = file.section(SHARED_SECTION);
        }
        return own.isEmpty() ? OptionalLong.empty() : OptionalLong.of(own.get().address());
    }

    /**
     * {@return a type; empty if none is there, as of one that was made while the program ran}
     *
     * @param address where it is, as symbols of the file give addresses
     */
    public Optional<RuntimeType> at(long address) {
        try {
            ByteReader type = file.memory(address, SIZE);
            String name = name(base + type.s32(NAME));
            boolean hasStar = (type.u8(FLAGS) & EXTRA_STAR) != 0 && name.startsWith("*");
            return Optional.of(
                    new RuntimeType(
                            hasStar ? name.substring(1) : name,
                            type.u8(KIND) & KIND_MASK,
                            type.s64(0)));
        } catch (MalformedObjectException e) {
            return Optional.empty();
        }
    }

    private String name(long address) {
        ByteReader head = file.memory(address, 3);
        int length;
        int start;
        if (hasVarints) {
            length = head.u8(1) & 0x7f;
            start = 2;
            if (head.u8(1) >= 0x80) {
                length |= (head.u8(2) & 0x7f) << 7;
                start = 3;
            }
        } else {
            length = head.u8(1) << 8 | head.u8(2);
            start = 3;
        }
        if (length > LONGEST_NAME) {
            throw head.malformed(1, "a name of " + length + " bytes");
        }
        return new String(
                file.memory(address + start, length).bytes(0, length), StandardCharsets.UTF_8);
    }
}
