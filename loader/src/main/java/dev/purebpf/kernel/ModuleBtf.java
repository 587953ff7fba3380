package dev.purebpf.kernel;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;

import java.util.ArrayList;
import java.util.List;

/**
 * The types of a loaded kernel module, with the descriptor that programs need which refer to them.
 *
 * @param name the module's name
 * @param types its types, split BTF over the kernel's
 * @param fd the descriptor, for whoever asked to close
 */
public record ModuleBtf(String name, Btf types, OwnedFd fd) {
    private static final String KERNEL_ITSELF = "vmlinux";

    /**
     * {@return the modules that are loaded and have types, in the order in which they were loaded}
     *
     * <p>Types that cannot be read are left out: most programs need those of no module.
     *
     * @param kernel the kernel
     * @param base the kernel's own types
     * @throws KernelException if the kernel refuses to list what is loaded; that needs
     *     CAP_SYS_ADMIN
     */
    public static List<ModuleBtf> load(Kernel kernel, Btf base) {
        var modules = new ArrayList<ModuleBtf>();
        try {
            int id = 0;
            while ((id = InfoCommands.nextId(kernel, BpfCommand.BTF_GET_NEXT_ID, id)) != 0) {
                ModuleBtf module = open(kernel, id, base);
                if (module != null) {
                    modules.add(module);
                }
            }
        } catch (RuntimeException e) {
            modules.forEach(module -> module.fd.close());
            throw e;
        }
        return modules;
    }

    /** {@return the module of an id, or {@code null} if it is none, or gone by now, or damaged} */
    private static ModuleBtf open(Kernel kernel, int id, Btf base) {
        OwnedFd fd;
        try {
            fd = InfoCommands.open(kernel, BpfCommand.BTF_GET_FD_BY_ID, id);
        } catch (KernelException e) {
            if (Errno.ENOENT.is(e)) {
                return null;
            }
            throw e;
        }
        ModuleBtf module = null;
        try {
            BtfInfo info = InfoCommands.btf(kernel, fd.number());
            if (info.ofKernel() && !info.name().equals(KERNEL_ITSELF)) {
                byte[] bytes = InfoCommands.btfBytes(kernel, fd.number(), info.size());
                Btf types = Btf.parseSplit("module " + info.name(), bytes, base);
                module = new ModuleBtf(info.name(), types, fd);
            }
        } catch (MalformedObjectException e) {
            System.getLogger("dev.purebpf")
                    .log(System.Logger.Level.DEBUG, "types are left out: " + e.getMessage());
        } finally {
            if (module == null) {
                fd.close();
            }
        }
        return module;
    }
}
