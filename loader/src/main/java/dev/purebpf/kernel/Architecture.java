package dev.purebpf.kernel;

import dev.purebpf.error.UnsupportedFeatureException;

/**
 * A machine that PureBPF makes system calls on, with what differs from one to the other: system
 * call numbers, a few flags, and the layout of {@code struct epoll_event}.
 *
 * <p>Numbers come from {@code arch/x86/entry/syscalls/syscall_64.tbl} and from {@code
 * include/uapi/asm-generic/unistd.h} of Linux. Both machines are little-endian with 8-byte
 * pointers.
 */
public enum Architecture {
    /** x86-64, Java's {@code amd64}. */
    X86_64(
            new SystemCallNumbers(
                    0, 1, 3, 9, 11, 16, 39, 72, 137, 186, 233, 257, 281, 290, 291, 292, 298, 302,
                    321),
            0x10000,
            12,
            4),
    /** 64-bit ARM, Java's {@code aarch64}. */
    AARCH64(
            new SystemCallNumbers(
                    63, 64, 57, 222, 215, 29, 172, 25, 43, 178, 21, 56, 22, 19, 20, 24, 241, 261,
                    280),
            0x4000,
            16,
            8);

    private final SystemCallNumbers numbers;
    private final int openDirectory;
    private final int epollEventSize;
    private final int epollDataOffset;

    Architecture(
            SystemCallNumbers numbers, int openDirectory, int epollEventSize, int epollDataOffset) {
        this.numbers = numbers;
        this.openDirectory = openDirectory;
        this.epollEventSize = epollEventSize;
        this.epollDataOffset = epollDataOffset;
    }

    /** {@return {@code O_DIRECTORY}, one of the open flags that differ between machines} */
    public int openDirectory() {
        return openDirectory;
    }

    /** {@return the size of {@code struct epoll_event}: packed to 12 bytes on x86-64, else 16} */
    public int epollEventSize() {
        return epollEventSize;
    }

    /** {@return the offset of {@code data} in {@code struct epoll_event}} */
    public int epollDataOffset() {
        return epollDataOffset;
    }

    SystemCallNumbers numbers() {
        return numbers;
    }

    /**
     * {@return the architecture of this machine}
     *
     * @throws UnsupportedFeatureException if it is not Linux on one of the machines known here
     */
    public static Architecture host() {
        return of(System.getProperty("os.name", "?"), System.getProperty("os.arch", "?"));
    }

    static Architecture of(String system, String processor) {
        if (system.equals("Linux")) {
            switch (processor) {
                case "amd64", "x86_64" -> {
                    return X86_64;
                }
                case "aarch64" -> {
                    return AARCH64;
                }
                default -> {}
            }
        }
        throw new UnsupportedFeatureException(
                "PureBPF on " + system + " " + processor + " (only Linux on x86-64 or aarch64)",
                null);
    }

    /** The numbers of the system calls in use, in the order of x86-64's numbers. */
    record SystemCallNumbers(
            int read,
            int write,
            int close,
            int mmap,
            int munmap,
            int ioctl,
            int getpid,
            int fcntl,
            int statfs,
            int gettid,
            int epollCtl,
            int openat,
            int epollPwait,
            int eventfd2,
            int epollCreate1,
            int dup3,
            int perfEventOpen,
            int prlimit64,
            int bpf) {}
}
