package dev.purebpf.symbol;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which process a number means: inside a container the same process has another one.
 *
 * <p>From {@code /proc/PID/status}, whose {@code NSpid} has the number in each namespace from that
 * of the reader inwards, and from {@code /proc/PID/cgroup}, whose last part container engines make
 * of the container's id:
 *
 * <pre>
 * Docker, containerd, Kubernetes   …/docker/ID   …/docker-ID.scope   …/cri-containerd-ID.scope
 *                                  …/kubepods/…/podUID/ID
 * CRI-O, Podman                    …/crio-ID.scope   …/libpod-ID.scope   …/libpod-ID/container
 * </pre>
 *
 * @param pid its number, as this process numbers it
 * @param pids its numbers, from that of this process' namespace to that of its own
 * @param cgroup its control group as this process sees it, such as {@code /system.slice}; empty if
 *     it is in none
 * @param container the 64 hexadecimal digits that name its container; empty if it is in none of a
 *     known engine
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status(5)</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/cgroups.7.html">cgroups(7)</a>
 */
public record ProcessIdentity(
        int pid, List<Integer> pids, String cgroup, Optional<String> container) {

    private static final Pattern CONTAINER =
            Pattern.compile("(?:^|[/-])([0-9a-f]{64})(?:\\.scope)?(?:/|$)");

    /** Copies the list. */
    public ProcessIdentity {
        pids = List.copyOf(pids);
        if (pids.isEmpty()) {
            throw new IllegalArgumentException("a process has a number in its own namespace");
        }
    }

    /** {@return its number in its own namespace: what it says of itself} */
    public int ownPid() {
        return pids.getLast();
    }

    /**
     * {@return who a process is}
     *
     * @param kernel the kernel
     * @param pid its number, as this process numbers it
     * @throws IOException if there is no such process
     */
    public static ProcessIdentity load(Kernel kernel, int pid) throws IOException {
        return parse(
                pid,
                read(kernel, "/proc/" + pid + "/status"),
                read(kernel, "/proc/" + pid + "/cgroup"));
    }

    private static String read(Kernel kernel, String path) throws IOException {
        return new String(kernel.readFile(path), StandardCharsets.UTF_8);
    }

    /**
     * {@return who a process is}
     *
     * @param pid its number, as this process numbers it
     * @param status the content of {@code /proc/PID/status}; without a line {@code NSpid}, as
     *     before Linux 4.1, the number is taken to be the only one
     * @param cgroups the content of {@code /proc/PID/cgroup}; lines that are none of its are
     *     ignored
     */
    public static ProcessIdentity parse(int pid, String status, String cgroups) {
        String cgroup = "";
        Optional<String> container = Optional.empty();
        for (String line : cgroups.split("\n")) {
            // 0::/system.slice or, for version 1, 4:memory:/docker/4f…
            String[] parts = line.split(":", 3);
            if (parts.length == 3) {
                cgroup = cgroup.isEmpty() || parts[0].equals("0") ? parts[2] : cgroup;
                container = container.or(() -> container(parts[2]));
            }
        }
        return new ProcessIdentity(pid, numbers(pid, status), cgroup, container);
    }

    /** {@return the innermost container of a control group} */
    private static Optional<String> container(String cgroup) {
        Matcher matcher = CONTAINER.matcher(cgroup);
        Optional<String> found = Optional.empty();
        for (int at = 0; matcher.find(at); at = matcher.end(1)) {
            found = Optional.of(matcher.group(1));
        }
        return found;
    }

    private static List<Integer> numbers(int pid, String status) {
        for (String line : status.split("\n")) {
            if (line.startsWith("NSpid:")) {
                List<Integer> numbers = new ArrayList<>();
                try {
                    for (String number : line.substring(6).strip().split("\\s+")) {
                        numbers.add(Integer.parseInt(number));
                    }
                    return numbers;
                } catch (NumberFormatException e) {
                    return List.of(pid);
                }
            }
        }
        return List.of(pid);
    }
}
