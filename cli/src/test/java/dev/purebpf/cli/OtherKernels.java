package dev.purebpf.cli;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.elf.ElfFile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Fixtures as files, and the types of kernels that never were. */
public final class OtherKernels {
    private OtherKernels() {}

    /** Writes a fixture, such as {@code core} or {@code big-endian/core}, and returns its path. */
    public static String fixture(Path folder, String name) throws IOException {
        String resource = "/fixtures/" + name + ".bpf.o";
        try (InputStream stream = OtherKernels.class.getResourceAsStream(resource)) {
            Path file = folder.resolve(name.replace('/', '-') + ".bpf.o");
            return Files.write(file, stream.readAllBytes()).toString();
        }
    }

    /** A kernel that has what an object declares, but nothing of what it only supposes. */
    public static Path asDeclaredBy(Path object, Path file) throws IOException {
        try (ElfFile elf = ElfFile.open(object)) {
            Btf types = Btf.ofElf(elf).orElseThrow();
            BtfBuilder kernel = BtfBuilder.copyOf(types);
            for (int id = 1; id < types.typeCount(); id++) {
                if (types.type(id) instanceof BtfType.Struct struct
                        && struct.name().contains("___")) {
                    kernel.set(
                            id,
                            new BtfType.Struct(
                                    "of_the_object_alone",
                                    struct.size(),
                                    struct.members(),
                                    struct.bitfields()));
                }
            }
            return Files.write(file, kernel.toBytes(types.byteOrder()));
        }
    }

    /**
     * A kernel whose tasks have their numbers elsewhere: {@code pid} in a struct within, and {@code
     * no_such_field} under a longer name.
     */
    public static Path renamed(Path file) throws IOException {
        return Files.write(file, renamed(BtfBuilder.create()));
    }

    /** A {@link #bare} kernel and, in the folder of its modules, a module with such tasks. */
    public static Path renamedInModule(Path file, Path module) throws IOException {
        bare(file);
        Files.createDirectories(module.getParent());
        return Files.write(module, renamed(BtfBuilder.split(Btf.open(file))));
    }

    private static byte[] renamed(BtfBuilder types) {
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int numbers =
                types.add(
                        new BtfType.Struct("numbers", 4, List.of(member("pid", number, 0)), false));
        types.add(
                new BtfType.Struct(
                        "task_struct",
                        12,
                        List.of(
                                member("numbers", numbers, 0),
                                member("tgid", number, 4),
                                member("no_such_field_any_more", number, 8)),
                        false));
        return types.toBytes(ByteOrder.LITTLE_ENDIAN);
    }

    /** A kernel that has the variable {@code struct rq runqueues}, and nothing else. */
    public static Path withQueues(Path file) throws IOException {
        BtfBuilder types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        int queue =
                types.add(new BtfType.Struct("rq", 8, List.of(member("cpu", number, 4)), false));
        types.add(new BtfType.Variable("runqueues", queue, Linkage.GLOBAL));
        return Files.write(file, types.toBytes(ByteOrder.LITTLE_ENDIAN));
    }

    /** A kernel without any struct. */
    public static Path bare(Path file) throws IOException {
        BtfBuilder types = BtfBuilder.create();
        types.add(new BtfType.Int("int", 4, BtfType.Int.SIGNED, 0, 32));
        return Files.write(file, types.toBytes(ByteOrder.LITTLE_ENDIAN));
    }

    private static BtfType.Member member(String name, int type, long bytes) {
        return new BtfType.Member(name, type, bytes * 8, 0);
    }
}
