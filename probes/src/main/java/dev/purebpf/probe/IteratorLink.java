package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.codec.Codec;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A {@link BpfIterator} that is attached: each reading of it is a new walk. Any thread may begin
 * one; a stream belongs to one thread.
 */
public final class IteratorLink extends KernelLink {
    IteratorLink(Program program, String target, OwnedFd link) {
        super(program, target, link);
    }

    /**
     * {@return what the program writes during one walk; the walk goes on as it is read, and ends
     * early when the stream is closed}
     *
     * <p>An error of the kernel is a {@link dev.purebpf.error.KernelException}.
     *
     * @throws IllegalStateException if the link is closed
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public InputStream open() {
        return new IteratorStream(
                program().kernel(),
                LinkCommands.createIterator(program().kernel(), pinnable().number()),
                target());
    }

    /**
     * {@return all that the program writes during one walk}
     *
     * @throws IllegalStateException if the link is closed
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public byte[] bytes() {
        try (InputStream stream = open()) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * {@return all that the program writes during one walk, as UTF-8}
     *
     * @throws IllegalStateException if the link is closed
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /**
     * Reads what the program writes during one walk as Java objects, as it goes on: for programs
     * that write nothing but values of one type, by {@code bpf_seq_write}.
     *
     * @param <T> the Java type
     * @param codec reads a value; of a struct by {@link dev.purebpf.LoadedObject#codec}
     * @param consumer takes the values; what it throws ends the walk
     * @throws IllegalStateException if the link is closed, or the program ended in the middle of a
     *     value
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public <T> void forEach(Codec<T> codec, Consumer<? super T> consumer) {
        byte[] bytes = new byte[codec.size()];
        MemorySegment value = MemorySegment.ofArray(bytes);
        try (InputStream stream = new BufferedInputStream(open(), IteratorStream.BUFFER_SIZE)) {
            int length;
            while ((length = stream.readNBytes(bytes, 0, bytes.length)) == bytes.length) {
                consumer.accept(codec.decode(value, 0));
            }
            if (length > 0) {
                throw new IllegalStateException(
                        target()
                                + " ended after "
                                + length
                                + " bytes of a value, but "
                                + codec
                                + " has "
                                + bytes.length
                                + ": read it by the struct that the program writes");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    boolean updatable() {
        return true;
    }
}
