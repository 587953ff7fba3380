package dev.purebpf;

import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.PinCommands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a descriptor of the kernel's BPF may be of. Whoever opens what is pinned learns by nothing
 * else what it was: the kernel tells about any of its objects in memory that is made for another.
 */
enum DescriptorKind {
    MAP("map", "map_type:"),
    PROGRAM("program", "prog_type:"),
    LINK("link", "link_type:");

    private final String word;
    private final String sign;

    DescriptorKind(String word, String sign) {
        this.word = word;
        this.sign = sign;
    }

    /**
     * {@return what is pinned}
     *
     * @param path a file in a mounted bpffs
     * @param flags as {@link PinCommands#open} takes them
     * @throws IllegalArgumentException if it is not of this kind
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    OwnedFd openPinned(Kernel kernel, Path path, int flags) {
        OwnedFd fd = PinCommands.open(kernel, path, flags);
        try {
            require(kernel, fd, "what is pinned at " + path);
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private void require(Kernel kernel, OwnedFd fd, String what) {
        String about;
        try {
            byte[] file = kernel.readFile("/proc/self/fdinfo/" + fd.number());
            about = new String(file, StandardCharsets.US_ASCII);
        } catch (IOException _) {
            // Without /proc it is taken on trust, as libbpf does.
            return;
        }
        if (isIn(about)) {
            return;
        }
        for (DescriptorKind other : values()) {
            if (other.isIn(about)) {
                throw new IllegalArgumentException(
                        what + " is no " + word + ", but a " + other.word);
            }
        }
        throw new IllegalArgumentException(what + " is no " + word);
    }

    private boolean isIn(String about) {
        return about.lines().anyMatch(line -> line.startsWith(sign));
    }
}
