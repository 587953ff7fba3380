package dev.purebpf.go;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who built a Go program, and of what: what {@code go version -m} prints. It remains when symbols
 * and debugging information are stripped. Immutable.
 *
 * <pre>
 * section .go.buildinfo   14 bytes "\xff Go buildinf:", u8 pointer size, u8 flags, then
 *   flag 2 (since 1.18)   at 32 two strings, each with its length before it as a varint
 *   otherwise             addresses of two Go strings (address, length); flag 1: in big-endian
 * the strings             the version of Go; what modules there are, between marks of 16 bytes
 * </pre>
 *
 * @param version the version of Go, such as {@code go1.19.8}
 * @param path the path of the main package, empty if it is not said
 * @param modules the modules in it, the main one first; what replaces another stands for it
 * @param settings what the program was built with, such as {@code GOARCH}; since Go 1.18
 * @see <a href="https://pkg.go.dev/debug/buildinfo">debug/buildinfo</a>
 */
public record GoBuildInfo(
        String version, String path, List<Module> modules, Map<String, String> settings) {
    private static final String SECTION = ".go.buildinfo";
    private static final byte[] MAGIC = "\377 Go buildinf:".getBytes(StandardCharsets.ISO_8859_1);
    private static final int INLINE = 2;
    private static final int HEADER = 32;
    private static final int MARK = 16;
    private static final long LONGEST = 1 << 24;

    /** Copies the lists. */
    public GoBuildInfo {
        modules = List.copyOf(modules);
        settings = Map.copyOf(settings);
    }

    /**
     * A module.
     *
     * @param path its path, such as {@code google.golang.org/grpc}
     * @param version its version, {@code (devel)} or empty if it has none
     */
    public record Module(String path, String version) {}

    /**
     * {@return what a program says; empty if it is none of Go's}
     *
     * @param file an executable or a shared library of a 64-bit machine
     * @throws MalformedObjectException if it is damaged
     */
    public static Optional<GoBuildInfo> of(ElfFile file) {
        Optional<Section> section = file.section(SECTION);
        if (section.isEmpty() || section.get().type() == Section.NOBITS) {
            return Optional.empty();
        }
        ByteReader reader = section.get().reader();
        if (reader.length() < HEADER || !reader.startsWith(0, MAGIC)) {
            return Optional.empty();
        }
        int pointerSize = reader.u8(MAGIC.length);
        int flags = reader.u8(MAGIC.length + 1L);
        if ((flags & INLINE) != 0) {
            Varint first = varint(reader, HEADER);
            String version = text(reader.bytes(first.next, first.value));
            Varint second = varint(reader, first.next + first.value);
            return Optional.of(parse(version, text(reader.bytes(second.next, second.value))));
        }
        if (pointerSize != Long.BYTES) {
            throw reader.malformed(MAGIC.length, "addresses of " + pointerSize + " bytes");
        }
        long words = MAGIC.length + 2L;
        return Optional.of(
                parse(
                        stringAt(file, file.pointer(section.get().address() + words)),
                        stringAt(
                                file,
                                file.pointer(section.get().address() + words + pointerSize))));
    }

    /**
     * {@return the number that releases count by: 19 for {@code go1.19.8}; that of no release is
     * greater than all}
     *
     * @param version a version of Go, as {@link #version} has it
     */
    public static int minor(String version) {
        if (!version.startsWith("go1")) {
            return Integer.MAX_VALUE;
        }
        int minor = 0;
        int i = "go1.".length();
        while (i < version.length() && Character.isDigit(version.charAt(i)) && minor < 1000) {
            minor = 10 * minor + Character.digit(version.charAt(i), 10);
            i++;
        }
        return minor;
    }

    /** A number, and where the next thing begins. */
    private record Varint(long value, long next) {}

    private static Varint varint(ByteReader reader, long at) {
        long value = 0;
        long next = at;
        for (int shift = 0; shift < 28; shift += 7) {
            int part = reader.u8(next++);
            value |= (part & 0x7fL) << shift;
            if (part < 0x80) {
                return new Varint(value, next);
            }
        }
        throw reader.malformed(at, "the length of a string is too large");
    }

    /** {@return the string that a Go string in memory, of two words, is} */
    private static String stringAt(ElfFile file, long header) {
        if (header == 0) {
            return "";
        }
        long length = file.memory(header + Long.BYTES, Long.BYTES).s64(0);
        if (length < 0 || length > LONGEST) {
            throw malformed(file, "a string of " + Long.toUnsignedString(length) + " bytes");
        }
        return length == 0 ? "" : text(file.memory(file.pointer(header), length).bytes(0, length));
    }

    private static MalformedObjectException malformed(ElfFile file, String problem) {
        return new MalformedObjectException(file.name(), SECTION, -1, problem);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static GoBuildInfo parse(String version, String info) {
        String path = "";
        List<Module> modules = new ArrayList<>();
        Map<String, String> settings = new LinkedHashMap<>();
        // Before and after are marks, by which the runtime finds it in memory.
        int end = info.length() - MARK;
        if (end > MARK && info.charAt(end - 1) == '\n') {
            for (String line : utf8(info.substring(MARK, end)).split("\n")) {
                String[] words = line.split("\t", -1);
                if (words.length < 2) {
                    continue;
                }
                switch (words[0]) {
                    case "path" -> path = words[1];
                    case "mod", "dep" -> modules.add(module(words));
                    case "=>" -> {
                        if (!modules.isEmpty()) {
                            modules.set(modules.size() - 1, module(words));
                        }
                    }
                    case "build" -> {
                        int equals = words[1].indexOf('=');
                        if (equals > 0) {
                            settings.put(
                                    words[1].substring(0, equals), words[1].substring(equals + 1));
                        }
                    }
                    default -> {}
                }
            }
        }
        return new GoBuildInfo(utf8(version), path, modules, settings);
    }

    private static Module module(String[] words) {
        return new Module(words[1], words.length > 2 ? words[2] : "");
    }

    private static String utf8(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
