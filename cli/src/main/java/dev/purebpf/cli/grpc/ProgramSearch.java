package dev.purebpf.cli.grpc;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.session.TracedProcess;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Architecture;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Looks which programs have gRPC-Go in them, each file once, and keeps those that have open. One
 * thread uses it.
 */
final class ProgramSearch implements AutoCloseable {
    private final int machine =
            switch (Architecture.host()) {
                case X86_64 -> ElfFile.MACHINE_X86_64;
                case AARCH64 -> ElfFile.MACHINE_AARCH64;
            };
    private final Set<Object> seen = new HashSet<>();
    private final List<Found> found = new ArrayList<>();

    /**
     * A program.
     *
     * @param program what it is made of
     * @param path its file, for probes
     */
    record Found(GrpcProgram program, String path) {}

    /**
     * {@return the program that a process runs}
     *
     * @param pid the process
     * @throws CommandFailure if that cannot be traced
     */
    Found require(int pid) {
        Path file = Path.of("/proc/" + pid + "/exe");
        String name;
        try {
            name = TracedProcess.program(pid);
        } catch (IOException e) {
            throw TracedProcess.unknownProgram(pid, e);
        }
        try {
            return open(file, name)
                    .orElseThrow(() -> new IllegalStateException(name + " was opened before"));
        } catch (NoGrpc e) {
            throw new CommandFailure(
                    "process " + pid + " runs " + name + ", which " + e.getMessage(), e);
        } catch (UnknownLayout e) {
            throw unreadable(name, e);
        } catch (IOException e) {
            throw new CommandFailure(name + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * {@return the program that a file is; empty if it has no gRPC-Go, as a script has none that
     * starts a program}
     *
     * @throws CommandFailure if it has, but one that cannot be read
     */
    Optional<Found> look(Path file) {
        try {
            return open(file, file.toAbsolutePath().toString());
        } catch (NoGrpc | IOException | MalformedObjectException e) {
            return Optional.empty();
        } catch (UnknownLayout e) {
            throw unreadable(file.toString(), e);
        }
    }

    /**
     * {@return the program that a process runs, if it is another one than all before, and has
     * gRPC-Go; of one that cannot be read people are told}
     *
     * @param pid the process, which may have ended
     */
    Optional<Found> lookAt(int pid) {
        Path file = Path.of("/proc/" + pid + "/exe");
        try {
            return open(file, lasting(pid, file));
        } catch (NoGrpc | IOException | MalformedObjectException e) {
            return Optional.empty();
        } catch (UnknownLayout e) {
            System.err.println(
                    "purebpf: process " + pid + " is not followed: " + OneLine.of(e.getMessage()));
            return Optional.empty();
        }
    }

    /** {@return the programs that processes of the machine run now} */
    List<Found> lookAround() {
        List<Found> all = new ArrayList<>();
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : processes) {
                lookAt(Integer.parseInt(process.getFileName().toString())).ifPresent(all::add);
            }
        } catch (IOException e) {
            throw new CommandFailure("/proc cannot be read: " + e.getMessage(), e);
        }
        return all;
    }

    private Optional<Found> open(Path file, String name) throws IOException, NoGrpc, UnknownLayout {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        if (!seen.add(key)) {
            return Optional.empty();
        }
        Found result = new Found(GrpcProgram.open(file, machine), name);
        found.add(result);
        return Optional.of(result);
    }

    /**
     * {@return a path of the program that a process runs which is still there when the process is
     * not, if there is one here}
     */
    private static String lasting(int pid, Path link) throws IOException {
        Path name = Path.of(TracedProcess.program(pid));
        return Files.exists(name) && Files.isSameFile(name, link)
                ? name.toString()
                : link.toString();
    }

    private static CommandFailure unreadable(String name, UnknownLayout reason) {
        return new CommandFailure(
                name + " has gRPC that cannot be read: " + reason.getMessage(), reason);
    }

    /** {@return what was found, in the order of their numbers} */
    List<Found> found() {
        return found;
    }

    @Override
    public void close() {
        found.forEach(each -> each.program().close());
    }
}
