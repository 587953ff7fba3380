package dev.purebpf.elf;

import dev.purebpf.error.MalformedObjectException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a file, in memory or mapped. Offsets are checked by the callee. */
sealed interface FileContent {
    /** {@return how many bytes there are} */
    long size();

    /**
     * {@return a copy of some bytes}
     *
     * @param offset where they begin
     * @param length how many
     * @throws MalformedObjectException if they are not all there
     */
    default byte[] copy(long offset, long length) {
        check(this, offset, length);
        byte[] copy = new byte[(int) length];
        copy(offset, copy, copy.length);
        return copy;
    }

    /**
     * Copies some bytes into an array, from its first on.
     *
     * @param offset where they begin
     * @param to gets them
     * @param length how many
     * @throws MalformedObjectException if they are not all there
     */
    void copy(long offset, byte[] to, int length);

    /** {@return the name for messages} */
    String name();

    /** Frees what is held. */
    void close();

    /**
     * A file in memory.
     *
     * @param name the name for messages
     * @param bytes its content
     */
    record InMemory(String name, byte[] bytes) implements FileContent {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void copy(long offset, byte[] to, int length) {
            check(this, offset, length);
            System.arraycopy(bytes, (int) offset, to, 0, length);
        }

        @Override
        public void close() {}
    }

    /**
     * A mapped file.
     *
     * <p>Touching a page that the file has lost since it was mapped is a SIGBUS, which the virtual
     * machine turns into an {@link InternalError}. So the file is kept open and asked for its
     * length before its pages are touched, and once more afterwards; the error itself is caught
     * only for the moment in between. {@link RandomAccessFile} rather than {@link FileChannel}
     * because the latter closes itself when the thread is interrupted.
     *
     * @param name the name for messages
     * @param file the open file
     * @param arena owns the mapping
     * @param bytes the mapping
     */
    record Mapped(String name, RandomAccessFile file, Arena arena, MemorySegment bytes)
            implements FileContent {
        static Mapped open(Path path) throws IOException {
            // Opening a named pipe would wait for somebody who writes to it.
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new FileSystemException(path.toString(), null, "is no regular file");
            }
            var file = new RandomAccessFile(path.toFile(), "r");
            var arena = Arena.ofShared();
            try {
                long size = file.length();
                MemorySegment bytes =
                        file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
                return new Mapped(path.toString(), file, arena, bytes);
            } catch (IOException | RuntimeException | Error e) {
                arena.close();
                file.close();
                throw e;
            }
        }

        @Override
        public long size() {
            return bytes.byteSize();
        }

        @Override
        public void copy(long offset, byte[] to, int length) {
            check(this, offset, length);
            if (!arena.scope().isAlive()) {
                throw new IllegalStateException(name + " is closed");
            }
            try {
                requireLength(offset + length);
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, to, 0, length);
                requireLength(offset + length);
            } catch (InternalError e) {
                throw shrunk(name, offset, e);
            } catch (IOException e) {
                if (!arena.scope().isAlive()) {
                    throw new IllegalStateException(name + " is closed", e);
                }
                throw new MalformedObjectException(
                        name, null, offset, "cannot be read: " + e.getMessage(), e);
            }
        }

        private void requireLength(long end) throws IOException {
            if (file.length() < end) {
                throw shrunk(name, end, null);
            }
        }

        private static MalformedObjectException shrunk(String name, long offset, Throwable cause) {
            return new MalformedObjectException(
                    name,
                    null,
                    offset,
                    "the file became shorter while it was read; is it being written right now?",
                    cause);
        }

        @Override
        public void close() {
            if (arena.scope().isAlive()) {
                arena.close();
            }
            try {
                file.close();
            } catch (IOException e) {
                // Nothing was written, so there is nothing to lose.
                System.getLogger("dev.purebpf.elf")
                        .log(System.Logger.Level.DEBUG, "closing " + name, e);
            }
        }
    }

    private static void check(FileContent content, long offset, long length) {
        long size = content.size();
        if (offset < 0 || length < 0 || offset > size || length > size - offset) {
            throw new MalformedObjectException(
                    content.name(),
                    null,
                    offset < 0 ? -1 : offset,
                    Long.toUnsignedString(length)
                            + " bytes are needed from offset "
                            + Long.toUnsignedString(offset)
                            + ", but the file has only "
                            + size
                            + "; it is damaged or cut short");
        }
        if (length > Integer.MAX_VALUE - 8) {
            throw new MalformedObjectException(
                    content.name(),
                    null,
                    offset,
                    "a part of " + length + " bytes is too large to be read");
        }
    }
}
