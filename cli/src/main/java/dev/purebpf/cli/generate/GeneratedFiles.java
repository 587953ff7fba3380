package dev.purebpf.cli.generate;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * Writes generated files: whole or not at all, and over nothing that was not generated. A file that
 * has its content already keeps its time, so that nothing is compiled again.
 */
final class GeneratedFiles {
    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

    private GeneratedFiles() {}

    /**
     * Writes a source, in place of none or a generated one.
     *
     * @param file the file
     * @param text its content
     * @throws CommandFailure if another file is there, or it cannot be written
     */
    static void writeSource(Path file, String text) {
        byte[] mark = ObjectSource.MARK.getBytes(StandardCharsets.US_ASCII);
        require(
                file,
                mark,
                " is there and was not generated: move it away, or choose another --class");
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes sure that a file can be written as an object, in place of none or another object.
     *
     * @param file the file
     * @throws CommandFailure if something else is there
     */
    static void requireObject(Path file) {
        require(file, ELF, " is there and no object: move it away, or choose another --resources");
    }

    /**
     * Writes an object.
     *
     * @param file the file
     * @param bytes its content
     * @throws CommandFailure if it cannot be written
     */
    static void writeObject(Path file, byte[] bytes) {
        requireObject(file);
        write(file, bytes);
    }

    private static void require(Path file, byte[] beginning, String otherwise) {
        if (!Files.exists(file)) {
            return;
        }
        try (var in = Files.newInputStream(file)) {
            if (!Arrays.equals(in.readNBytes(beginning.length), beginning)) {
                throw new CommandFailure(OneLine.of(file.toString()) + otherwise);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
                return;
            }
            Files.createDirectories(file.getParent());
            Path whole = file.resolveSibling("." + file.getFileName() + ".new");
            try {
                Files.write(whole, content);
                Files.move(
                        whole,
                        file,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(whole);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static CommandFailure unwritable(Path file, IOException e) {
        String reason =
                switch (e) {
                    case AccessDeniedException _ -> "permission denied";
                    case NoSuchFileException _ -> "there is no such directory";
                    case FileAlreadyExistsException f -> f.getFile() + " is no directory";
                    case FileSystemException f when f.getReason() != null -> f.getReason();
                    default -> e.getMessage();
                };
        return new CommandFailure(OneLine.of(file + " cannot be written: " + reason), e);
    }
}
