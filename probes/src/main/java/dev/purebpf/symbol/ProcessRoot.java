package dev.purebpf.symbol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file system as a process sees it: that of a container is another one, to be reached by {@code
 * /proc/PID/root}.
 *
 * @param pid the process, as this process numbers it
 */
record ProcessRoot(int pid) {
    /** {@code MAXSYMLINKS} of the kernel. */
    private static final int MOST_LINKS = 40;

    /**
     * {@return a path of the process as one of ours}
     *
     * @param path an absolute path, which need not exist
     */
    Path resolve(String path) {
        return isOurs() ? Path.of(path) : follow(Path.of("/proc/" + pid + "/root"), Path.of(path));
    }

    private boolean isOurs() {
        try {
            return namespace("self").equals(namespace(Integer.toString(pid)))
                    && Files.readSymbolicLink(Path.of("/proc/" + pid + "/root"))
                            .equals(Files.readSymbolicLink(Path.of("/proc/self/root")));
        } catch (IOException e) {
            // Gone, or not for us to see: the answer comes when the file is opened.
            return true;
        }
    }

    private static Path namespace(String process) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + process + "/ns/mnt"));
    }

    /** Absolute symbolic links lead on from that root; left to the kernel, they would from ours. */
    static Path follow(Path root, Path path) {
        Path rest = path;
        Path at = root;
        int links = 0;
        while (rest != null) {
            Path name = rest.getName(0);
            rest = rest.getNameCount() == 1 ? null : rest.subpath(1, rest.getNameCount());
            if (name.toString().equals("..")) {
                at = at.equals(root) ? root : at.getParent();
                continue;
            }
            Path next = at.resolve(name);
            Path link;
            try {
                link = links < MOST_LINKS ? Files.readSymbolicLink(next) : null;
            } catch (IOException e) {
                link = null;
            }
            if (link == null) {
                at = next;
                continue;
            }
            links++;
            at = link.isAbsolute() ? root : at;
            if (link.getNameCount() > 0) {
                rest = rest == null ? relative(link) : relative(link).resolve(rest);
            }
        }
        return at;
    }

    private static Path relative(Path link) {
        return link.isAbsolute() ? Path.of("/").relativize(link) : link;
    }
}
