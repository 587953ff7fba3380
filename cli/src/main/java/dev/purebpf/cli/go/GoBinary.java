package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.code.FunctionExits;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.go.EntryPlaces;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoBuildInfo;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.RuntimeTypes;
import dev.purebpf.go.RuntimeTypes.RuntimeType;
import dev.purebpf.go.StackCheck;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.probe.NearestNames;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.GoFunctions;
import dev.purebpf.symbol.GoFunctions.Function;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The file of a Go program: its functions, and what they take and give. One thread uses it. */
final class GoBinary implements StaticData, AutoCloseable {
    /** Older ones do not say. */
    private static final String BEFORE_BUILD_INFO = "go1.12";

    private final String name;
    private final ElfFile elf;
    private final Dwarf dwarf;
    private final GoFunctions functions;
    private final String version;
    private final GoAbi abi;
    private final RuntimeTypes types;

    private GoBinary(
            String name,
            ElfFile elf,
            Dwarf dwarf,
            GoFunctions functions,
            String version,
            GoAbi abi,
            RuntimeTypes types) {
        this.name = name;
        this.elf = elf;
        this.dwarf = dwarf;
        this.functions = functions;
        this.version = version;
        this.abi = abi;
        this.types = types;
    }

    /**
     * {@return the program}
     *
     * @param path its file
     * @param name what people call it
     * @throws CommandFailure if it is none that could be traced
     */
    static GoBinary open(Path path, String name) {
        ElfFile elf;
        try {
            elf = ElfFile.open(path);
        } catch (NoSuchFileException e) {
            throw new CommandFailure("there is no program " + name, e);
        } catch (IOException e) {
            throw new CommandFailure(name + " cannot be read: " + e.getMessage(), e);
        } catch (MalformedObjectException e) {
            throw new CommandFailure(name + " is no program of this machine: " + e.getMessage(), e);
        }
        try {
            requireMachine(elf, name);
            GoFunctions functions =
                    GoFunctions.of(elf)
                            .orElseThrow(
                                    () ->
                                            new CommandFailure(
                                                    name
                                                            + " is not written in Go: it has no"
                                                            + " table of Go's functions; purebpf"
                                                            + " trace can probe others"));
            String version =
                    GoBuildInfo.of(elf).map(GoBuildInfo::version).orElse(BEFORE_BUILD_INFO);
            GoAbi abi = GoAbi.of(elf.machine(), version).orElseThrow();
            return new GoBinary(
                    name,
                    elf,
                    Dwarf.of(elf).orElse(null),
                    functions,
                    version,
                    abi,
                    RuntimeTypes.of(elf, version).orElse(null));
        } catch (RuntimeException e) {
            elf.close();
            throw e;
        }
    }

    private static void requireMachine(ElfFile elf, String name) {
        int own =
                switch (Architecture.host()) {
                    case X86_64 -> ElfFile.MACHINE_X86_64;
                    case AARCH64 -> ElfFile.MACHINE_AARCH64;
                };
        if (elf.machine() != own || !elf.is64()) {
            throw new CommandFailure(
                    name
                            + " is for another architecture (ELF machine "
                            + elf.machine()
                            + "), so nothing on this machine runs it");
        }
    }

    /** {@return how it hands values over} */
    GoAbi abi() {
        return abi;
    }

    /** {@return whether it is at the same address in each process} */
    boolean isFixed() {
        return elf.type() == ElfFile.EXECUTABLE;
    }

    /**
     * {@return where in the file an address is}
     *
     * @param address one that symbols could have
     */
    long fileOffset(long address) {
        return elf.fileOffset(address)
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        name + " has no code at 0x" + Long.toHexString(address)));
    }

    @Override
    public Optional<RuntimeType> runtimeType(long address) {
        return types == null ? Optional.empty() : types.at(address);
    }

    @Override
    public byte[] constant(long address, int count) {
        for (Section section : elf.sections()) {
            if (section.has(Section.ALLOC)
                    && !section.has(Section.WRITE)
                    && section.type() == Section.PROGBITS
                    && address >= section.address()
                    && address - section.address() <= section.size() - count) {
                return section.bytes(address - section.address(), count);
            }
        }
        return null;
    }

    /** {@return where in {@code runtime.g} the number of a goroutine is; 0 if not known} */
    int goroutineNumber() {
        return GoroutineLayout.numberOffset(dwarf, version);
    }

    /**
     * {@return the instructions by which a function returns, as symbols give addresses}
     *
     * @param function the function
     * @throws CommandFailure if its code is not understood
     */
    List<Long> returns(GoFunction function) {
        try {
            return FunctionExits.of(elf, function.address(), function.size()).returns().stream()
                    .map(offset -> function.address() + offset)
                    .toList();
        } catch (MalformedObjectException e) {
            throw new CommandFailure(
                    "where " + function.name() + " returns is not known: " + e.getMessage(), e);
        }
    }

    /**
     * {@return the functions that names or patterns stand for, each once}
     *
     * @param patterns exact names, or patterns with {@code *} and {@code ?}
     * @throws CommandFailure if one of them stands for none
     */
    List<GoFunction> find(List<String> patterns) {
        Map<Long, GoFunction> found = new LinkedHashMap<>();
        for (String pattern : patterns) {
            Predicate<String> wanted = wanted(pattern);
            FunctionEntries entries =
                    dwarf != null && isPattern(pattern) ? FunctionEntries.of(dwarf, wanted) : null;
            boolean known = false;
            for (int i = 0; i < functions.size(); i++) {
                Function function = functions.get(i);
                if (wanted.test(function.name())) {
                    known = true;
                    describe(i, entries).ifPresent(one -> found.putIfAbsent(one.address(), one));
                }
            }
            if (!known) {
                throw notFound(pattern);
            }
        }
        return List.copyOf(found.values());
    }

    /** The star in the name of a method of a pointer is only that. */
    private static boolean isPattern(String text) {
        return Glob.isGlob(text.replace("(*", "("));
    }

    private static Predicate<String> wanted(String pattern) {
        return isPattern(pattern) ? new Glob(pattern)::matches : pattern::equals;
    }

    /**
     * {@return what {@code --list} prints of the functions that patterns stand for: the signature
     * if it is known, and whether calls of it are not to be seen}
     *
     * @param patterns exact names, or patterns
     */
    List<String> list(List<String> patterns) {
        Predicate<String> wanted =
                name -> patterns.stream().anyMatch(one -> wanted(one).test(name));
        FunctionEntries entries =
                dwarf == null
                        ? new FunctionEntries(Map.of(), Map.of())
                        : FunctionEntries.of(dwarf, wanted);
        Set<String> lines = new TreeSet<>();
        for (int i = 0; i < functions.size(); i++) {
            Function function = functions.get(i);
            if (wanted.test(function.name())) {
                Die entry = entries.byAddress().get(function.address());
                lines.add(
                        entry == null
                                ? function.name()
                                : GoSignature.of(entry)
                                        + (isInlined(entry) ? "  (also inlined)" : ""));
            }
        }
        for (Die entry : entries.inlined().values()) {
            lines.add(GoSignature.of(entry) + "  (inlined)");
        }
        return List.copyOf(lines);
    }

    private static boolean isInlined(Die entry) {
        return entry.origin(DwarfAttribute.INLINE).number(DwarfAttribute.INLINE).orElse(0) != 0;
    }

    /** {@return the functions that have copies of the code of one, by their names} */
    Set<String> copiesOf(GoFunction function) {
        return dwarf == null ? Set.of() : InlinedCopies.of(dwarf, function.name());
    }

    /** {@return what is known of a function; empty if it only hands on to another of that name} */
    private Optional<GoFunction> describe(int index, FunctionEntries entries) {
        Function function = functions.get(index);
        byte[] first =
                elf.memory(function.address(), Math.min(function.size(), StackCheck.LONGEST))
                        .bytes(0, Math.min(function.size(), StackCheck.LONGEST));
        long begin = function.address() + StackCheck.end(first, elf.machine());
        if (dwarf == null) {
            return Optional.of(
                    untyped(
                            function,
                            begin,
                            "the program is stripped of its debugging information: declare what the"
                                    + " function takes, as in --args 'x int, y string'"));
        }
        Optional<Die> found =
                entries == null
                        ? dwarf.functionAt(function.address())
                        : Optional.ofNullable(entries.byAddress().get(function.address()));
        if (found.isEmpty()) {
            return Optional.of(
                    untyped(function, begin, "the debugging information says nothing of it"));
        }
        Die entry = found.get();
        if (!entry.name().orElse(function.name()).equals(function.name())) {
            return Optional.empty();
        }
        GoSignature signature = GoSignature.of(entry);
        GoCall call = abi.assign(signature);
        String odd = EntryPlaces.contradiction(call, entry, elf.machine());
        int argumentsSize = functions.argumentsSize(index);
        boolean isShort =
                abi == GoAbi.STACK && argumentsSize >= 0 && argumentsSize != call.stackSize();
        if (odd != null || isShort) {
            return Optional.of(
                    untyped(
                            function,
                            begin,
                            "its debugging information lacks a parameter"
                                    + (odd == null ? "" : " before " + odd)
                                    + ", one called _ perhaps: declare all of them, as in --args"
                                    + " 'x int, _ string'"));
        }
        return Optional.of(
                new GoFunction(
                        function.name(),
                        function.address(),
                        function.size(),
                        begin,
                        signature,
                        call,
                        null,
                        isInlined(entry)));
    }

    private static GoFunction untyped(Function function, long begin, String problem) {
        return new GoFunction(
                function.name(),
                function.address(),
                function.size(),
                begin,
                null,
                null,
                problem,
                false);
    }

    private CommandFailure notFound(String pattern) {
        String shown = OneLine.of(pattern);
        if (isPattern(pattern)) {
            return new CommandFailure(
                    "no function of "
                            + name
                            + " matches '"
                            + shown
                            + "'; purebpf go --list prints them all");
        }
        if (dwarf != null) {
            Set<String> callers = InlinedCopies.of(dwarf, pattern);
            if (!callers.isEmpty()) {
                return new CommandFailure(
                        shown
                                + " has no code of its own: it is inlined into "
                                + InlinedCopies.say(callers)
                                + "; trace those, or build the program with -gcflags=-l");
            }
        }
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < functions.size(); i++) {
            names.add(functions.get(i).name());
        }
        return new CommandFailure(
                name
                        + " has no function "
                        + shown
                        + ": it may be inlined, or not be linked as nothing calls it"
                        + NearestNames.say(pattern, new ArrayList<>(names)));
    }

    @Override
    public void close() {
        if (dwarf != null) {
            dwarf.close();
        }
        elf.close();
    }
}
