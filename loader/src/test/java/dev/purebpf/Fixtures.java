package dev.purebpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The objects that tests use. */
final class Fixtures {
    private Fixtures() {}

    static byte[] bytes(String name) {
        String resource = "/fixtures/" + name + ".bpf.o";
        try (InputStream stream = Fixtures.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("no fixture " + resource);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BpfObject open(String name) {
        return BpfObject.open(name + ".bpf.o", bytes(name));
    }
}
