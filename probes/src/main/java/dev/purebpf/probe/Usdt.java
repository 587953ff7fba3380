package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.SectionDefinition;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.ProcessMaps;
import dev.purebpf.symbol.UsdtProbe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A place that the author of a program marked for tracing, such as {@code libc:setjmp} of the C
 * library; see {@link UsdtProbe}. The program is compiled with libbpf's {@code bpf/usdt.bpf.h} and
 * asks for the values there by {@code bpf_usdt_arg}, for the cookie by {@code bpf_usdt_cookie}.
 *
 * <p>The marked program counts who listens where it has a counter, as {@link
 * Uprobe#withReferenceCounter} says. Where the kernel can, all places of one name are one link of
 * {@link UprobeMulti}.
 *
 * <p>As uprobes. Before Linux 5.15 a library, or a program that runs at any address, can only be
 * probed in one process, which has it loaded already: only the address then tells the places apart.
 *
 * @param file the file's path, or the name of a library or program, such as {@code libc.so.6}; with
 *     a process as that process sees it
 * @param provider who offers the place
 * @param name its name
 * @param pid the process, with all its threads; −1 for all processes
 * @param cookie what {@code bpf_usdt_cookie} gives the program; 0 for none
 */
public record Usdt(String file, String provider, String name, int pid, long cookie) {

    /** Checks that there could be such a place. */
    public Usdt {
        if (file.isEmpty() || provider.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("a file, a provider and a probe have names");
        }
        Uprobe.requireProcess(pid);
    }

    /**
     * {@return all places of a name}
     *
     * @param file the file's path, or the name of a library or program
     * @param provider who offers them, such as {@code libc}
     * @param name their name, such as {@code setjmp}
     */
    public static Usdt of(String file, String provider, String name) {
        return new Usdt(file, provider, name, -1, 0);
    }

    /**
     * {@return the places of a file whose names match, in the order of its notes; none if it has
     * none}
     *
     * @param kernel the kernel
     * @param file the file's path, or the name of a library or program
     * @param pid the process that has the file; −1 for any
     * @param provider a pattern such as {@code libc}
     * @param name a pattern such as {@code *jmp}
     * @throws KernelException if there is no such file or process, or if the file is for another
     *     machine
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public static List<UsdtProbe> matching(
            Kernel kernel, String file, int pid, Glob provider, Glob name) {
        String operation =
                "listing the USDT probes " + file + ":" + provider.pattern() + ":" + name.pattern();
        return ProbedFile.find(kernel, file, pid, operation).marked().places().stream()
                .filter(place -> provider.matches(place.provider()) && name.matches(place.name()))
                .toList();
    }

    /**
     * {@return the same in one process, with all its threads; the file is what that process has}
     *
     * @param process its id, as this process numbers it
     */
    public Usdt inProcess(int process) {
        return new Usdt(file, provider, name, process, cookie);
    }

    /**
     * {@return the same with a cookie}
     *
     * @param value what {@code bpf_usdt_cookie} is to give the program, on all kernels
     */
    public Usdt withCookie(long value) {
        return new Usdt(file, provider, name, pid, value);
    }

    /**
     * {@return the places of this name, in the order of the file's notes}
     *
     * @param kernel the kernel
     * @throws KernelException if there is no such file, probe or process, or if the file is for
     *     another machine
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public List<UsdtProbe> places(Kernel kernel) {
        return ProbedFile.find(kernel, file, pid, operation()).marked(provider, name).places();
    }

    /**
     * Attaches a program.
     *
     * @param program a program of {@code SEC("usdt")}, compiled with {@code bpf/usdt.bpf.h}
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the program is of another kind
     * @throws UnsupportedFeatureException if this kernel cannot tell the places apart
     * @throws KernelException if there is no such file, probe or process, if its values lie where
     *     programs cannot read them, or if the kernel refuses
     * @throws dev.purebpf.error.MalformedObjectException if the file is no ELF file, or damaged
     */
    public Link attach(Program program) {
        boolean isUsdt =
                program.definition()
                        .filter(kind -> kind.has(SectionDefinition.Flag.USDT))
                        .isPresent();
        if (!isUsdt) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " is of section "
                            + program.section()
                            + ": a USDT probe takes SEC(\"usdt/"
                            + place()
                            + "\")");
        }
        ProbedFile binary = ProbedFile.find(program.kernel(), file, pid, operation());
        ProbedFile.Marked marked = binary.marked(provider, name);
        UsdtSpecs.Use specs = UsdtSpecs.begin(program, cookie, operation());
        List<ProbeLink> links = new ArrayList<>();
        try {
            if (program.kernel().features().has(Feature.UPROBE_MULTI)) {
                links.add(together(program, binary, marked.places(), specs));
            } else {
                for (UsdtProbe place : marked.places()) {
                    links.add(single(program, binary, marked.isFixed(), place, specs));
                }
            }
            return new UsdtLink(program, target(), links, specs);
        } catch (RuntimeException e) {
            links.forEach(Link::close);
            specs.close();
            throw e;
        }
    }

    private ProbeLink together(
            Program program, ProbedFile binary, List<UsdtProbe> places, UsdtSpecs.Use specs) {
        List<UprobeMulti.Place> all = new ArrayList<>();
        for (UsdtProbe place : places) {
            all.add(
                    new UprobeMulti.Place(
                            "", place.offset(), place.semaphore(), number(specs, place)));
        }
        return UprobeMulti.of(file, all)
                .inProcess(pid)
                .attachTo(program, binary, all, target(), AttachType.TRACE_UPROBE_MULTI);
    }

    private ProbeLink single(
            Program program,
            ProbedFile binary,
            boolean isFixed,
            UsdtProbe place,
            UsdtSpecs.Use specs) {
        int number = number(specs, place);
        boolean hasCookies = program.kernel().features().has(Feature.COOKIE);
        if (!hasCookies) {
            specs.at(isFixed ? place.address() : address(program.kernel(), binary, place), number);
        }
        return Uprobe.ofOffset(file, place.offset())
                .inProcess(pid)
                .withReferenceCounter(place.semaphore())
                .withCookie(hasCookies ? number : 0)
                .attachTo(program, Tracefs.MACHINE, binary, place.offset());
    }

    private int number(UsdtSpecs.Use specs, UsdtProbe place) {
        try {
            return specs.number(place.arguments());
        } catch (IllegalArgumentException e) {
            throw failure(Errno.EINVAL, e.getMessage());
        }
    }

    /** {@return where the process has the instruction in its memory} */
    private long address(Kernel kernel, ProbedFile binary, UsdtProbe place) {
        if (pid < 0) {
            throw new UnsupportedFeatureException(
                    "USDT probes of libraries and of position-independent programs in all"
                            + " processes at once",
                    "5.15");
        }
        try {
            ProcessMaps maps = ProcessMaps.load(kernel, pid);
            return maps.mappings().stream()
                    .filter(ProcessMaps.Mapping::isExecutable)
                    .filter(mapping -> isOf(binary.path(), maps.open(mapping)))
                    .mapToLong(mapping -> mapping.start() - mapping.offset() + place.offset())
                    .filter(address -> maps.mappings().stream().anyMatch(in(address)))
                    .findFirst()
                    .orElseThrow(
                            () ->
                                    failure(
                                            Errno.ESRCH,
                                            "process " + pid + " has not loaded " + file));
        } catch (IOException e) {
            throw failure(Errno.ESRCH, "there is no process " + pid);
        }
    }

    private static boolean isOf(Path file, Path mapped) {
        try {
            return Files.exists(mapped) && Files.isSameFile(file, mapped);
        } catch (IOException e) {
            return false;
        }
    }

    private static Predicate<ProcessMaps.Mapping> in(long address) {
        return mapping ->
                mapping.isExecutable()
                        && Long.compareUnsigned(address, mapping.start()) >= 0
                        && Long.compareUnsigned(address, mapping.end()) < 0;
    }

    private KernelException failure(Errno errno, String advice) {
        return errno.failure(operation(), advice);
    }

    private String operation() {
        return "attaching to " + target();
    }

    private String target() {
        return "usdt " + place() + (pid < 0 ? "" : " of process " + pid);
    }

    private String place() {
        return file + ":" + provider + ":" + name;
    }
}
