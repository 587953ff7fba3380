package dev.purebpf.differential;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds BPF objects within other files: as they are, or embedded in an executable or a library.
 *
 * <p>Needs nothing but a JDK: {@code java EmbeddedObjects.java FOLDER OUTPUT} writes each image
 * that it finds in the files below FOLDER to OUTPUT, as {@code NAME-OFFSET.bpf.o}.
 */
final class EmbeddedObjects {
    private static final int HEADER_SIZE = 64;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final int MAGIC = 0x7f454c46;
    private static final int CLASS_64 = 2;
    private static final int RELOCATABLE = 1;
    private static final int MACHINE_BPF = 247;
    private static final int NO_BITS = 8;

    private EmbeddedObjects() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Path output = Path.of(arguments[1]);
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files =
                    all.filter(file -> Files.isRegularFile(file) && !Files.isSymbolicLink(file))
                            .sorted()
                            .toList();
        }
        for (Path file : files) {
            extract(file, output);
        }
    }

    private static void extract(Path file, Path output) throws IOException {
        long size = Files.size(file);
        if (size < HEADER_SIZE || size > Integer.MAX_VALUE) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            for (int at = 0; at <= bytes.limit() - HEADER_SIZE; at++) {
                if (bytes.get(at) != 0x7f || bytes.getInt(at) != MAGIC) {
                    continue;
                }
                int length = length(bytes.slice(at, bytes.limit() - at));
                if (length > 0) {
                    var image = new byte[length];
                    bytes.get(at, image);
                    Files.createDirectories(output);
                    Files.write(output.resolve(name(file, at)), image);
                    at += length - 1;
                }
            }
        }
    }

    private static String name(Path file, int offset) {
        String name = file.getFileName().toString().replaceAll("[^A-Za-z0-9._+-]", "_");
        return name.replaceFirst("(\\.bpf)?\\.(o|elf)$", "") + '-' + offset + ".bpf.o";
    }

    /** {@return how many bytes the object at the start of an image takes; 0 if it is none} */
    static int length(ByteBuffer image) {
        ByteBuffer elf = image.duplicate();
        if (elf.get(4) != CLASS_64 || elf.get(5) < 1 || elf.get(5) > 2) {
            return 0;
        }
        elf.order(elf.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (elf.getShort(16) != RELOCATABLE || elf.getShort(18) != MACHINE_BPF) {
            return 0;
        }
        long table = elf.getLong(40);
        int count = Short.toUnsignedInt(elf.getShort(60));
        long end = table + (long) count * SECTION_HEADER_SIZE;
        if (table < HEADER_SIZE || end > elf.limit() || count == 0) {
            return 0;
        }
        for (int i = 0; i < count; i++) {
            int header = (int) table + i * SECTION_HEADER_SIZE;
            if (elf.getInt(header + 4) != NO_BITS) {
                end = Math.max(end, elf.getLong(header + 24) + elf.getLong(header + 32));
            }
        }
        return end > elf.limit() ? 0 : (int) end;
    }
}
