package dev.purebpf.kernel;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.UnsupportedFeatureException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The types of the running kernel: what CO-RE fits programs to. */
public final class KernelBtf {
    /** Where the kernel itself offers them, since 5.4 if built so. */
    public static final String LIVE = "/sys/kernel/btf/vmlinux";

    /** Where distributions put a kernel image with types, in the order in which libbpf looks. */
    private static final List<String> IMAGES =
            List.of(
                    "/boot/vmlinux-%s",
                    "/lib/modules/%s/vmlinux-%s",
                    "/lib/modules/%s/build/vmlinux",
                    "/usr/lib/modules/%s/kernel/vmlinux",
                    "/usr/lib/debug/boot/vmlinux-%s",
                    "/usr/lib/debug/boot/vmlinux-%s.debug",
                    "/usr/lib/debug/lib/modules/%s/vmlinux");

    private KernelBtf() {}

    /**
     * {@return the types of the running kernel}
     *
     * @param kernel the kernel
     * @throws UnsupportedFeatureException if they are nowhere to be found
     * @throws dev.purebpf.error.MalformedObjectException if what was found is damaged
     * @throws IOException if it was found but cannot be read
     */
    public static Btf load(Kernel kernel) throws IOException {
        return load(kernel::readFile);
    }

    /**
     * {@return the types of the running kernel, found without any native call; reading them needs
     * no privileges}
     *
     * @throws UnsupportedFeatureException if they are nowhere to be found
     * @throws dev.purebpf.error.MalformedObjectException if what was found is damaged
     * @throws IOException if it was found but cannot be read
     */
    public static Btf running() throws IOException {
        return load(path -> Files.readAllBytes(Path.of(path)));
    }

    /** How files are read. */
    private interface FileReading {
        byte[] read(String path) throws IOException;
    }

    private static Btf load(FileReading files) throws IOException {
        try {
            return Btf.parse(LIVE, files.read(LIVE));
        } catch (NoSuchFileException _) {
            // An older kernel, or one built without; its image may be on the disk.
        }
        String release = release(files);
        for (String pattern : IMAGES) {
            Path image = Path.of(pattern.replace("%s", release));
            if (Files.isReadable(image)) {
                return Btf.open(image);
            }
        }
        throw new UnsupportedFeatureException(
                "its own BTF ("
                        + LIVE
                        + ", nor is there a vmlinux image of "
                        + release
                        + " below /boot or /usr/lib; use a kernel built with"
                        + " CONFIG_DEBUG_INFO_BTF=y, or give a BTF file)",
                "5.4");
    }

    private static String release(FileReading files) {
        try {
            String path = "/proc/sys/kernel/osrelease";
            return new String(files.read(path), StandardCharsets.US_ASCII).strip();
        } catch (IOException _) {
            return System.getProperty("os.version", "");
        }
    }
}
