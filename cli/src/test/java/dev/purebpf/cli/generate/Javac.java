package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Compiles what was generated, with nothing but what these tests run with. */
final class Javac {
    private Javac() {}

    /** {@return what the compiler complains about, warnings included; empty if it does not} */
    static String complaints(List<Path> sources, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeTrue(compiler != null, "needs a JDK: this Java has no compiler");
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "-Xlint:all,-path",
                                "-Werror",
                                "-proc:none",
                                "-encoding",
                                "UTF-8",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                classes.toString()));
        sources.forEach(source -> words.add(source.toString()));
        var said = new ByteArrayOutputStream();
        int exitCode = compiler.run(null, said, said, words.toArray(String[]::new));
        String text = said.toString(StandardCharsets.UTF_8);
        return exitCode == 0 ? text : "exit code " + exitCode + ": " + text;
    }
}
