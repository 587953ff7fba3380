package dev.purebpf.cli.check;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.input.TargetOptions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A file with the types of a kernel.
 *
 * @param name what the kernel is called: the file's name without {@code .btf} and the like
 * @param path the file
 * @param modules the types of its modules: the files {@code MODULE.btf} in a folder {@code
 *     NAME.modules} beside it
 */
record KernelFile(String name, Path path, List<TargetOptions.Module> modules) {
    private static final String MODULES = ".modules";

    /** {@code .btf} and what images of a kernel end with; not the last part of a version. */
    private static final List<String> ENDINGS = List.of(".btf", ".elf", ".debug", ".vmlinux");

    /**
     * {@return the kernels that files and directories hold, those of a directory in the order of
     * their versions}
     *
     * @param names files, which are taken as they are, and directories, which are searched for
     *     files of BTF and ELF
     * @throws CommandFailure if one is not there, or there is no kernel in any
     */
    static List<KernelFile> find(List<String> names) {
        List<Path> paths = new ArrayList<>();
        for (String name : names) {
            try {
                Path path = Path.of(name);
                if (Files.isDirectory(path)) {
                    paths.addAll(search(path));
                } else {
                    paths.add(path);
                }
            } catch (InvalidPathException | IOException | UncheckedIOException e) {
                throw new CommandFailure(name + " cannot be searched: " + e.getMessage(), e);
            }
        }
        if (paths.isEmpty()) {
            throw new CommandFailure(
                    "there is no file of BTF in "
                            + String.join(", ", names)
                            + "; compressed ones have to be unpacked first");
        }
        try {
            return named(paths);
        } catch (IOException | UncheckedIOException e) {
            throw new CommandFailure("a folder of modules cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Path> search(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !isOfModule(directory.relativize(file)))
                    .filter(KernelFile::mayHoldTypes)
                    .sorted((a, b) -> compareVersions(a.toString(), b.toString()))
                    .toList();
        }
    }

    /** {@return whether a file, seen from the directory searched, is in a folder of modules} */
    private static boolean isOfModule(Path file) {
        Path folder = file.getParent();
        return folder != null && folder.getFileName().toString().endsWith(MODULES);
    }

    private static List<TargetOptions.Module> modulesOf(Path kernel) throws IOException {
        Path folder = kernel.resolveSibling(name(kernel) + MODULES);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".btf"))
                    .sorted()
                    .map(file -> new TargetOptions.Module(name(file), file))
                    .toList();
        }
    }

    /** {@return whether a file calls itself BTF, or begins like BTF or ELF} */
    private static boolean mayHoldTypes(Path file) {
        if (file.toString().endsWith(".btf")) {
            return true;
        }
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] start = stream.readNBytes(4);
            if (start.length < 4) {
                return false;
            }
            boolean elf = start[0] == 0x7f && start[1] == 'E' && start[2] == 'L' && start[3] == 'F';
            int first = start[0] & 0xff;
            int second = start[1] & 0xff;
            return elf || first == 0x9f && second == 0xeb || first == 0xeb && second == 0x9f;
        } catch (IOException e) {
            // It might be one: that it cannot be read is said when it is opened.
            return true;
        }
    }

    /** {@return how two names compare when runs of digits count as numbers: 5.10 after 5.4} */
    static int compareVersions(String first, String second) {
        int i = 0;
        int j = 0;
        while (i < first.length() && j < second.length()) {
            int iEnd = digits(first, i);
            int jEnd = digits(second, j);
            int order;
            if (iEnd > i && jEnd > j) {
                String a = first.substring(i, iEnd).replaceFirst("^0+", "");
                String b = second.substring(j, jEnd).replaceFirst("^0+", "");
                order = a.length() != b.length() ? a.length() - b.length() : a.compareTo(b);
                i = iEnd;
                j = jEnd;
            } else {
                order = Character.compare(first.charAt(i++), second.charAt(j++));
            }
            if (order != 0) {
                return order;
            }
        }
        return first.length() - i - (second.length() - j);
    }

    private static int digits(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    /** Files of the same name in several directories are told apart by their paths. */
    private static List<KernelFile> named(List<Path> paths) throws IOException {
        Set<String> once = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (Path path : paths) {
            if (!once.add(name(path))) {
                twice.add(name(path));
            }
        }
        List<KernelFile> kernels = new ArrayList<>();
        for (Path path : paths) {
            String name = twice.contains(name(path)) ? path.toString() : name(path);
            kernels.add(new KernelFile(name, path, modulesOf(path)));
        }
        return List.copyOf(kernels);
    }

    private static String name(Path path) {
        String name = String.valueOf(path.getFileName());
        for (String ending : ENDINGS) {
            if (name.endsWith(ending) && name.length() > ending.length()) {
                return name.substring(0, name.length() - ending.length());
            }
        }
        return name;
    }
}
