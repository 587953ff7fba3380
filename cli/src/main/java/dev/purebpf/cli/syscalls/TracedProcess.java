package dev.purebpf.cli.syscalls;

import dev.purebpf.cli.CommandFailure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What /proc says about a process that is to be traced. */
final class TracedProcess {

    private TracedProcess() {}

    /**
     * Makes sure that there is something to trace.
     *
     * @throws CommandFailure if there is no such process, or it is a thread, or a corpse
     */
    static void requireAlive(int pid) {
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
    }

    /** {@return whether a process runs, be it in other threads than its first} */
    static boolean isAlive(int pid) {
        String status = status(pid);
        return status != null && !isDead(status);
    }

    private static boolean isDead(String status) {
        String state = field(status, "State:");
        // The first thread may be gone while others go on.
        return state.startsWith("X")
                || state.startsWith("Z") && field(status, "Threads:").equals("1");
    }

    private static String status(int pid) {
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
