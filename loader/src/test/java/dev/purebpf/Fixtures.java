package dev.purebpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.stream.Stream;

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

    /** {@return the names of all fixtures, sorted} */
    static List<String> names() {
        String known = "minimal.bpf.o";
        URL url = Fixtures.class.getResource("/fixtures/" + known);
        try {
            Stream<String> files;
            if (url.openConnection() instanceof JarURLConnection jar) {
                files =
                        jar.getJarFile().stream()
                                .map(JarEntry::getName)
                                .filter(name -> name.matches("fixtures/[^/]+"))
                                .map(name -> name.substring(name.indexOf('/') + 1));
            } else {
                try (Stream<Path> folder = Files.list(Path.of(url.getPath()).getParent())) {
                    files = folder.map(file -> file.getFileName().toString()).toList().stream();
                }
            }
            return files.filter(name -> name.endsWith(".bpf.o"))
                    .map(name -> name.replace(".bpf.o", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BpfObject open(String name) {
        return BpfObject.open(name + ".bpf.o", bytes(name));
    }
}
