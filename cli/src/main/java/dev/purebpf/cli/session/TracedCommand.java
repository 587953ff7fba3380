package dev.purebpf.cli.session;

import dev.purebpf.cli.CommandFailure;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The command that is run to be traced, with our own standard streams. */
public final class TracedCommand {

    /** Where execvp looks when the environment has no PATH. */
    private static final String DEFAULT_PATH = "/bin:/usr/bin";

    private final List<String> words;
    private volatile Process process;
    private boolean terminated;

    /**
     * Finds the program that is to be run.
     *
     * @param words the program and its arguments
     * @throws CommandFailure if there is no such program: before anything has been set up
     */
    public TracedCommand(List<String> words) {
        this.words = words;
        // A plain fork of this process: the child's first exec is then that of the command, which
        // is where tracing begins. The usual way would run a program of Java's own before. Java
        // reads this once, when it first touches the environment.
        System.setProperty("jdk.lang.Process.launchMechanism", "FORK");
        find(words.getFirst());
    }

    /** Starts it. */
    public void start() {
        try {
            ProcessBuilder command = new ProcessBuilder(words).inheritIO();
            restoreLocale(command.environment());
            process = command.start();
        } catch (IOException e) {
            throw new CommandFailure("'" + words.getFirst() + "' cannot be run: " + reason(e), e);
        }
    }

    /**
     * Undoes what the script {@code ./purebpf} does so that our words are decoded and encoded alike
     * in each locale: it sets LC_ALL, and PUREBPF_LC_ALL to what that was, empty if it was not set.
     */
    static void restoreLocale(Map<String, String> environment) {
        String locale = environment.remove("PUREBPF_LC_ALL");
        if (locale == null) {
            return;
        }
        if (locale.isEmpty()) {
            environment.remove("LC_ALL");
        } else {
            environment.put("LC_ALL", locale);
        }
    }

    /** Asks it to end, by SIGTERM; only once. */
    public void terminate() {
        if (!terminated) {
            terminated = true;
            process.destroy();
        }
    }

    /** {@return whether it runs; any thread may ask} */
    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /**
     * {@return whether it goes on although Ctrl-C would have ended it} What is sent while it is
     * still a copy of this process is lost: the copy takes it as this process does.
     */
    boolean hasMissedCtrlC() {
        return TracedProcess.hasMissedCtrlC(process.pid());
    }

    /** {@return its exit code; 128 + the signal's number if one killed it} */
    public int exitCode() {
        return process.exitValue();
    }

    private static String reason(IOException e) {
        // "Cannot run program "x": Exec failed, error: 8 (Exec format error)"
        String message = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
        message = message.strip();
        if (message.contains("error: 2 ")) {
            // It was there a moment ago.
            return "the interpreter that its first line names, or the loader that it needs, does"
                    + " not exist";
        }
        int from = message.lastIndexOf('(');
        return from >= 0 && message.endsWith(")")
                ? message.substring(from + 1, message.length() - 1)
                : message;
    }

    /**
     * {@return the file that a command runs, as exec will find it}
     *
     * @param program the first word of the command
     * @throws CommandFailure if there is no such program
     */
    // That exec then does itself, to leave argv[0] as it was typed.
    public static File find(String program) {
        if (program.isEmpty()) {
            throw new CommandFailure("the command to trace has an empty name");
        }
        if (program.indexOf('/') >= 0) {
            File file = new File(program);
            if (!file.exists()) {
                throw new CommandFailure("there is no program '" + program + "' to trace");
            }
            if (file.isDirectory() || !file.canExecute()) {
                throw notExecutable(program);
            }
            return file;
        }
        String path = System.getenv("PATH");
        String all = path == null ? DEFAULT_PATH : path;
        String found = null;
        int from = 0;
        while (from <= all.length()) {
            int colon = all.indexOf(':', from);
            int to = colon < 0 ? all.length() : colon;
            String directory = to == from ? "." : all.substring(from, to);
            File file = new File(directory, program);
            if (file.isFile()) {
                if (file.canExecute()) {
                    return file;
                }
                found = file.getPath();
            }
            from = to + 1;
        }
        if (found != null) {
            throw notExecutable(found);
        }
        throw new CommandFailure(
                "there is no program '"
                        + program
                        + "' in PATH ("
                        + all
                        + "); give its path if it is elsewhere");
    }

    private static CommandFailure notExecutable(String program) {
        return new CommandFailure(
                "'" + program + "' is no program that you may run (chmod +x makes a script one)");
    }
}
