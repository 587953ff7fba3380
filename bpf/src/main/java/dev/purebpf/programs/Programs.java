package dev.purebpf.programs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

/** The compiled eBPF objects that travel inside this jar, one for each architecture. */
public final class Programs {

    private Programs() {}

    /**
     * Reads the object of a program for the architecture that this JVM runs on.
     *
     * @param name the program's source file without {@code .bpf.c}, such as {@code syscalls}
     * @return the whole ELF file
     * @throws IOException if the program has not been built for this architecture
     */
    public static byte[] read(String name) throws IOException {
        return read(name, architecture());
    }

    /**
     * Reads the object of a program for one architecture.
     *
     * @param name the program's source file without {@code .bpf.c}, such as {@code syscalls}
     * @param architecture the machine as {@code uname -m} names it: {@code x86_64} or {@code
     *     aarch64}
     * @return the whole ELF file
     * @throws IOException if the program has not been built for that architecture
     */
    public static byte[] read(String name, String architecture) throws IOException {
        String resource = architecture + "/" + name + ".bpf.o";
        try (InputStream in = Programs.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new FileNotFoundException(
                        "The eBPF program "
                                + name
                                + " has not been built for the architecture "
                                + architecture
                                + "; x86_64 and aarch64 are.");
            }
            return in.readAllBytes();
        }
    }

    /** {@return the architecture that this JVM runs on, as {@code uname -m} names it} */
    public static String architecture() {
        // The JDK has its own name for one of the two.
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }
}
