package dev.purebpf.differential;

import dev.purebpf.btf.Btf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.BpfException;
import dev.purebpf.link.KernelConfig;
import dev.purebpf.link.KernelModule;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.link.KernelVersion;
import dev.purebpf.link.TargetKernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds final instructions against libbpf's: {@code Comparison JUDGE VERSION DIFFERENCES SYMBOLS
 * OBJECTS EVERY OWN BTF…}. JUDGE is the compiled {@code libbpf-judge} and VERSION its libbpf's,
 * DIFFERENCES the file of those that are known, SYMBOLS one in the form of {@code /proc/kallsyms},
 * OBJECTS a folder, of whose objects every EVERY-th is taken, OWN one of which all are. Beside each
 * RELEASE.btf lies the kernel's RELEASE.config and perhaps a folder RELEASE.modules of its modules'
 * types; then objects are compared for the kernel with them, too. Exit code 1 when something
 * differs that is not known, or, if all objects are taken, a known difference is gone.
 */
final class Comparison {
    private final Path judge;
    private final Path symbols;
    private final Path folder;
    private final Path own;

    /** The kernel's, or where its package has none, that of the kernel before it. */
    private Path config;

    private final List<Path> objects;
    private final List<KnownDifference> known;
    private final Set<KnownDifference> seen = new HashSet<>();
    private final Set<String> unknown = new TreeSet<>();
    private int kernels;
    private int programs;
    private int equal;
    private int refused;
    private int refusedObjects;
    private int different;

    private Comparison(
            Path judge,
            Path symbols,
            Path folder,
            Path own,
            List<Path> objects,
            List<KnownDifference> known) {
        this.judge = judge;
        this.symbols = symbols;
        this.folder = folder;
        this.own = own;
        this.objects = objects;
        this.known = known;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[4]);
        int every = Integer.parseInt(arguments[5]);
        Path own = Path.of(arguments[6]);
        List<Path> objects = new ArrayList<>(objects(folder, every));
        objects.addAll(objects(own, 1));
        var comparison =
                new Comparison(
                        Path.of(arguments[0]),
                        Path.of(arguments[3]),
                        folder,
                        own,
                        objects,
                        KnownDifference.read(Path.of(arguments[2]), arguments[1]));
        for (int i = 7; i < arguments.length; i++) {
            comparison.compare(Path.of(arguments[i]));
        }
        System.exit(comparison.report(every == 1) ? 0 : 1);
    }

    /** Those for machines of the other byte order libbpf opens, but does not load here. */
    private static List<Path> objects(Path folder, int every) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all =
                    files.filter(file -> file.toString().endsWith(".bpf.o"))
                            .filter(Comparison::isLittleEndian)
                            .sorted()
                            .toList();
        }
        var chosen = new ArrayList<Path>();
        for (int i = 0; i < all.size(); i += every) {
            chosen.add(all.get(i));
        }
        return chosen;
    }

    private static boolean isLittleEndian(Path file) {
        try (ElfFile elf = ElfFile.open(file)) {
            return elf.byteOrder() == ByteOrder.LITTLE_ENDIAN;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (BpfException e) {
            // Both are to refuse it.
            return true;
        }
    }

    private void compare(Path btf) throws Exception {
        String release = btf.getFileName().toString().replaceFirst("\\.btf$", "");
        Path own = btf.resolveSibling(release + ".config");
        if (Files.exists(own)) {
            config = own;
        }
        Btf types = Btf.open(btf);
        compare(btf, types, release, List.of());
        Path folderOfModules = btf.resolveSibling(release + ".modules");
        List<Path> modules = List.of();
        if (Files.isDirectory(folderOfModules)) {
            try (Stream<Path> files = Files.list(folderOfModules)) {
                modules = files.sorted().toList();
            }
        }
        if (!modules.isEmpty()) {
            compare(btf, types, release, modules);
        }
    }

    private void compare(Path btf, Btf types, String release, List<Path> modules) throws Exception {
        kernels++;
        var parsed = new ArrayList<KernelModule>();
        for (Path module : modules) {
            byte[] bytes = Files.readAllBytes(module);
            parsed.add(
                    new KernelModule(
                            moduleName(module), Btf.parseSplit(module.toString(), bytes, types)));
        }
        TargetKernel kernel =
                TargetKernel.of(types)
                        .withModules(parsed)
                        .withConfig(
                                KernelConfig.parse(config.toString(), Files.readAllBytes(config)))
                        .withSymbols(
                                KernelSymbols.parse(
                                        symbols.toString(), Files.readAllBytes(symbols)))
                        .withVersion(KernelVersion.ofRelease(release).orElseThrow())
                        // As stand-in-kernel.c answers.
                        .withWideOffsets(Integer.parseInt(release.split("[.]")[0]) >= 7)
                        .withCookies(true)
                        .withSystemCallWrappers(true);
        List<Relocated> expected = judge(btf, release, modules);
        for (int i = 0; i < objects.size(); i++) {
            Path file = objects.get(i);
            Relocated ours;
            try (ElfFile elf = ElfFile.open(file)) {
                ours = OurRelocation.of(elf, kernel);
            } catch (BpfException e) {
                ours = new Relocated(e.getMessage(), List.of());
            }
            String name = modules.isEmpty() ? release : release + ".modules";
            compare(name(file), name, expected.get(i), ours);
        }
    }

    /** {@return what the list of differences calls an object: SUITE/PACKAGE/FILE or own/…} */
    private String name(Path file) {
        Path root = file.startsWith(folder) ? folder : own.getParent();
        return root.relativize(file).toString();
    }

    private static String moduleName(Path file) {
        return file.getFileName().toString().replaceFirst("\\.btf$", "");
    }

    private List<Relocated> judge(Path btf, String release, List<Path> modules) throws Exception {
        var command =
                new ArrayList<>(
                        List.of(
                                judge.toString(),
                                "--kconfig",
                                config.toString(),
                                "--kallsyms",
                                symbols.toString(),
                                "--release",
                                release));
        for (Path module : modules) {
            command.add("--module-btf");
            command.add(moduleName(module) + '=' + module);
        }
        command.add(btf.toString());
        command.add("-");
        Path list = Files.createTempFile("objects", null);
        try {
            Files.write(list, objects.stream().map(Path::toString).toList());
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(list.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            List<String> lines;
            try (var reader = process.inputReader()) {
                lines = reader.lines().toList();
            }
            List<Relocated> result = Relocated.parse(lines);
            if (process.waitFor() != 0 || result.size() != objects.size()) {
                throw new IllegalStateException(judge + " did not answer for every object");
            }
            return result;
        } finally {
            Files.delete(list);
        }
    }

    private void compare(String object, String release, Relocated libbpf, Relocated ours) {
        if ("crash".equals(libbpf.failure())) {
            differ(object, "*", release, Set.of("answers|crashes"), "libbpf crashes");
            return;
        }
        // Whoever refuses the object refuses each of its programs.
        List<Relocated.Program> all =
                libbpf.failure() == null ? libbpf.programs() : ours.programs();
        if (libbpf.failure() != null && ours.failure() != null) {
            refusedObjects++;
        } else if (libbpf.failure() == null
                && ours.failure() == null
                && !names(libbpf).equals(names(ours))) {
            differ(
                    object,
                    "*",
                    release,
                    Set.of(list(ours) + '|' + list(libbpf)),
                    "programs " + names(ours) + ", not " + names(libbpf));
            return;
        }
        for (int i = 0; i < all.size(); i++) {
            String name = all.get(i).name();
            String theirFailure = failure(libbpf, i);
            String ourFailure = failure(ours, i);
            programs++;
            if (theirFailure != null && ourFailure != null) {
                refused++;
            } else if (theirFailure != null) {
                String what = "refused by libbpf only: " + theirFailure;
                differ(object, name, release, Set.of("fits|refused"), what);
            } else if (ourFailure != null) {
                String what = "refused by us only: " + ourFailure;
                differ(object, name, release, Set.of("refused|fits"), what);
            } else {
                compareCode(object, release, libbpf.programs().get(i), ours.programs().get(i));
            }
        }
    }

    private static List<String> names(Relocated object) {
        return object.programs().stream().map(p -> p.name() + " in " + p.section()).toList();
    }

    private static String list(Relocated object) {
        return object.programs().isEmpty()
                ? "nothing"
                : object.programs().stream()
                        .map(Relocated.Program::name)
                        .collect(Collectors.joining(","));
    }

    private static String failure(Relocated object, int index) {
        return object.failure() != null ? object.failure() : object.programs().get(index).failure();
    }

    private void compareCode(
            String object, String release, Relocated.Program libbpf, Relocated.Program ours) {
        if (libbpf.code().equals(ours.code())) {
            equal++;
            return;
        }
        var unlike = new ArrayList<Integer>();
        for (int i = 0; i < Math.max(libbpf.code().size(), ours.code().size()); i++) {
            if (!slot(ours, i).equals(slot(libbpf, i))) {
                unlike.add(i);
            }
        }
        int first = unlike.getFirst();
        differ(
                object,
                libbpf.name(),
                release,
                unlike.stream()
                        .map(i -> slot(ours, i) + '|' + slot(libbpf, i))
                        .collect(Collectors.toSet()),
                "slot " + first + ": " + slot(ours, first) + ", libbpf has " + slot(libbpf, first));
    }

    private static String slot(Relocated.Program program, int at) {
        return at < program.code().size() ? program.code().get(at) : "nothing";
    }

    private void differ(
            String object, String program, String release, Set<String> pairs, String what) {
        different++;
        boolean listed = false;
        for (KnownDifference difference : known) {
            if (difference.covers(object, program, release, pairs)) {
                seen.add(difference);
                listed = true;
            }
        }
        if (!listed) {
            unknown.add(object + ' ' + program + ' ' + release + ": " + what);
        }
    }

    private boolean report(boolean complete) {
        unknown.forEach(System.out::println);
        seen.forEach(difference -> System.out.println("known: " + difference));
        boolean gone = false;
        for (KnownDifference difference : known) {
            if (complete && !seen.contains(difference)) {
                System.out.println("gone, take it off the list: " + difference);
                gone = true;
            }
        }
        System.out.printf(
                "%d objects for %d kernels: of %d programs %d equal, %d refused by both, %d"
                        + " different (%d unlisted); objects refused by both as a whole: %d%n",
                objects.size(),
                kernels,
                programs,
                equal,
                refused,
                different,
                unknown.size(),
                refusedObjects);
        return unknown.isEmpty() && !gone;
    }
}
