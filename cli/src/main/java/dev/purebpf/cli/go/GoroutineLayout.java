package dev.purebpf.cli.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Unit;
import dev.purebpf.go.GoBuildInfo;

import java.util.Optional;

/** Where the runtime keeps the number of a goroutine: {@code runtime.g.goid}. */
final class GoroutineLayout {
    private static final String STRUCT = "runtime.g";
    private static final String NUMBER = "goid";

    /** Where it is up to Go 1.22, and from 1.25 on. */
    private static final int USUAL = 152;

    /** 1.23 keeps a system call's frame pointer; 1.25 no longer keeps results in {@code gobuf}. */
    private static final int WITH_FRAME_POINTER = 160;

    private GoroutineLayout() {}

    /**
     * {@return the offset of the number; 0 if it is not known}
     *
     * @param dwarf the program's debugging information, {@code null} if it has none
     * @param version the version of Go, as {@link GoBuildInfo#version} has it
     */
    static int numberOffset(Dwarf dwarf, String version) {
        if (dwarf != null) {
            // The linker puts types into the last of the runtime's units.
            for (Unit unit : dwarf.units().reversed()) {
                if (unit.root().name().filter("runtime"::equals).isPresent()) {
                    Optional<Integer> offset = numberOffset(unit);
                    if (offset.isPresent()) {
                        return offset.get();
                    }
                }
            }
        }
        return byVersion(version);
    }

    private static Optional<Integer> numberOffset(Unit unit) {
        DieCursor entries = unit.entries();
        while (entries.next()) {
            if (entries.tag() == DwarfTag.STRUCTURE_TYPE
                    && entries.die().name().filter(STRUCT::equals).isPresent()) {
                for (Die member : entries.die().children()) {
                    if (member.name().filter(NUMBER::equals).isPresent()) {
                        return Optional.of(
                                (int) member.number(DwarfAttribute.DATA_MEMBER_LOCATION).orElse(0));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** By Go's own sources: what is before it was once more, once less. */
    private static int byVersion(String version) {
        int minor = GoBuildInfo.minor(version);
        return minor == 23 || minor == 24 ? WITH_FRAME_POINTER : USUAL;
    }
}
