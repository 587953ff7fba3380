package dev.purebpf.symbol;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.error.MalformedObjectException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A file inside of a zip file, such as a library in an Android package: {@code
 * base.apk!/lib/x86_64/libgame.so}. One that is stored uncompressed is mapped and run from there,
 * so it can be probed there.
 *
 * <p>Source: PKWARE's APPNOTE, 4.3. All numbers are little-endian:
 *
 * <pre>
 *   local header, name, extra, data │ … │ central directory: an entry each │ end of it, comment
 *        ▲ offset 42 of the entry ──────────────┘      ▲ offset 16 of the end ──────┘
 * </pre>
 *
 * @param archive the zip file
 * @param name the member's path in it
 * @param stored whether its bytes are there as they are: neither compressed nor encrypted
 * @param offset where in the zip file its bytes begin
 * @param size how many there are
 */
public record ZipMember(Path archive, String name, boolean stored, long offset, long size) {
    /** What separates the path of an archive from that of its member. */
    public static final String SEPARATOR = "!/";

    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int LOCAL_HEADER_SIZE = 30;
    private static final int ENTRY = 0x02014b50;
    private static final int ENTRY_SIZE = 46;
    private static final int END = 0x06054b50;
    private static final int END_SIZE = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int ENCRYPTED = 1;

    /** What stands in a 16 or 32-bit field whose value is in zip64's records. */
    private static final int IN_ZIP64_COUNT = 0xffff;

    private static final long IN_ZIP64 = 0xffff_ffffL;

    /**
     * {@return the member of a zip file; empty if it has none of that name}
     *
     * @param archive the zip file
     * @param name the member's path, without a leading slash
     * @throws IOException if the file cannot be read
     * @throws MalformedObjectException if it is no zip file, damaged, or of zip64
     */
    public static Optional<ZipMember> find(Path archive, String name) throws IOException {
        if (Files.exists(archive) && !Files.isRegularFile(archive)) {
            throw new FileSystemException(archive.toString(), null, "is no regular file");
        }
        try (FileChannel file = FileChannel.open(archive)) {
            ByteReader end = end(archive, file);
            long directory = end.u32(16);
            long size = end.u32(12);
            if (end.u16(10) == IN_ZIP64_COUNT || directory == IN_ZIP64 || size == IN_ZIP64) {
                throw end.malformed(10, "zip64 is not read");
            }
            ByteReader entries = read(archive, file, directory, size);
            byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
            long at = 0;
            for (int i = end.u16(10); i > 0; i--) {
                require(entries, at, ENTRY, "an entry of the directory");
                int nameLength = entries.u16(at + 28);
                if (Arrays.equals(entries.bytes(at + ENTRY_SIZE, nameLength), wanted)) {
                    return Optional.of(member(archive, name, file, entries.slice(at, ENTRY_SIZE)));
                }
                at += ENTRY_SIZE + nameLength + entries.u16(at + 30) + entries.u16(at + 32);
            }
            return Optional.empty();
        }
    }

    /**
     * {@return the member's bytes}
     *
     * @throws IOException if they cannot be read
     * @throws MalformedObjectException if they are too many, or not there any more
     */
    public byte[] bytes() throws IOException {
        try (FileChannel file = FileChannel.open(archive)) {
            return read(archive, file, offset, size).bytes(0, size);
        }
    }

    private static ZipMember member(Path archive, String name, FileChannel file, ByteReader entry)
            throws IOException {
        boolean stored = entry.u16(10) == 0 && (entry.u16(8) & ENCRYPTED) == 0;
        long header = entry.u32(42);
        long size = entry.u32(20);
        ByteReader local = read(archive, file, header, LOCAL_HEADER_SIZE);
        require(local, 0, LOCAL_HEADER, "the header of a member");
        long offset = header + LOCAL_HEADER_SIZE + local.u16(26) + local.u16(28);
        if (offset + size > file.size()) {
            throw local.malformed(0, "the file ends before this member does");
        }
        return new ZipMember(archive, name, stored, offset, size);
    }

    /** {@return the record at the end of the file, behind which there may be a comment} */
    private static ByteReader end(Path archive, FileChannel file) throws IOException {
        long from = Math.max(0, file.size() - END_SIZE - LONGEST_COMMENT);
        ByteReader tail = read(archive, file, from, file.size() - from);
        for (int at = tail.length() - END_SIZE; at >= 0; at--) {
            if (tail.s32(at) == END && at + END_SIZE + tail.u16(at + 20) == tail.length()) {
                return tail.slice(at, END_SIZE);
            }
        }
        throw new MalformedObjectException(
                archive.toString(), null, -1, "not a zip file, so it has no members");
    }

    private static ByteReader read(Path archive, FileChannel file, long offset, long length)
            throws IOException {
        if (offset + length > file.size() || length > Integer.MAX_VALUE - 8) {
            throw new MalformedObjectException(
                    archive.toString(), null, offset, "the zip file is damaged or cut short here");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) length);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, offset + bytes.position()) < 0) {
                throw new MalformedObjectException(
                        archive.toString(), null, offset, "the zip file became shorter");
            }
        }
        return ByteReader.of(
                archive.toString(), null, offset, bytes.array(), ByteOrder.LITTLE_ENDIAN);
    }

    private static void require(ByteReader bytes, long at, int signature, String what) {
        if (bytes.s32(at) != signature) {
            throw bytes.malformed(at, what + " should begin here");
        }
    }
}
