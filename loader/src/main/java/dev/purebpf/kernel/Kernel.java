package dev.purebpf.kernel;

import dev.purebpf.error.KernelException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that PureBPF makes, and nothing more: small, so that a test can put a scripted
 * one in its place.
 *
 * <p>The calls are raw. Each returns what the kernel returned, zero or more, or <em>minus the error
 * number</em> when it failed: {@code Errno.ENOENT.is(result)}. None of them allocates memory on the
 * Java heap, throws for an error of the kernel, or retries. {@link #check} makes an exception with
 * advice of a result. Commands with types are in {@link MapCommands}, {@link ProgramCommands},
 * {@link LinkCommands} and their like, which take a kernel as their first argument.
 *
 * <p>Every memory segment given must be native and must stay open during the call; only its address
 * goes to the kernel. Numbers in memory are in native byte order. All methods may be called by any
 * thread.
 */
public interface Kernel {
    /** {@code PROT_READ} of {@code mmap(2)}. */
    int PROTECTION_READ = 1;

    /** {@code PROT_WRITE} of {@code mmap(2)}. */
    int PROTECTION_WRITE = 2;

    /** {@code MAP_SHARED} of {@code mmap(2)}. */
    int MAP_SHARED = 0x01;

    /** {@code MAP_PRIVATE} of {@code mmap(2)}. */
    int MAP_PRIVATE = 0x02;

    /** {@code MAP_FIXED_NOREPLACE} of {@code mmap(2)}: EEXIST if anything is mapped there. */
    int MAP_FIXED_NOREPLACE = 0x100000;

    /** {@code MAP_ANONYMOUS} of {@code mmap(2)}. */
    int MAP_ANONYMOUS = 0x20;

    /** {@code O_RDONLY} of {@code open(2)}. */
    int OPEN_READ_ONLY = 0;

    /** {@code O_WRONLY} of {@code open(2)}. */
    int OPEN_WRITE_ONLY = 1;

    /** {@code O_RDWR} of {@code open(2)}. */
    int OPEN_READ_WRITE = 2;

    /** {@code O_APPEND} of {@code open(2)}. */
    int OPEN_APPEND = 02000;

    /**
     * {@code O_CLOEXEC} of {@code open(2)}: the child of an exec does not inherit the descriptor.
     */
    int OPEN_CLOSE_ON_EXEC = 02000000;

    /** {@code BPF_FS_MAGIC}: {@link #fileSystemType} of a bpffs. */
    long BPF_FILE_SYSTEM = 0xcafe4a11L;

    /** {@code TRACEFS_MAGIC}: {@link #fileSystemType} of a tracefs. */
    long TRACE_FILE_SYSTEM = 0x74726163L;

    /** {@code RLIMIT_MEMLOCK} of {@code getrlimit(2)}. */
    int LIMIT_LOCKED_MEMORY = 8;

    /**
     * {@return the kernel of this machine}
     *
     * @throws dev.purebpf.error.UnsupportedFeatureException if this is not Linux on x86-64 or
     *     aarch64
     * @throws IllegalCallerException if Java was told to refuse native access; the message names
     *     the flag that allows it
     */
    static Kernel host() {
        // Asked first: the class below links the C library when it is touched.
        Architecture.host();
        return LinuxKernel.instance();
    }

    /**
     * {@return the kernel that this one is a way of asking: itself, or that which gets a token with
     * each command} Both have the same types and symbols, which are read once for all.
     */
    default Kernel origin() {
        return this;
    }

    /** {@return the machine, for what differs between them} */
    Architecture architecture();

    /**
     * {@return the size of a page of memory in bytes, a power of two; 4096 except on some aarch64}
     */
    int pageSize();

    /** {@return what this kernel can do; each feature is probed when it is first asked for} */
    KernelFeatures features();

    /**
     * {@return the result of {@code bpf(2)}}
     *
     * @param command the number of a {@link BpfCommand}
     * @param attributes a {@code union bpf_attr}
     * @param size how many bytes of it the kernel is to read
     */
    long bpf(int command, MemorySegment attributes, int size);

    /**
     * {@return the new descriptor, or minus the error number, of {@code perf_event_open(2)}}
     *
     * @param attributes a {@code struct perf_event_attr}, which holds its own size
     * @param pid a thread, 0 for the caller, −1 for all
     * @param cpu a CPU, −1 for all
     * @param groupFd the leader of the group, or −1
     * @param flags {@code PERF_FLAG_…}; 8 is close-on-exec
     */
    long perfEventOpen(MemorySegment attributes, int pid, int cpu, int groupFd, long flags);

    /**
     * {@return the result of {@code ioctl(2)}}
     *
     * @param fd the descriptor
     * @param request the request's number
     * @param argument a number, or an address
     */
    long ioctl(int fd, long request, long argument);

    /**
     * {@return the address of the new mapping, or minus the error number, of {@code mmap(2)}} Use
     * {@link Mapping} to read and write it.
     *
     * @param address where to map, or 0
     * @param length how many bytes
     * @param protection {@link #PROTECTION_READ}, {@link #PROTECTION_WRITE}
     * @param flags {@link #MAP_SHARED} and others
     * @param fd the descriptor, −1 for anonymous memory
     * @param offset where in the file to start, a multiple of the page size
     */
    long mmap(long address, long length, int protection, int flags, int fd, long offset);

    /**
     * {@return the result of {@code munmap(2)}}
     *
     * @param address the start of the mapping
     * @param length its length in bytes
     */
    long munmap(long address, long length);

    /** {@return a new epoll descriptor, close-on-exec, or minus the error number} */
    long epollCreate();

    /**
     * {@return the result of {@code epoll_ctl(2)}} {@link Epoll} is the convenient form.
     *
     * @param epollFd the epoll descriptor
     * @param operation 1 adds, 2 deletes, 3 modifies
     * @param fd the descriptor to watch
     * @param events {@code EPOLLIN} and others
     * @param data comes back with each event
     */
    long epollControl(int epollFd, int operation, int fd, int events, long data);

    /**
     * {@return the number of events written, or minus the error number, of {@code epoll_pwait(2)}}
     *
     * @param epollFd the epoll descriptor
     * @param events an array of {@code struct epoll_event}, see {@link Architecture#epollEventSize}
     * @param maximum how many events fit
     * @param timeoutMillis how long to wait; 0 not at all, −1 without end
     */
    long epollWait(int epollFd, MemorySegment events, int maximum, int timeoutMillis);

    /** {@return a new event descriptor, counting from zero, close-on-exec and non-blocking} */
    long eventFd();

    /**
     * {@return how many bytes were read, or minus the error number}
     *
     * @param fd the descriptor
     * @param buffer where to read to
     * @param length how many bytes at most
     */
    long read(int fd, MemorySegment buffer, long length);

    /**
     * {@return how many bytes were written, or minus the error number}
     *
     * @param fd the descriptor
     * @param buffer what to write
     * @param length how many bytes of it
     */
    long write(int fd, MemorySegment buffer, long length);

    /**
     * {@return a new descriptor, or minus the error number, of {@code openat(2)}} For what Java's
     * own files cannot do: directories, cgroups, namespaces, and tracefs files opened for append.
     *
     * @param path the path, absolute or relative to the working directory
     * @param flags {@link #OPEN_READ_ONLY} and others
     * @param mode the permissions of a file that the call creates
     */
    long open(String path, int flags, int mode);

    /**
     * {@return the magic number of the file system that a path is in, or minus the error number}
     * From {@code statfs(2)}; Java's own {@link java.nio.file.FileStore} is wrong where one is
     * mounted over another.
     *
     * @param path the path, which has to exist
     */
    long fileSystemType(String path);

    /**
     * {@return a new close-on-exec descriptor of the same open file, or minus the error number}
     *
     * @param fd the descriptor to duplicate
     * @param minimum the lowest number that the new one may have
     */
    long duplicate(int fd, int minimum);

    /**
     * {@return the result of {@code dup3(2)} with close-on-exec: {@code target} becomes a duplicate
     * of {@code fd}, and what it was before is closed}
     *
     * @param fd the descriptor to duplicate
     * @param target the number of the new one, different from {@code fd}
     */
    long replace(int fd, int target);

    /**
     * {@return the result of {@code close(2)}} {@link OwnedFd} closes once and only once.
     *
     * @param fd the descriptor
     */
    long close(int fd);

    /** {@return the id of this process in its own PID namespace, the kernel's {@code tgid}} */
    int processId();

    /** {@return the id of the calling thread, the kernel's {@code pid}} */
    int threadId();

    /**
     * {@return the result of {@code prlimit64(2)} on this process}
     *
     * @param resource {@link #LIMIT_LOCKED_MEMORY} or another
     * @param newLimit the new soft and hard limit, two 64-bit numbers, or {@link
     *     MemorySegment#NULL}
     * @param oldLimit where the old ones go, or {@link MemorySegment#NULL}
     */
    long resourceLimit(int resource, MemorySegment newLimit, MemorySegment oldLimit);

    /**
     * {@return the content of a small file of /proc or /sys}
     *
     * @param path the absolute path
     * @throws IOException if it cannot be read
     */
    byte[] readFile(String path) throws IOException;

    /**
     * {@return the result, if it is not an error}
     *
     * @param result what one of the calls above returned
     * @param operation what was attempted, such as {@code creating map events}
     * @throws KernelException if the result is an error; it says what probably caused it
     */
    default long check(long result, String operation) {
        if (result < 0) {
            throw failure(result, operation);
        }
        return result;
    }

    /**
     * {@return the exception for a failed call, with advice fitting this machine}
     *
     * @param result minus the error number
     * @param operation what was attempted, such as {@code creating map events}
     */
    default KernelException failure(long result, String operation) {
        int errno = Math.toIntExact(-result);
        return new KernelException(
                operation, errno, Errno.nameOf(errno), FailureAdvice.of(this, operation, errno));
    }
}
