package dev.purebpf.probe;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.error.BpfException;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.KernelName;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which tracepoints there are, for messages about one that there is not. */
final class TracepointNames {

    /** Each raw tracepoint has a type of this name and its own in the kernel's BTF. */
    private static final String BTF_PREFIX = "btf_trace_";

    private TracepointNames() {}

    /** {@return CATEGORY/NAME of all tracepoints in tracefs, as far as it can be read} */
    static List<String> all(Tracefs tracefs) {
        Glob any = new Glob("*");
        return matching(tracefs, any, any);
    }

    /** {@return CATEGORY/NAME of those whose names match, as far as they can be read} */
    static List<String> matching(Tracefs tracefs, Glob ofCategory, Glob ofName) {
        List<String> names = new ArrayList<>();
        Path events = tracefs.root("listing tracepoints").resolve("events");
        try (DirectoryStream<Path> categories = Files.newDirectoryStream(events)) {
            for (Path category : categories) {
                if (ofCategory.matches(category.getFileName().toString())
                        && Files.isDirectory(category)) {
                    addAll(category, ofName, names);
                }
            }
        } catch (IOException e) {
            // The message goes without a proposal.
        }
        return names;
    }

    private static void addAll(Path category, Glob ofName, List<String> names) throws IOException {
        try (DirectoryStream<Path> tracepoints = Files.newDirectoryStream(category)) {
            for (Path tracepoint : tracepoints) {
                String name = tracepoint.getFileName().toString();
                if (ofName.matches(name) && Files.exists(tracepoint.resolve("id"))) {
                    names.add(category.getFileName() + "/" + name);
                }
            }
        }
    }

    /** {@return all raw tracepoints, as far as the kernel's BTF is there} */
    static List<String> rawOrNone(Kernel kernel) {
        try {
            return raw(kernel).stream().map(KernelName::name).toList();
        } catch (IOException | BpfException e) {
            // The message goes without a proposal.
            return List.of();
        }
    }

    /** {@return all raw tracepoints that the types of a kernel and its modules tell of} */
    static List<KernelName> raw(Kernel kernel) throws IOException {
        Btf own = KernelBtf.load(kernel);
        List<KernelName> names = new ArrayList<>(raw(own, ""));
        KernelBtf.ofModules(kernel, own)
                .forEach(module -> names.addAll(raw(module.types(), module.name())));
        return names;
    }

    private static List<KernelName> raw(Btf btf, String module) {
        List<KernelName> names = new ArrayList<>();
        byte[] prefix = BTF_PREFIX.getBytes(StandardCharsets.US_ASCII);
        Set<BtfKind> kinds = Set.of(BtfKind.TYPEDEF);
        for (int id = btf.findNext(btf.firstId(), prefix, kinds);
                id > 0;
                id = btf.findNext(id + 1, prefix, kinds)) {
            names.add(new KernelName(btf.name(id).substring(BTF_PREFIX.length()), module));
        }
        return names;
    }
}
