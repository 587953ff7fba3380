package dev.purebpf.cli.go;

import dev.purebpf.cli.MadePrograms;
import dev.purebpf.fixtures.GoToolchain;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Test programs in Go, which are resources of the tests. */
final class GoPrograms {
    /** How programs are called that vm-tests/initramfs compiled by a version of Go. */
    private static final String COMPILED = "-go";

    private GoPrograms() {}

    /**
     * A program.
     *
     * @param version the version of Go that it is of
     * @param what how it was compiled
     * @param path its file, which is called traced
     */
    record GoProgram(String version, String what, Path path) {}

    /**
     * {@return a program by all compilers, each with all of some options; where there are none, as
     * it was made for a virtual machine; skips the test if it was not}
     */
    static List<GoProgram> build(String name, Path folder, String... options)
            throws IOException, InterruptedException {
        return of(source(name), folder, options);
    }

    /** {@return likewise the program of a source} */
    static List<GoProgram> of(String source, Path folder, String... options)
            throws IOException, InterruptedException {
        List<GoProgram> programs = made(source, folder);
        return programs.isEmpty() ? compiled(source, folder, options) : programs;
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

    private static List<GoProgram> made(String source, Path folder) throws IOException {
        List<GoProgram> programs = new ArrayList<>();
        for (Path file : MadePrograms.of(source, COMPILED)) {
            String made = file.getFileName().toString();
            String version = made.substring(made.indexOf(COMPILED) + COMPILED.length());
            Path own = Files.createTempDirectory(folder, "go").resolve("traced");
            Files.copy(file, own);
            programs.add(new GoProgram(version, version, own));
        }
        return programs;
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
