package dev.purebpf.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What Java is shown when the AOT cache of the tests is made: all their classes, and the tests. */
public final class KernelTestsTraining {
    private KernelTestsTraining() {}

    /**
     * Loads classes, then runs tests as {@link KernelTests} does.
     *
     * @param arguments a file with a name of a class in each line, then those of {@link
     *     KernelTests}
     * @throws IOException if the file cannot be read
     * @throws ClassNotFoundException if there is no such class
     */
    public static void main(String[] arguments) throws IOException, ClassNotFoundException {
        for (String name : Files.readAllLines(Path.of(arguments[0]))) {
            Class.forName(name, false, KernelTestsTraining.class.getClassLoader());
        }
        KernelTests.main(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
}
