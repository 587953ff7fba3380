package dev.purebpf.dwarf;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.zstd.CompressedBytes;
import dev.purebpf.zstd.ZstdDecoder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A section that is compressed, by one of two methods: as the ELF specification has it ({@code
 * SHF_COMPRESSED}), or as GNU tools did before that ({@code .zdebug_info}).
 *
 * <pre>
 *  ELF, 64 bits  type (4)  reserved (4)  size (8)  alignment (8)  data
 *  ELF, 32 bits  type (4)                size (4)  alignment (4)  data
 *  GNU           ZLIB (4)  size (8, big-endian)                   data
 * </pre>
 */
final class CompressedSection {
    private static final int ZLIB = 1; // ELFCOMPRESS_ZLIB
    private static final int ZSTD = 2; // ELFCOMPRESS_ZSTD
    private static final byte[] GNU_MAGIC = {'Z', 'L', 'I', 'B'};
    private static final int GNU_HEADER = 12;

    /** A byte of deflated data stands for no more than this many (zlib's own documentation). */
    private static final long MOST_INFLATED = 1032;

    /**
     * A larger section has no more than so many bytes for each compressed one: memory is needed for
     * all that it claims to be, and real debugging information is compressed to a tenth at best.
     */
    private static final long MOST_OF_LARGE = 100;

    private static final long LARGE = 1 << 26;

    private static final int CHUNK = 1 << 16;

    private final ElfFile file;
    private final Section section;
    private final int headerSize;
    private final int type;
    private final long size;

    private CompressedSection(ElfFile file, Section section, int headerSize, int type, long size) {
        this.file = file;
        this.section = section;
        this.headerSize = headerSize;
        this.type = type;
        this.size = size;
    }

    /**
     * {@return a section with {@code SHF_COMPRESSED}, of which only the header was read}
     *
     * @param file the file
     * @param section the section
     */
    static CompressedSection of(ElfFile file, Section section) {
        int headerSize = file.is64() ? 24 : 12;
        ByteReader header = header(file, section, headerSize, file.byteOrder());
        int type = header.s32(0);
        if (type != ZLIB && type != ZSTD) {
            throw header.malformed(
                    0,
                    "it is compressed in an unknown way: "
                            + Integer.toUnsignedString(type)
                            + "; known are 1 (zlib) and 2 (zstd)");
        }
        long size = file.is64() ? header.s64(8) : header.u32(4);
        requirePlausible(header, section, type, size);
        return new CompressedSection(file, section, headerSize, type, size);
    }

    /**
     * {@return a section whose name begins with {@code .zdebug}, of which only the header was read}
     *
     * @param file the file
     * @param section the section
     */
    static CompressedSection ofGnu(ElfFile file, Section section) {
        ByteReader header = header(file, section, GNU_HEADER, ByteOrder.BIG_ENDIAN);
        if (!header.startsWith(0, GNU_MAGIC)) {
            throw header.malformed(0, "it does not begin with ZLIB");
        }
        long size = header.s64(GNU_MAGIC.length);
        requirePlausible(header, section, ZLIB, size);
        return new CompressedSection(file, section, GNU_HEADER, ZLIB, size);
    }

    private static ByteReader header(ElfFile file, Section section, int size, ByteOrder order) {
        return ByteReader.of(file.name(), section.name(), section.bytes(0, size), order);
    }

    private static void requirePlausible(ByteReader header, Section section, int type, long size) {
        long ofMethod = type == ZSTD ? ZstdDecoder.MOST_FOR_A_BYTE : MOST_INFLATED;
        long most = size > LARGE ? MOST_OF_LARGE : ofMethod;
        if (size < 0 || size / most > section.size()) {
            throw header.malformed(
                    0,
                    "it is said to be "
                            + Long.toUnsignedString(size)
                            + " bytes, which "
                            + section.size()
                            + " compressed ones cannot hold");
        }
    }

    /** {@return how many bytes it has, decompressed} */
    long size() {
        return size;
    }

    /**
     * {@return all of it, decompressed}
     *
     * @param arena owns the memory
     * @throws MalformedObjectException if the compressed data are damaged, or there is not enough
     *     memory
     */
    MemorySegment decompress(Arena arena) {
        MemorySegment result;
        try {
            result = arena.allocate(size);
        } catch (OutOfMemoryError e) {
            throw new MalformedObjectException(
                    file.name(),
                    section.name(),
                    -1,
                    "decompressed it takes " + size + " bytes, for which there is no memory",
                    e);
        }
        if (type == ZSTD) {
            ZstdDecoder.decode(new Data(), result);
        } else {
            inflate(result);
        }
        return result;
    }

    /** What follows the header. */
    private final class Data implements CompressedBytes {
        @Override
        public long size() {
            return section.size() - headerSize;
        }

        @Override
        public void read(long from, byte[] to, int length) {
            section.read(headerSize + from, to, length);
        }

        @Override
        public MalformedObjectException malformed(long offset, String problem) {
            return CompressedSection.this.malformed(headerSize + offset, problem);
        }
    }

    private MalformedObjectException malformed(long offset, String problem) {
        return new MalformedObjectException(file.name(), section.name(), offset, problem);
    }

    private void inflate(MemorySegment result) {
        try (Inflater inflater = new Inflater()) {
            long filled = inflate(inflater, result);
            if (filled < size || !inflater.finished() && !endsNow(inflater)) {
                throw malformed(-1, "its compressed data do not give the " + size + " bytes");
            }
        } catch (DataFormatException e) {
            throw new MalformedObjectException(
                    file.name(), section.name(), -1, "its compressed data are damaged: " + e, e);
        }
    }

    private long inflate(Inflater inflater, MemorySegment result) throws DataFormatException {
        byte[] chunk = new byte[(int) Math.min(CHUNK, section.size() - headerSize)];
        long next = headerSize;
        long filled = 0;
        while (filled < size && !inflater.finished()) {
            if (inflater.needsInput()) {
                int length = (int) Math.min(chunk.length, section.size() - next);
                if (length == 0) {
                    break;
                }
                section.read(next, chunk, length);
                inflater.setInput(chunk, 0, length);
                next += length;
            }
            if (inflater.needsDictionary()) {
                break;
            }
            // A buffer has no more than 31 bits of room.
            ByteBuffer room =
                    result.asSlice(filled, Math.min(1 << 30, size - filled)).asByteBuffer();
            filled += inflater.inflate(room);
        }
        return filled;
    }

    /** {@return whether nothing but the checksum is left} */
    private static boolean endsNow(Inflater inflater) throws DataFormatException {
        return inflater.inflate(new byte[1]) == 0;
    }
}
