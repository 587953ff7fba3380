package dev.purebpf.probe;

import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.OwnedFd;

import java.nio.file.Path;

/** Opens cgroups of version 2, which are folders of a file system of their own. */
final class OpenCgroup {
    private OpenCgroup() {}

    /**
     * {@return a cgroup's descriptor, to be closed}
     *
     * @param operation what it is wanted for, for messages
     * @throws KernelException if there is none
     */
    static OwnedFd of(Kernel kernel, Path cgroup, String operation) {
        int flags = Kernel.OPEN_READ_ONLY | Kernel.OPEN_CLOSE_ON_EXEC;
        long fd = kernel.open(cgroup.toString(), flags, 0);
        if (Errno.ENOENT.is(fd)) {
            throw Errno.ENOENT.failure(
                    operation,
                    "there is no cgroup "
                            + cgroup
                            + ": give its folder, usually below /sys/fs/cgroup");
        }
        return OwnedFd.of(kernel, fd, operation);
    }

    /** {@return the same refusal, with its likely reason if it is the cgroup} */
    static KernelException explained(KernelException e, Path cgroup) {
        if (!Errno.EBADF.is(e)) {
            return e;
        }
        return e.because(
                cgroup + " is no cgroup of version 2: findmnt -t cgroup2 shows where those are");
    }
}
