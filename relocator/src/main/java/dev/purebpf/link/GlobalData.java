package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.MapDefinition.Origin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes maps of an object's global variables: one a section, with a single element. */
final class GlobalData {
    /**
     * The longest name of a map or program in the kernel, in bytes: {@code BPF_OBJ_NAME_LEN} − 1.
     */
    static final int MAX_NAME = 15;

    private GlobalData() {}

    static boolean isData(String section) {
        return section.equals(".data") || section.startsWith(".data.");
    }

    static boolean isReadOnly(String section) {
        return section.equals(".rodata") || section.startsWith(".rodata.");
    }

    static boolean isZeroed(String section) {
        return section.equals(".bss") || section.startsWith(".bss.");
    }

    static boolean isGlobalData(String section) {
        return isData(section) || isReadOnly(section) || isZeroed(section);
    }

    /** {@return a map for each section} */
    static List<MapDefinition> read(
            ElfFile elf, Btf btf, List<Section> sections, String objectName) {
        Map<String, Integer> types = btf == null ? Map.of() : dataSections(btf);
        var maps = new ArrayList<MapDefinition>();
        for (Section section : sections) {
            maps.add(map(elf, btf, types.get(section.name()), section, objectName));
        }
        return maps;
    }

    /** {@return the map of the kernel's settings, if the object wants to know any} */
    static Optional<MapDefinition> settings(
            Btf btf, List<ExternDefinition> externs, String objectName) {
        long size = 0;
        for (ExternDefinition extern : externs) {
            if (extern instanceof ExternDefinition.Setting setting) {
                size = setting.offset() + setting.size();
            }
        }
        if (size == 0) {
            return Optional.empty();
        }
        String name = ExternReader.SETTINGS;
        int type = btf.find(name, BtfKind.DATA_SECTION);
        var builder =
                new MapDefinition.Builder(name, kernelName(objectName, name), Origin.KERNEL_CONFIG);
        describe(builder, btf, type, size);
        builder.flags |= MapDefinition.READ_ONLY_FOR_PROGRAMS;
        return Optional.of(builder.build());
    }

    private static Map<String, Integer> dataSections(Btf btf) {
        var types = new HashMap<String, Integer>();
        for (int id = btf.firstId(); id < btf.typeCount(); id++) {
            if (btf.kind(id) == BtfKind.DATA_SECTION) {
                types.putIfAbsent(btf.name(id), id);
            }
        }
        return types;
    }

    private static MapDefinition map(
            ElfFile elf, Btf btf, Integer type, Section section, String objectName) {
        String name = section.name();
        if (section.size() > Integer.MAX_VALUE - Long.BYTES) {
            throw new MalformedObjectException(
                    elf.name(),
                    name,
                    -1,
                    "has " + Long.toUnsignedString(section.size()) + " bytes, more than a map can");
        }
        Origin origin =
                isData(name)
                        ? Origin.DATA
                        : isReadOnly(name) ? Origin.READ_ONLY_DATA : Origin.ZEROED_DATA;
        var builder = new MapDefinition.Builder(name, kernelName(objectName, name), origin);
        builder.globalsSectionIndex = section.index();
        describe(builder, btf, type == null ? 0 : type, section.size());
        if (origin == Origin.READ_ONLY_DATA) {
            builder.flags |= MapDefinition.READ_ONLY_FOR_PROGRAMS;
        }
        builder.data = section.bytes();
        return builder.build();
    }

    /** Says what all maps with a single element have in common. */
    private static void describe(MapDefinition.Builder builder, Btf btf, int type, long size) {
        builder.typeNumber = MapType.ARRAY.number();
        builder.keySize = 4;
        builder.valueSize = size;
        builder.maxEntries = 1;
        if (type > 0) {
            builder.valueType = type;
            builder.variables = DataVariable.of(btf, (BtfType.DataSection) btf.type(type));
            // Programs alone use static variables; only others are meant for user space.
            if (builder.variables.stream().anyMatch(v -> v.linkage() != Linkage.STATIC)) {
                builder.flags |= MapDefinition.MAPPABLE;
            }
        }
    }

    /**
     * {@return the name of a map of global data in the kernel: as much of the object's name as fits
     * before the section's} At least seven characters are kept for the section, so that {@code
     * .bss}, {@code .data} and {@code .rodata} of an object begin alike. A section with a second
     * dot stands for itself.
     */
    static String kernelName(String object, String section) {
        byte[] objectBytes = object.getBytes(StandardCharsets.UTF_8);
        byte[] sectionBytes = section.getBytes(StandardCharsets.UTF_8);
        int suffix = Math.min(MAX_NAME, Math.max(7, sectionBytes.length));
        int prefix =
                section.indexOf('.', 1) >= 0 ? 0 : Math.min(MAX_NAME - suffix, objectBytes.length);
        var name = new StringBuilder();
        for (int i = 0; i < prefix; i++) {
            name.append(allowed(objectBytes[i]));
        }
        for (int i = 0; i < Math.min(suffix, sectionBytes.length); i++) {
            name.append(allowed(sectionBytes[i]));
        }
        return name.toString();
    }

    private static char allowed(byte character) {
        boolean kept =
                character >= '0' && character <= '9'
                        || character >= 'A' && character <= 'Z'
                        || character >= 'a' && character <= 'z'
                        || character == '.'
                        || character == '_';
        return kept ? (char) character : '_';
    }
}
