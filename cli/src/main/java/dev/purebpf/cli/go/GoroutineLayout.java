package dev.purebpf.cli.go;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.DieCursor;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.dwarf.DwarfTag;
import dev.purebpf.dwarf.Unit;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Segment;
import dev.purebpf.elf.Symbol;
import dev.purebpf.go.GoBuildInfo;
import dev.purebpf.go.StackCheck;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Where the runtime keeps the number of a goroutine: {@code runtime.g.goid}. */
final class GoroutineLayout {
    private static final String STRUCT = "runtime.g";
    private static final String NUMBER = "goid";

    /** Where it is up to Go 1.22, and from 1.25 on. */
    private static final int USUAL = 152;

    /** 1.23 keeps a system call's frame pointer; 1.25 no longer keeps results in {@code gobuf}. */
    private static final int WITH_FRAME_POINTER = 160;

    /** The variable of each thread with the address of its goroutine. */
    private static final String THREADS_GOROUTINE = "runtime.tlsg";

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

    /**
     * {@return how far before a thread's own memory the address of its goroutine is, on x86-64;
     * empty if nothing says it, as of a shared library: that is decided when it is loaded}
     *
     * <p>A function of Go's says it, unless the program is position-independent. There what threads
     * have copies of ends at that place (ELF Handling For Thread-Local Storage, variant II): one
     * word if Go's linker was at work, otherwise also what C has there, and the symbol tells where.
     *
     * @param elf the program
     * @param code the first instructions of one of Go's functions
     */
    static OptionalLong inThread(ElfFile elf, byte[] code) {
        OptionalInt said = StackCheck.goroutineInThread(code);
        if (said.isPresent()) {
            return OptionalLong.of(said.getAsInt());
        }
        boolean isProgram =
                elf.type() == ElfFile.EXECUTABLE
                        || elf.segments().stream()
                                .anyMatch(segment -> segment.type() == Segment.INTERPRETER);
        if (!isProgram) {
            return OptionalLong.empty();
        }
        for (Segment segment : elf.segments()) {
            if (segment.type() == Segment.TLS && segment.memorySize() > Long.BYTES) {
                long alignment = Math.max(1, segment.alignment());
                long size = Math.ceilDiv(segment.memorySize(), alignment) * alignment;
                for (Symbol symbol : elf.symbols()) {
                    if (symbol.name().equals(THREADS_GOROUTINE)) {
                        return OptionalLong.of(size - symbol.value());
                    }
                }
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(Long.BYTES);
    }

    /** By Go's own sources: what is before it was once more, once less. */
    private static int byVersion(String version) {
        int minor = GoBuildInfo.minor(version);
        return minor == 23 || minor == 24 ? WITH_FRAME_POINTER : USUAL;
    }
}
