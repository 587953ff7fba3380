package dev.purebpf.link;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;

import java.util.List;

/**
 * Global variables in an arena, memory that programs and user space share by pointers: {@code
 * __arena} variables, which the compiler puts into section {@code .addr_space.1}.
 *
 * <p>They have no map of their own, but live in the arena that the object declares in {@code
 * .maps}, from {@link TargetKernel#arenaGlobalsOffset} on.
 */
final class ArenaGlobals {
    /** The section of variables in address space 1, which is what programs call an arena. */
    static final String SECTION = ".addr_space.1";

    private ArenaGlobals() {}

    /**
     * Gives the object's arena its variables.
     *
     * @param section the section of variables, or {@code null}
     * @param maps the declared maps, of which one arena at most is allowed
     */
    static void place(ElfFile elf, Btf btf, Section section, List<MapDefinition> maps) {
        int arena = -1;
        for (int i = 0; i < maps.size(); i++) {
            if (maps.get(i).typeNumber() == MapType.ARENA.number()) {
                if (arena >= 0) {
                    throw new MalformedObjectException(
                            elf.name(),
                            ".maps",
                            maps.get(i).sectionOffset(),
                            "maps "
                                    + maps.get(arena).name()
                                    + " and "
                                    + maps.get(i).name()
                                    + " are both arenas; an object can have only one");
                }
                arena = i;
            }
        }
        if (section == null) {
            return;
        }
        if (arena < 0) {
            throw new MalformedObjectException(
                    elf.name(),
                    SECTION,
                    -1,
                    "holds variables of an arena, but the object declares none; add a map of"
                            + " BPF_MAP_TYPE_ARENA in SEC(\".maps\")");
        }
        int type = btf.find(SECTION, BtfKind.DATA_SECTION);
        List<DataVariable> variables =
                type < 0 ? List.of() : DataVariable.of(btf, (BtfType.DataSection) btf.type(type));
        maps.set(
                arena,
                maps.get(arena).withArenaGlobals(section.index(), section.bytes(), variables));
    }

    /**
     * Refuses an arena that is too small for its variables.
     *
     * @throws MalformedObjectException if it is
     */
    static void requireRoom(ObjectFile object, TargetKernel kernel) {
        for (MapDefinition map : object.maps()) {
            if (map.origin() == MapDefinition.Origin.DECLARED
                    && map.globalsSectionIndex() >= 0
                    && kernel.arenaPadding(map) < 0) {
                throw new MalformedObjectException(
                        object.name(),
                        SECTION,
                        -1,
                        "has "
                                + map.data().length
                                + " bytes of variables, more than arena "
                                + map.name()
                                + " of "
                                + map.maxEntries()
                                + " pages can hold; raise its max_entries");
            }
        }
    }
}
