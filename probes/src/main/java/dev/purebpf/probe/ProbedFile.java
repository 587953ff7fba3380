package dev.purebpf.probe;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.symbol.BinaryPath;
import dev.purebpf.symbol.FunctionLookup;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.UsdtProbe;
import dev.purebpf.symbol.UserFunction;
import dev.purebpf.symbol.UserSymbols;
import dev.purebpf.symbol.ZipMember;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The executable or library that uprobes are in; or the archive that it is a member of,
 * uncompressed.
 *
 * @param kernel the kernel
 * @param path by which it, or the archive, can be opened
 * @param member the member of the archive; empty if the file is none
 * @param operation what is attempted, for messages
 */
record ProbedFile(Kernel kernel, Path path, Optional<ZipMember> member, String operation) {
    /** {@code EM_386} and {@code EM_ARM}: the 32-bit programs that the machines run as well. */
    private static final int MACHINE_386 = 3;

    private static final int MACHINE_ARM = 40;

    /**
     * {@return the file that a name means}
     *
     * @param name a path, or the name of a library or program; {@code archive!/member} for what is
     *     in a zip file
     * @param pid the process in which it is, −1 for any
     * @throws KernelException if there is no such file or process
     */
    static ProbedFile find(Kernel kernel, String name, int pid, String operation) {
        int separator = name.indexOf(ZipMember.SEPARATOR);
        if (separator > 0 && !Files.exists(Path.of(name))) {
            Path archive = path(kernel, name.substring(0, separator), pid, operation);
            String member = name.substring(separator + ZipMember.SEPARATOR.length());
            return new ProbedFile(
                    kernel, archive, Optional.of(stored(archive, member, operation)), operation);
        }
        return new ProbedFile(
                kernel, path(kernel, name, pid, operation), Optional.empty(), operation);
    }

    private static ZipMember stored(Path archive, String name, String operation) {
        try {
            ZipMember member =
                    ZipMember.find(archive, name)
                            .orElseThrow(
                                    () ->
                                            failure(
                                                    operation,
                                                    Errno.ENOENT,
                                                    archive + " has no member " + name));
            if (!member.stored()) {
                throw failure(
                        operation,
                        Errno.EINVAL,
                        "member "
                                + name
                                + " of "
                                + archive
                                + " is compressed, so nothing runs it from there: probe the file"
                                + " that it is unpacked to");
            }
            return member;
        } catch (IOException e) {
            throw failure(operation, Errno.EACCES, archive + " cannot be read: " + e.getMessage());
        }
    }

    private static Path path(Kernel kernel, String name, int pid, String operation) {
        Optional<Path> path;
        try {
            path = pid < 0 ? BinaryPath.find(kernel, name) : BinaryPath.find(kernel, name, pid);
        } catch (NoSuchFileException e) {
            throw failure(operation, Errno.ESRCH, "there is no process " + pid);
        } catch (IOException e) {
            throw failure(
                    operation,
                    Errno.EACCES,
                    "the memory of process "
                            + pid
                            + " is not for this user to see: run this as root");
        }
        return path.orElseThrow(
                () ->
                        failure(
                                operation,
                                Errno.ENOENT,
                                name.indexOf('/') >= 0
                                        ? "there is no file " + name
                                        : "there is no library or program "
                                                + name
                                                + " in the usual folders: give its path"));
    }

    /**
     * {@return where in the file, or in the archive, something is}
     *
     * @param offset where it is in the file, or in the member
     */
    long at(long offset) {
        return member.map(ZipMember::offset).orElse(0L) + offset;
    }

    /**
     * {@return where in the file, or in the archive, something is}
     *
     * @param function the function that it is in, maybe with a version; empty for none
     * @param offset where it is in the function, or in the file or member
     * @throws KernelException if there is no such place, as {@link #offset} does
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    long at(String function, long offset) {
        long at = (function.isEmpty() ? at(0) : offset(function)) + offset;
        if (at < 0) {
            throw failure(operation, Errno.EINVAL, name() + " ends before this place");
        }
        return at;
    }

    /**
     * {@return where in the file a function is}
     *
     * @param function its name, maybe with a version
     * @throws KernelException if there is none, if there are several, or if the file is for another
     *     machine
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    long offset(String function) {
        try (UserSymbols symbols = open()) {
            return switch (symbols.find(function)) {
                case FunctionLookup.Found found -> at(found.offset());
                case FunctionLookup.Ambiguous several ->
                        throw failure(
                                operation,
                                Errno.EINVAL,
                                "several functions of "
                                        + name()
                                        + " have that name; choose one by its version or offset: "
                                        + String.join(", ", several.names()));
                case FunctionLookup.OtherVersions others ->
                        throw failure(
                                operation,
                                Errno.ENOENT,
                                name()
                                        + " has no such version of this function, but "
                                        + String.join(", ", others.names()));
                case FunctionLookup.Missing missing ->
                        throw failure(operation, Errno.ENOENT, why(missing, symbols, function));
            };
        }
    }

    /**
     * {@return where in the file the functions are whose names a pattern matches}
     *
     * @throws KernelException if there are none, or if the file is for another machine
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    long[] offsets(Glob glob) {
        try (UserSymbols symbols = open()) {
            long[] found = symbols.find(glob);
            if (found.length == 0) {
                throw failure(
                        operation,
                        Errno.ENOENT,
                        "no function of " + name() + " has a name like " + glob.pattern());
            }
            return Arrays.stream(found).map(this::at).toArray();
        }
    }

    /**
     * {@return the functions whose names a pattern matches, by where they are in the file or in the
     * archive; none if there are none}
     *
     * @throws KernelException if the file is for another machine
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    List<UserFunction> functions(Glob glob) {
        try (UserSymbols symbols = open()) {
            return symbols.functions(glob).stream()
                    .map(function -> new UserFunction(function.name(), at(function.offset())))
                    .toList();
        }
    }

    private UserSymbols open() {
        UserSymbols symbols;
        try {
            symbols =
                    member.isEmpty()
                            ? UserSymbols.open(path)
                            : UserSymbols.of(name(), member.get().bytes());
        } catch (IOException e) {
            throw failure(operation, Errno.EACCES, path + " cannot be read: " + e.getMessage());
        }
        try {
            requireMachine(symbols.machine());
        } catch (KernelException e) {
            symbols.close();
            throw e;
        }
        return symbols;
    }

    private void requireMachine(int machine) {
        boolean runsHere =
                switch (kernel.architecture()) {
                    case X86_64 -> machine == ElfFile.MACHINE_X86_64 || machine == MACHINE_386;
                    case AARCH64 -> machine == ElfFile.MACHINE_AARCH64 || machine == MACHINE_ARM;
                };
        if (!runsHere) {
            throw failure(
                    operation,
                    Errno.ENOEXEC,
                    name()
                            + " is for another architecture (ELF machine "
                            + machine
                            + "), so nothing on this machine runs it");
        }
    }

    /**
     * Places that are marked for tracing.
     *
     * @param isFixed whether the file is always at the same address in memory
     * @param places where they are
     */
    record Marked(boolean isFixed, List<UsdtProbe> places) {}

    /**
     * {@return the places that the file's author marked for tracing by this name}
     *
     * @throws KernelException if there are none, or if the file is for another machine
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    Marked marked(String provider, String name) {
        Marked all = marked();
        List<UsdtProbe> found =
                all.places().stream()
                        .filter(probe -> probe.provider().equals(provider))
                        .filter(probe -> probe.name().equals(name))
                        .toList();
        if (found.isEmpty()) {
            Set<String> names = new LinkedHashSet<>();
            all.places().forEach(probe -> names.add(probe.provider() + ":" + probe.name()));
            throw failure(
                    operation,
                    Errno.ENOENT,
                    names.isEmpty()
                            ? path
                                    + " has no USDT probes: it was built without them, or the"
                                    + " notes were stripped"
                            : path
                                    + " has no USDT probe of that name"
                                    + NearestNames.say(provider + ":" + name, names));
        }
        return new Marked(all.isFixed(), found);
    }

    /**
     * {@return all places that the file's author marked for tracing}
     *
     * @throws KernelException if the file is for another machine
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    Marked marked() {
        if (member.isPresent()) {
            throw failure(
                    operation,
                    Errno.EOPNOTSUPP,
                    "USDT probes are looked for in files, not in members of archives: unpack it");
        }
        try (ElfFile file = ElfFile.open(path)) {
            requireMachine(file.machine());
            if (!file.is64()) {
                throw failure(
                        operation,
                        Errno.EOPNOTSUPP,
                        path + " is of 32 bits: programs cannot read its registers");
            }
            return new Marked(file.type() == ElfFile.EXECUTABLE, UsdtProbe.of(file));
        } catch (IOException e) {
            throw failure(operation, Errno.EACCES, path + " cannot be read: " + e.getMessage());
        }
    }

    private String why(FunctionLookup.Missing missing, UserSymbols symbols, String function) {
        return switch (missing) {
            case UNKNOWN -> {
                NearestNames near = NearestNames.ofLengthLike(function);
                symbols.addFunctions(near);
                yield name() + " has no function of that name: it may be inlined" + near.say();
            }
            case IMPORTED -> name() + " only calls this function: probe the library that has it";
            case INDIRECT ->
                    name()
                            + " chooses one of several functions for this name when a program"
                            + " starts (IFUNC): probe those, whose names begin with __"
                            + function;
            case STRIPPED ->
                    name()
                            + " has no symbols: install its debug symbols (Debian: the package"
                            + " …-dbgsym), or give an offset";
        };
    }

    /** {@return the file for people} */
    private String name() {
        return path + member.map(one -> ZipMember.SEPARATOR + one.name()).orElse("");
    }

    private static KernelException failure(String operation, Errno errno, String advice) {
        return errno.failure(operation, advice);
    }
}
