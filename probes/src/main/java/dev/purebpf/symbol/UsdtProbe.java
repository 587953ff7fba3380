package dev.purebpf.symbol;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Note;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Segment;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A place that the author of a program marked for tracing (USDT: {@code DTRACE_PROBE} of {@code
 * sys/sdt.h}): an instruction that does nothing, and a note that says where it is and where the
 * values are that belong to it.
 *
 * <pre>
 * section .note.stapsdt, notes of type 3, owner "stapsdt"; words of 8 bytes, in 32-bit files of 4
 *
 *   word  address of the instruction
 *   word  address of the section .stapsdt.base when the note was written
 *   word  address of the 16-bit counter of who listens, 0 for none
 *   name of the provider, name of the probe, arguments; each ends with 0
 * </pre>
 *
 * <p>A tool that moves the code of a finished file (prelink) leaves the notes as they are; how far
 * {@code .stapsdt.base} went since, the addresses went, too.
 *
 * @param provider who offers it, such as {@code libc}
 * @param name its name, such as {@code setjmp}; several places may have the same
 * @param address the instruction's virtual address, as the file gives it
 * @param offset where in the file the instruction is, in bytes
 * @param semaphore where in the file the counter is, in bytes; 0 if there is none
 * @param arguments where the values are, as the compiler wrote it: {@link UsdtArgument#parse}
 * @see <a href="https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation">User Space
 *     Probe Implementation</a>
 */
public record UsdtProbe(
        String provider, String name, long address, long offset, long semaphore, String arguments) {
    private static final String NOTES = ".note.stapsdt";
    private static final String BASE = ".stapsdt.base";
    private static final String OWNER = "stapsdt";
    private static final int TYPE = 3;

    /**
     * {@return all such places of a file, in the order of its notes; none if it has none}
     *
     * @param file an executable or a shared library
     * @throws MalformedObjectException if the notes are damaged, or tell of places that are not in
     *     the file
     */
    public static List<UsdtProbe> of(ElfFile file) {
        var probes = new ArrayList<UsdtProbe>();
        for (Section section : file.sections()) {
            if (section.type() == Section.NOTE && section.name().equals(NOTES)) {
                for (Note note : file.notes(section)) {
                    if (note.type() == TYPE && note.owner().equals(OWNER)) {
                        probes.add(of(file, note.description()));
                    }
                }
            }
        }
        return probes;
    }

    private static UsdtProbe of(ElfFile file, ByteReader note) {
        int width = file.is64() ? 8 : 4;
        long address = word(note, 0, width);
        long base = word(note, width, width);
        long semaphore = word(note, 2 * width, width);
        int at = 3 * width;
        String provider = note.string(at);
        at += length(note, at);
        String name = note.string(at);
        at += length(note, at);
        String arguments = note.string(at);
        long moved = base == 0 ? 0 : file.section(BASE).map(s -> s.address() - base).orElse(0L);
        return new UsdtProbe(
                provider,
                name,
                address + moved,
                offset(file, note, address + moved, true, provider + ":" + name),
                semaphore == 0
                        ? 0
                        : offset(file, note, semaphore + moved, false, provider + ":" + name),
                arguments);
    }

    /** {@return how many bytes a string has, with the 0 at its end} */
    private static int length(ByteReader note, int at) {
        int end = at;
        while (note.u8(end) != 0) {
            end++;
        }
        return end + 1 - at;
    }

    private static long word(ByteReader note, long at, int width) {
        return width == 8 ? note.s64(at) : note.u32(at);
    }

    private static long offset(
            ElfFile file, ByteReader note, long address, boolean isCode, String probe) {
        for (Segment segment : file.segments()) {
            if (segment.type() == Segment.LOAD && segment.contains(address)) {
                OptionalLong offset = file.fileOffset(address);
                if (offset.isPresent() && isCode == ((segment.flags() & Segment.EXECUTABLE) != 0)) {
                    return offset.getAsLong();
                }
            }
        }
        throw note.malformed(
                0,
                (isCode ? "the probe " : "the semaphore of ")
                        + probe
                        + " is said to be at 0x"
                        + Long.toHexString(address)
                        + ", where the file has no "
                        + (isCode ? "code" : "data"));
    }
}
