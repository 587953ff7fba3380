package dev.purebpf.cli.input;

import dev.purebpf.btf.Btf;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.KernelBtf;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens the types of a kernel, be it this machine's or another. */
public final class KernelInput {
    private KernelInput() {}

    /**
     * {@return the types in a file}
     *
     * @param path a file of BTF, or an ELF file with it, such as {@code vmlinux}
     * @throws IOException if the file cannot be read
     * @throws MalformedObjectException if it is neither, or damaged
     */
    public static Btf open(Path path) throws IOException {
        FileProblem.requireFile(path);
        return Btf.open(path);
    }

    /**
     * {@return the types in a file that the command cannot do without}
     *
     * @param name the file's name
     * @throws CommandFailure if there are none
     */
    public static Btf require(String name) {
        try {
            return open(Path.of(name));
        } catch (IOException | MalformedObjectException e) {
            throw new CommandFailure(
                    "no types of a kernel in " + name + ": " + FileProblem.describe(name, e), e);
        } catch (InvalidPathException e) {
            throw new CommandFailure("'" + name + "' cannot be the name of a file", e);
        }
    }

    /**
     * {@return the types of the running kernel}
     *
     * @throws CommandFailure if they cannot be read
     */
    public static Btf running() {
        try {
            return KernelBtf.running();
        } catch (IOException e) {
            throw new CommandFailure(
                    "the types of the running kernel cannot be read ("
                            + e.getMessage()
                            + "); name a file of a kernel's types by --btf",
                    e);
        }
    }
}
