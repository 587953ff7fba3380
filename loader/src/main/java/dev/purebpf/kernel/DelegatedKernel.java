package dev.purebpf.kernel;

import static dev.purebpf.kernel.AttributeScratch.getInt;
import static dev.purebpf.kernel.AttributeScratch.setInt;
import static dev.purebpf.kernel.AttributeScratch.zeroed;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A kernel that is asked with a BPF token: what an administrator has delegated to the user
 * namespace of a container, by mounting a bpffs there with the options {@code delegate_cmds},
 * {@code delegate_maps}, {@code delegate_progs} and {@code delegate_attachs} (Linux 6.9).
 *
 * <p>Each command that takes a token gets it, those that probe features included: what can be done
 * with the token differs from what can be done without. Any thread may use it until the token is
 * closed.
 */
public final class DelegatedKernel implements Kernel {
    /** The bpffs that may delegate, if none is named. */
    public static final String BPFFS = "/sys/fs/bpf";

    /** The variable of the environment that names another bpffs, as for libbpf. */
    public static final String BPFFS_VARIABLE = "LIBBPF_BPF_TOKEN_PATH";

    /** {@code BPF_F_TOKEN_FD}, the same for maps, programs and BTF. */
    private static final int TOKEN_FLAG = 1 << 16;

    private final Kernel kernel;
    private final OwnedFd token;
    private final KernelFeatures features = new KernelFeatures(this);

    private DelegatedKernel(Kernel kernel, OwnedFd token) {
        this.kernel = kernel;
        this.token = token;
    }

    /**
     * {@return the kernel, asked with a new token}
     *
     * @param kernel the kernel
     * @param token the token, which stays its owner's
     */
    public static Kernel of(Kernel kernel, OwnedFd token) {
        return new DelegatedKernel(kernel, token);
    }

    /**
     * {@return the descriptor of a new token, or minus the error number: ENOENT if nothing is
     * delegated there or nothing is mounted, others if the kernel is older or this is not the user
     * namespace of the mount}
     *
     * @param kernel the kernel
     * @param bpffs where a bpffs is mounted
     */
    public static long token(Kernel kernel, String bpffs) {
        int directory = Kernel.OPEN_READ_ONLY | kernel.architecture().openDirectory();
        long mount = kernel.open(bpffs, directory, 0);
        if (mount < 0) {
            return mount;
        }
        try {
            MemorySegment attributes = zeroed(8);
            setInt(attributes, 4, (int) mount);
            return kernel.bpf(BpfCommand.TOKEN_CREATE.number(), attributes, 8);
        } finally {
            kernel.close((int) mount);
        }
    }

    @Override
    public long bpf(int command, MemorySegment attributes, int size) {
        int known = size;
        if (command == BpfCommand.MAP_CREATE.number()) {
            known = withToken(attributes, size, 16, 76);
        } else if (command == BpfCommand.PROG_LOAD.number()) {
            known = withToken(attributes, size, 44, 144);
        } else if (command == BpfCommand.BTF_LOAD.number()) {
            known = withToken(attributes, size, 32, 36);
        }
        return kernel.bpf(command, attributes, known);
    }

    /** {@return how many bytes the kernel is to read now} */
    private int withToken(MemorySegment attributes, int size, int flagsAt, int tokenAt) {
        int needed = Math.max(size, tokenAt + Integer.BYTES);
        attributes.asSlice(size, needed - size).fill((byte) 0);
        setInt(attributes, flagsAt, getInt(attributes, flagsAt) | TOKEN_FLAG);
        setInt(attributes, tokenAt, token.number());
        return needed;
    }

    @Override
    public Kernel origin() {
        return kernel.origin();
    }

    @Override
    public KernelFeatures features() {
        return features;
    }

    @Override
    public Architecture architecture() {
        return kernel.architecture();
    }

    @Override
    public int pageSize() {
        return kernel.pageSize();
    }

    @Override
    public long perfEventOpen(MemorySegment attributes, int pid, int cpu, int groupFd, long flags) {
        return kernel.perfEventOpen(attributes, pid, cpu, groupFd, flags);
    }

    @Override
    public long ioctl(int fd, long request, long argument) {
        return kernel.ioctl(fd, request, argument);
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return kernel.mmap(address, length, protection, flags, fd, offset);
    }

    @Override
    public long munmap(long address, long length) {
        return kernel.munmap(address, length);
    }

    @Override
    public long epollCreate() {
        return kernel.epollCreate();
    }

    @Override
    public long epollControl(int epollFd, int operation, int fd, int events, long data) {
        return kernel.epollControl(epollFd, operation, fd, events, data);
    }

    @Override
    public long epollWait(int epollFd, MemorySegment events, int maximum, int timeoutMillis) {
        return kernel.epollWait(epollFd, events, maximum, timeoutMillis);
    }

    @Override
    public long eventFd() {
        return kernel.eventFd();
    }

    @Override
    public long read(int fd, MemorySegment buffer, long length) {
        return kernel.read(fd, buffer, length);
    }

    @Override
    public long write(int fd, MemorySegment buffer, long length) {
        return kernel.write(fd, buffer, length);
    }

    @Override
    public long open(String path, int flags, int mode) {
        return kernel.open(path, flags, mode);
    }

    @Override
    public long fileSystemType(String path) {
        return kernel.fileSystemType(path);
    }

    @Override
    public long duplicate(int fd, int minimum) {
        return kernel.duplicate(fd, minimum);
    }

    @Override
    public long replace(int fd, int target) {
        return kernel.replace(fd, target);
    }

    @Override
    public long close(int fd) {
        return kernel.close(fd);
    }

    @Override
    public int processId() {
        return kernel.processId();
    }

    @Override
    public int threadId() {
        return kernel.threadId();
    }

    @Override
    public long resourceLimit(int resource, MemorySegment newLimit, MemorySegment oldLimit) {
        return kernel.resourceLimit(resource, newLimit, oldLimit);
    }

    @Override
    public byte[] readFile(String path) throws IOException {
        return kernel.readFile(path);
    }
}
