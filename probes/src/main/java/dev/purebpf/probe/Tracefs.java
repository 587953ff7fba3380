package dev.purebpf.probe;

import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The file system in which the kernel describes its tracepoints. */
final class Tracefs {

    /** That of this machine, at the place where it is mounted today, or else where it once was. */
    static final Tracefs MACHINE =
            new Tracefs(
                    List.of(Path.of("/sys/kernel/tracing"), Path.of("/sys/kernel/debug/tracing")));

    private final List<Path> places;

    Tracefs(List<Path> places) {
        this.places = places;
    }

    /**
     * {@return where it is mounted}
     *
     * @param operation what needs it
     * @throws KernelException if it is not mounted, or not for us to see
     */
    Path root(String operation) {
        IOException denied = null;
        for (Path place : places) {
            try {
                if (Files.readAttributes(place.resolve("events"), "isDirectory")
                        .get("isDirectory")
                        .equals(true)) {
                    return place;
                }
            } catch (AccessDeniedException e) {
                denied = e;
            } catch (IOException e) {
                // Not mounted here.
            }
        }
        if (denied != null) {
            throw Errno.EACCES.failure(
                    operation,
                    "only root may look into "
                            + places.getFirst()
                            + "; run this as root, or let a group in: mount -o"
                            + " remount,gid=GROUP "
                            + places.getFirst());
        }
        throw Errno.ENOENT.failure(
                operation,
                "tracefs is not mounted; mount it: mount -t tracefs tracefs " + places.getFirst());
    }

    /**
     * {@return the content of a file; {@code null} if there is no such file}
     *
     * @param path where it is, from the root
     * @param operation what needs it
     * @throws KernelException if it cannot be read
     */
    String read(String path, String operation) {
        Path file = root(operation).resolve(path);
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            // Below a file, or with a name that is too long, there is nothing, either.
            if (!(e instanceof AccessDeniedException) && !Files.exists(file)) {
                return null;
            }
            throw Errno.EACCES.failure(operation, file + " cannot be read: only root may");
        }
    }
}
