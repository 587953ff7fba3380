package dev.purebpf.cli.go;

import dev.purebpf.fixtures.GoToolchain;
import dev.purebpf.fixtures.MadePrograms;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Test programs in Go, which are resources of the tests. */
final class GoPrograms {
    /** How programs are called that vm-tests/initramfs compiled by a version of Go. */
    private static final String COMPILED = "-go";

    /** Those that differ in how functions are called, or in their tables. */
    static final List<String> VERSIONS = List.of("1.15", "1.19", "1.27");

    /** Stands for no option where there are several. */
    static final String NO_OPTION = "-gcflags=";

    /** Without debugging information, and without symbols. */
    static final String STRIPPED = "-ldflags=-s -w";

    private GoPrograms() {}

    /**
     * A program.
     *
     * @param version the version of Go that it is of
     * @param what how it was compiled
     * @param path its file, which is called traced
     */
    record GoProgram(String version, String what, Path path) {
        /** {@return the second number of its version} */
        int minor() {
            return Integer.parseInt(version.substring(version.indexOf('.') + 1));
        }
    }

    /**
     * {@return a program by all compilers, each with all of some options; where there are none,
     * those of them that were made for a virtual machine; skips the test if none was}
     */
    static List<GoProgram> build(String name, Path folder, String... options)
            throws IOException, InterruptedException {
        List<GoProgram> programs = made(source(name), folder, List.of(options));
        return programs.isEmpty() ? compiled(source(name), folder, options) : programs;
    }

    /** {@return likewise a program by one compiler, maybe with parts in C} */
    static GoProgram of(String version, String name, Path folder, String... options)
            throws IOException, InterruptedException {
        return ofSource(version, source(name), folder, options);
    }

    /** {@return likewise the program of a source} */
    static GoProgram ofSource(String version, String source, Path folder, String... options)
            throws IOException, InterruptedException {
        String what = (version + " " + String.join(" ", options)).strip();
        Optional<Path> made = MadePrograms.inGo(source, version, options);
        if (made.isPresent()) {
            return new GoProgram(version, what, copy(made.get(), folder));
        }
        GoToolchain go = GoToolchain.of(version);
        Path program =
                source.contains("\nimport \"C\"\n")
                        ? go.buildWithC(folder, source, options)
                        : go.build(folder, architecture(), source, options);
        return new GoProgram(version, what, program);
    }

    /** {@return a program by all compilers that are here; skips the test if there are none} */
    static List<GoProgram> compiled(String source, Path folder, String... options)
            throws IOException, InterruptedException {
        List<GoProgram> programs = new ArrayList<>();
        for (GoToolchain go : GoToolchain.all()) {
            for (String option : options) {
                programs.add(
                        new GoProgram(
                                go.version(),
                                go.version() + " " + option,
                                go.build(folder, architecture(), source, option)));
            }
        }
        return programs;
    }

    private static List<GoProgram> made(String source, Path folder, List<String> options)
            throws IOException {
        List<GoProgram> programs = new ArrayList<>();
        for (Path file : MadePrograms.of(source, COMPILED)) {
            String made = file.getFileName().toString();
            String what = made.substring(made.indexOf(COMPILED) + COMPILED.length());
            String[] how = what.split(" ", 2);
            if (options.contains(how.length > 1 ? how[1] : NO_OPTION)) {
                programs.add(new GoProgram(how[0], what, copy(file, folder)));
            }
        }
        return programs;
    }

    private static Path copy(Path program, Path folder) throws IOException {
        return Files.copy(program, Files.createTempDirectory(folder, "go").resolve("traced"));
    }

    static String architecture() {
        String name = System.getProperty("os.arch");
        return name.equals("aarch64") ? "arm64" : name;
    }

    static String source(String name) throws IOException {
        try (InputStream in = GoPrograms.class.getResourceAsStream(name + ".go")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
