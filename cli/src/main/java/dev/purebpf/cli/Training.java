package dev.purebpf.cli;

import java.util.List;

/**
 * What Java is shown when its AOT cache of this command is made ({@code build/make-aot-cache}): the
 * classes that it finds, links and runs here need not be found, linked and, partly, run when the
 * command starts. Each command that traces runs once, with {@code true} as the process to trace.
 * One that this machine or user does not allow ends with its usual message; what it came to is in
 * the cache all the same.
 */
public final class Training {
    private Training() {}

    /**
     * Runs the commands, which write to the standard streams as ever, and ends the process.
     *
     * @param arguments names of classes that belong in the cache whether or not a command here
     *     comes to them
     * @throws ClassNotFoundException if there is no such class
     */
    public static void main(String[] arguments) throws ClassNotFoundException {
        for (String name : arguments) {
            Class.forName(name, false, Training.class.getClassLoader());
        }
        commands().forEach(words -> Main.run(words.toArray(String[]::new)));
        // As the command itself ends.
        Runtime.getRuntime().halt(0);
    }

    /** {@return the arguments of each command that runs} */
    static List<List<String>> commands() {
        return List.of(
                List.of("syscalls", "--summary", "--", "true"),
                List.of("syscalls", "--output", "json", "-o", "/dev/null", "--", "true"),
                List.of("http", "--", "true"),
                List.of("grpc", "--", "true"),
                List.of("trace", "tracepoint:sched:sched_process_exec", "--", "true"),
                List.of("trace", "kprobe:do_exit", "--", "true"),
                List.of("trace", "uprobe:libc.so.6:exit", "--", "true"),
                List.of("features"));
    }
}
