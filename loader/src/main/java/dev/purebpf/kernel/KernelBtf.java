package dev.purebpf.kernel;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.link.KernelModule;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The types of the running kernel: what CO-RE fits programs to. */
public final class KernelBtf {
    /** Where the kernel itself offers them, since 5.4 if built so. */
    public static final String LIVE = "/sys/kernel/btf/vmlinux";

    /** Where the kernel offers its types and, since 5.11, those of each module. */
    private static final Path FOLDER = Path.of("/sys/kernel/btf");

    private static final String KERNEL_ITSELF = "vmlinux";

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

    /**
     * What {@link #LIVE} has of this host, which does not change while the kernel runs: kept while
     * there is memory enough, for the next object that is loaded.
     */
    private static volatile SoftReference<Btf> kept = new SoftReference<>(null);

    private KernelBtf() {}

    /**
     * {@return the types of the running kernel} For one kernel it may be the same each time.
     *
     * @param kernel the kernel
     * @throws UnsupportedFeatureException if they are nowhere to be found
     * @throws dev.purebpf.error.MalformedObjectException if what was found is damaged
     * @throws IOException if it was found but cannot be read
     */
    public static Btf load(Kernel kernel) throws IOException {
        return kernel.origin() == Kernel.host() ? ofHost(kernel::readFile) : load(kernel::readFile);
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
        return ofHost(WholeFile::read);
    }

    private static Btf ofHost(FileReading files) throws IOException {
        Btf btf = kept.get();
        if (btf == null) {
            btf = load(files);
            if (btf.origin().equals(LIVE)) {
                kept = new SoftReference<>(btf);
            }
        }
        return btf;
    }

    /**
     * {@return the loaded modules that have types, by name} Reading them needs no privileges,
     * unlike {@link ModuleBtf}; programs that refer to them need the descriptors that only that
     * gives. Types that cannot be read are left out, as the module may be gone by now.
     *
     * @param kernel the kernel
     * @param base the kernel's own types
     */
    public static List<KernelModule> ofModules(Kernel kernel, Btf base) {
        List<KernelModule> modules = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.equals(KERNEL_ITSELF)) {
                    read(kernel, file, base)
                            .ifPresent(btf -> modules.add(new KernelModule(name, btf)));
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // A kernel without types; what was read before is still right.
        }
        modules.sort(Comparator.comparing(KernelModule::name));
        return modules;
    }

    private static Optional<Btf> read(Kernel kernel, Path file, Btf base) {
        try {
            byte[] bytes = kernel.readFile(file.toString());
            return Optional.of(Btf.parseSplit(file.toString(), bytes, base));
        } catch (IOException | MalformedObjectException e) {
            System.getLogger("dev.purebpf")
                    .log(System.Logger.Level.DEBUG, "types are left out: " + e.getMessage());
            return Optional.empty();
        }
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
