package dev.purebpf.cli.input;

import dev.purebpf.cli.OneLine;
import dev.purebpf.error.BpfException;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says in one line why a file is of no use. */
public final class FileProblem {
    private FileProblem() {}

    /**
     * Makes sure that a file is one that can be read from beginning to end.
     *
     * @param path the file
     * @throws IOException if it is not there, or is a directory, a pipe or a device
     */
    public static void requireFile(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "is a directory");
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (!Files.isRegularFile(path)) {
            throw new FileSystemException(path.toString(), null, "is not a regular file");
        }
    }

    /**
     * {@return what is wrong with a file, in one line without its name}
     *
     * @param path the file
     * @param e what reading it or making sense of it has thrown
     */
    public static String describe(String path, Exception e) {
        String problem =
                switch (e) {
                    case NoSuchFileException _ -> "there is no such file";
                    case AccessDeniedException _ -> "may not be read: permission denied";
                    case FileSystemException f when f.getReason() != null -> f.getReason();
                    case IOException io -> "cannot be read: " + io.getMessage();
                    case BpfException bpf -> bpf.getMessage();
                    default -> "a mistake of purebpf itself: " + e;
                };
        // Java's older classes name the file, too, and in other ways.
        for (String prefix : new String[] {path + ": ", "cannot be read: " + path + " "}) {
            problem = problem.startsWith(prefix) ? problem.substring(prefix.length()) : problem;
        }
        return OneLine.of(problem);
    }
}
