package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A pipe with a name that somebody holds open and never reads. */
public final class UnreadPipe implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile holder;

    private UnreadPipe(Path path, RandomAccessFile holder) {
        this.path = path;
        this.holder = holder;
    }

    /** Makes one. */
    public static UnreadPipe in(Path directory) throws IOException, InterruptedException {
        Path path = directory.resolve("pipe");
        Process mkfifo = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
        assertEquals(0, mkfifo.waitFor());
        return new UnreadPipe(path, new RandomAccessFile(path.toFile(), "rw"));
    }

    public Path path() {
        return path;
    }

    /** {@return whether a thread of a process waits for somebody to read a pipe} */
    public static boolean isAwaitedBy(ProcessHandle process) {
        try (var threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            return threads.anyMatch(UnreadPipe::isWriting);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isWriting(Path thread) {
        try {
            // pipe_write, since 6.15 fifo_pipe_write and anon_pipe_write
            return Files.readString(thread.resolve("wchan")).endsWith("pipe_write");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        holder.close();
        Files.delete(path);
    }
}
