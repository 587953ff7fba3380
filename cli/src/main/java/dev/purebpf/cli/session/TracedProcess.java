package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandFailure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What /proc says about a process that is to be traced. */
public final class TracedProcess {

    /** {@code PF_KTHREAD} of the kernel's {@code include/linux/sched.h}, the same since 2.6.27. */
    private static final long KERNEL_THREAD = 0x0020_0000;

    /** The first PID namespace has this number on every machine: PROC_PID_INIT_INO. */
    private static final String MACHINES_PIDS = "pid:[4026531836]";

    /** What the kernel appends to the name of a file that is there no more. */
    private static final String DELETED = " (deleted)";

    /** Bits of signals 2 and 9, the first being that of signal 1: proc_pid_status(5). */
    private static final long SIGINT = 1L << 1;

    private static final long SIGKILL = 1L << 8;

    private TracedProcess() {}

    /**
     * Makes sure that processes have the numbers here that the kernel's programs know them by.
     *
     * @throws CommandFailure if this is a container that numbers its processes by itself
     */
    public static void requireMachinesPids() {
        String namespace;
        try {
            namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException e) {
            throw new CommandFailure("/proc is needed, and is not mounted here", e);
        }
        if (!namespace.equals(MACHINES_PIDS)) {
            throw new CommandFailure(
                    "this container numbers its processes by itself, so that the kernel means"
                            + " others by the same numbers: run purebpf outside, or start the"
                            + " container with the machine's PID namespace (--pid=host)");
        }
    }

    /**
     * Makes sure that there is something to trace.
     *
     * @param pid the number of the process
     * @throws CommandFailure if there is no such process, or it is a thread, or a corpse, or one
     *     that there is no sense in tracing
     */
    public static void requireAlive(int pid) {
        if (pid == ProcessHandle.current().pid()) {
            throw new CommandFailure(
                    "process "
                            + pid
                            + " is this purebpf, whose every line would make another; trace one"
                            + " from another");
        }
        String status = status(pid);
        if (status == null) {
            throw new CommandFailure("there is no process " + pid + " to trace");
        }
        int process = Integer.parseInt(field(status, "Tgid:"));
        if (process != pid) {
            throw new CommandFailure(
                    pid
                            + " is a thread of process "
                            + process
                            + "; trace that one, with all its threads: -p "
                            + process);
        }
        if (isDead(status)) {
            throw new CommandFailure(
                    "process " + pid + " has exited already; it waits for its parent to notice");
        }
        if (isOfTheKernel(pid)) {
            throw new CommandFailure(
                    "process " + pid + " is a thread of the kernel, which makes no system calls");
        }
    }

    /**
     * {@return the file of the program that a process runs, as the process sees it; it may be
     * deleted}
     *
     * @param pid the number of the process
     * @throws IOException if that cannot be read
     */
    public static String program(int pid) throws IOException {
        String name = Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString();
        return name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name;
    }

    /**
     * {@return the failure to find out what program a process runs}
     *
     * @param pid the number of the process
     * @param reason why it was not found out
     */
    public static CommandFailure unknownProgram(int pid, IOException reason) {
        return reason instanceof AccessDeniedException
                ? new CommandFailure(
                        "process " + pid + " is not for this user to see: run this as root", reason)
                : new CommandFailure(
                        "which program process "
                                + pid
                                + " runs cannot be read: "
                                + reason.getMessage(),
                        reason);
    }

    /**
     * {@return whether a process runs, be it in other threads than its first}
     *
     * @param pid the number of the process
     */
    public static boolean isAlive(int pid) {
        String status = status(pid);
        return status != null && !isDead(status);
    }

    /**
     * {@return whether Ctrl-C would have ended a process that has not ended: it does nothing of its
     * own about SIGINT, and waits neither to get that nor to die of it}
     *
     * @param pid the number of the process
     */
    static boolean hasMissedCtrlC(long pid) {
        String status = status(pid);
        return status != null && !isDead(status) && isInterruptible(status);
    }

    private static boolean isInterruptible(String status) {
        long own = signals(status, "SigBlk:") | signals(status, "SigIgn:");
        own |= signals(status, "SigCgt:");
        long pending = signals(status, "SigPnd:") | signals(status, "ShdPnd:");
        // The kernel ends a process by a SIGKILL to each thread, whichever signal it was.
        return (own & SIGINT) == 0 && (pending & (SIGINT | SIGKILL)) == 0;
    }

    /** {@return a set of signals, a bit for each} */
    private static long signals(String status, String name) {
        return Long.parseUnsignedLong(field(status, name), 16);
    }

    private static boolean isDead(String status) {
        String state = field(status, "State:");
        // The first thread may be gone while others go on.
        return state.startsWith("X")
                || state.startsWith("Z") && field(status, "Threads:").equals("1");
    }

    private static boolean isOfTheKernel(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // pid (name) state parent group session terminal terminal's-group flags
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 8);
            return (Long.parseLong(fields[6]) & KERNEL_THREAD) != 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String status(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/status"));
        } catch (IOException e) {
            // Also ESRCH, when it ends just now.
            return null;
        }
    }

    private static String field(String status, String name) {
        int from = status.indexOf("\n" + name) + 1;
        if (from == 0) {
            return "";
        }
        int to = status.indexOf('\n', from);
        return status.substring(from + name.length(), to < 0 ? status.length() : to).strip();
    }
}
