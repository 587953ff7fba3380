package dev.purebpf.probe;

import dev.purebpf.Program;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A {@link BpfIterator} that is attached: each reading of it is a new walk. */
public final class IteratorLink extends ProbeLink {
    private final OwnedFd link;

    IteratorLink(Program program, String target, OwnedFd link) {
        super(program, target);
        this.link = link;
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
                LinkCommands.createIterator(program().kernel(), link.number()),
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

    @Override
    OwnedFd pinnable() {
        return link;
    }

    @Override
    boolean updatable() {
        return true;
    }

    @Override
    void release(boolean pinned) {
        link.close();
    }
}
