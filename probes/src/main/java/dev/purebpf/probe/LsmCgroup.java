package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.AttachType;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A decision about security for the processes of a cgroup and of those below it: {@code
 * SEC("lsm_cgroup/socket_bind")}. The hook is the program's; of hooks that get a socket, it is the
 * socket's cgroup that counts, else the current process'.
 *
 * <p>Such a program returns 1 to allow and 0 to refuse (EPERM, or what {@code bpf_set_retval}
 * says), unlike one of {@code SEC("lsm/…")}. All programs of a cgroup are asked, and those of the
 * cgroups above it.
 *
 * <p>Linux 6.0, {@code CONFIG_BPF_LSM} and {@code CONFIG_CGROUP_BPF}; the security module {@code
 * bpf} has to be on, as {@code /sys/kernel/security/lsm} shows.
 *
 * @param cgroup the cgroup's folder, such as {@code /sys/fs/cgroup/system.slice}
 */
public record LsmCgroup(Path cgroup) {

    /** Checks that there is a cgroup. */
    public LsmCgroup {
        Objects.requireNonNull(cgroup);
    }

    /**
     * {@return the processes of a cgroup}
     *
     * @param cgroup the cgroup's folder, in a file system of type {@code cgroup2}
     */
    public static LsmCgroup of(Path cgroup) {
        return new LsmCgroup(cgroup);
    }

    /**
     * Attaches a program, beside those that are attached to the cgroup already.
     *
     * @param program a program of {@code SEC("lsm_cgroup/HOOK")}
     * @return the link, which has to be closed; it can be updated, and {@link Link#detach} detaches
     *     though it is pinned
     * @throws IllegalArgumentException if the program is of another kind
     * @throws KernelException if there is no such cgroup, or the kernel refuses
     */
    public Link attach(Program program) {
        if (program.attachType().orElse(null) != AttachType.LSM_CGROUP) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": a cgroup takes SEC(\"lsm_cgroup/HOOK\") here");
        }
        Kernel kernel = program.kernel();
        String target = "lsm_cgroup " + program.target() + " of cgroup " + cgroup;
        String operation = "attaching to " + target;
        try (OwnedFd folder = OpenCgroup.of(kernel, cgroup, operation)) {
            return new CgroupLink(
                    program,
                    target,
                    LinkCommands.create(
                            kernel,
                            program.fd(),
                            folder.number(),
                            AttachType.LSM_CGROUP.number(),
                            0,
                            MemorySegment.NULL,
                            operation));
        } catch (KernelException e) {
            if (Errno.E2BIG.is(e)) {
                throw e.because(
                        "a hook takes 64 programs in a cgroup, and all cgroups together use ten"
                                + " hooks");
            }
            throw OpenCgroup.explained(e, cgroup);
        }
    }
}
