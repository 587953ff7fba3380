package dev.purebpf.cli.go;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.input.FileProblem;
import dev.purebpf.cli.session.Progress;
import dev.purebpf.code.FunctionExits;
import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.dwarf.DwarfAttribute;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Symbol;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoBuildInfo;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.RuntimeTypes;
import dev.purebpf.go.RuntimeTypes.RuntimeType;
import dev.purebpf.go.StackCheck;
import dev.purebpf.kernel.Architecture;
import dev.purebpf.symbol.DebugInformation;
import dev.purebpf.symbol.GoFunctions;
import dev.purebpf.symbol.GoFunctions.Function;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** The file of a Go program: its functions, and what they take and give. One thread uses it. */
final class GoBinary implements StaticData, AutoCloseable {
    /** What symbols of functions end in whose values are all on the stack. */
    private static final String STACK_SUFFIX = ".abi0";

    /** Older ones do not say. */
    private static final String BEFORE_BUILD_INFO = "go1.12";

    /** How many functions are described at a time: of all of them there is no room in memory. */
    private static final int PART = 4096;

    private final String name;
    private final ElfFile elf;
    private final DebugInformation debug;
    private final Dwarf dwarf;
    private final GoFunctions functions;
    private final String version;
    private final GoAbi abi;
    private final RuntimeTypes types;

    /** The functions whose values are all on the stack; {@code null} before that is asked. */
    private Set<Long> onStack;

    private GoBinary(
            String name,
            ElfFile elf,
            DebugInformation debug,
            GoFunctions functions,
            String version,
            GoAbi abi,
            RuntimeTypes types) {
        this.name = name;
        this.elf = elf;
        this.debug = debug;
        this.dwarf = debug == null ? null : debug.dwarf();
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
            String problem = FileProblem.describe(path.toString(), e);
            throw new CommandFailure(name + " cannot be read: " + problem, e);
        } catch (MalformedObjectException e) {
            String problem = FileProblem.describe(path.toString(), e);
            throw new CommandFailure(name + " is no program of this machine: " + problem, e);
        }
        try {
            requireMachine(elf, name);
            GoFunctions functions =
                    GoFunctions.of(elf)
                            .orElseThrow(() -> new CommandFailure(name + withoutFunctions(elf)));
            String version =
                    GoBuildInfo.of(elf).map(GoBuildInfo::version).orElse(BEFORE_BUILD_INFO);
            GoAbi abi = GoAbi.of(elf.machine(), version).orElseThrow();
            RuntimeTypes types = RuntimeTypes.of(elf, version).orElse(null);
            // Last, since it has to be closed.
            DebugInformation debug = DebugInformation.of(elf, path).orElse(null);
            return new GoBinary(name, elf, debug, functions, version, abi, types);
        } catch (RuntimeException e) {
            elf.close();
            throw e;
        }
    }

    private static String withoutFunctions(ElfFile elf) {
        return GoBuildInfo.of(elf).isPresent()
                ? " is stripped, and was linked by a linker of C, so that nothing says where Go's"
                        + " functions begin; keep its symbols (no -ldflags=-s)"
                : " is not written in Go, or not compiled by Go's own compiler: it has no table of"
                        + " Go's functions (gccgo and TinyGo make none); purebpf trace can probe"
                        + " its functions";
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
     * {@return how far before a thread's own memory the address of its goroutine is; 0 if it is in
     * a register, negative if nothing says where it is}
     *
     * @param traced what is to be looked at: assembly uses all registers as it likes
     */
    long goroutineInThread(List<GoFunction> traced) {
        // On aarch64 it has been in a register ever since.
        if (traced.stream().noneMatch(one -> one.abi() == GoAbi.STACK)
                || elf.machine() != ElfFile.MACHINE_X86_64) {
            return 0;
        }
        byte[] code = functions.find("runtime.main").map(this::code).orElse(new byte[0]);
        OptionalLong inThread = GoroutineLayout.inThread(elf, code);
        return inThread.orElse(abi == GoAbi.STACK ? -1 : 0);
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
        for (String text : patterns) {
            FunctionPattern pattern = new FunctionPattern(text);
            int[] known = functions.search(pattern.prefix(), pattern::mayMatch);
            FunctionEntries entries = entries(known, _ -> false, 0);
            boolean isFound = false;
            try (Progress progress = Progress.ofFunctions(known.length)) {
                for (int i = 0; i < known.length; i++) {
                    progress.reached(i);
                    Optional<GoFunction> one = describe(known[i], entries, pattern);
                    one.ifPresent(function -> found.putIfAbsent(function.address(), function));
                    isFound |= one.isPresent();
                }
            }
            if (!isFound) {
                throw notFound(pattern);
            }
        }
        return List.copyOf(found.values());
    }

    /**
     * {@return what the debugging information says of functions}
     *
     * @param known those with code of their own, by their numbers
     * @param inlined tells which of those without are wanted, too
     * @param most how many of these there can be
     */
    private FunctionEntries entries(int[] known, Predicate<String> inlined, int most) {
        if (dwarf == null) {
            return FunctionEntries.NONE;
        }
        long[] addresses = new long[known.length];
        for (int i = 0; i < known.length; i++) {
            addresses[i] = functions.get(known[i]).address();
        }
        return FunctionEntries.of(dwarf, addresses, inlined, most);
    }

    /**
     * Tells what {@code --list} prints of functions: the signature if it is known, and whether
     * calls are not to be seen. In alphabetical order; of very many part by part, by where they
     * are.
     *
     * @param texts exact names, or patterns
     * @param lines takes each line
     * @return how many functions there are
     */
    int list(List<String> texts, Consumer<String> lines) {
        BitSet found = new BitSet();
        List<FunctionPattern> patterns = texts.stream().map(FunctionPattern::new).toList();
        List<FunctionPattern> more = new ArrayList<>();
        for (FunctionPattern pattern : patterns) {
            int[] own = functions.search(pattern.prefix(), pattern::mayMatch);
            Arrays.stream(own).forEach(found::set);
            if (own.length == 0 || pattern.isPattern()) {
                more.add(pattern);
            }
        }
        int[] known = found.stream().toArray();
        Predicate<String> isWanted = name -> patterns.stream().anyMatch(one -> one.matches(name));
        try (Progress progress = Progress.ofFunctions(known.length)) {
            int count = 0;
            int first = 0;
            for (; first + PART < known.length; first += PART) {
                int[] part = Arrays.copyOfRange(known, first, first + PART);
                progress.reached(first);
                count += list(part, entries(part, _ -> false, 0), isWanted, progress, lines);
            }
            progress.reached(first);
            int[] last = Arrays.copyOfRange(known, first, known.length);
            FunctionEntries entries = withInlined(last, more);
            for (int i = 0; i < known.length && !entries.inlined().isEmpty(); i++) {
                entries.inlined().remove(functions.get(known[i]).name());
            }
            return count + list(last, entries, isWanted, progress, lines);
        }
    }

    private int list(
            int[] known,
            FunctionEntries entries,
            Predicate<String> isWanted,
            Progress progress,
            Consumer<String> lines) {
        Set<String> sorted = new TreeSet<>();
        for (int index : known) {
            Function function = functions.get(index);
            Die entry = entries.byAddress().get(function.address());
            if (entry == null) {
                sorted.add(function.name());
            } else if (isWanted.test(entry.name().orElse(function.name()))) {
                sorted.add(listed(index, entry));
            }
        }
        for (Die entry : entries.inlined().values()) {
            sorted.add(GoSignature.of(entry) + "  (inlined)");
        }
        progress.erase();
        sorted.forEach(lines);
        return sorted.size();
    }

    private String listed(int index, Die entry) {
        String shown =
                Convention.of(entry, facts(index))
                        .map(convention -> convention.signature().toString())
                        .orElseGet(() -> GoSignature.of(entry) + "  (incomplete)");
        return shown + (isInlined(entry) ? "  (also inlined)" : "");
    }

    /** The entries of functions, and of those that are only inlined and that patterns stand for. */
    private FunctionEntries withInlined(int[] known, List<FunctionPattern> patterns) {
        Set<String> names = new HashSet<>();
        for (FunctionPattern pattern : patterns) {
            Optional<Set<String>> inlined =
                    functions.inlinedNames(pattern.prefix(), pattern::matches);
            if (inlined.isEmpty()) {
                return entries(
                        known,
                        name -> patterns.stream().anyMatch(one -> one.matches(name)),
                        Integer.MAX_VALUE);
            }
            names.addAll(inlined.get());
        }
        return entries(known, names::contains, names.size());
    }

    private static boolean isInlined(Die entry) {
        return entry.origin(DwarfAttribute.INLINE).number(DwarfAttribute.INLINE).orElse(0) != 0;
    }

    /** {@return the functions that have copies of the code of one, by their names} */
    Set<String> copiesOf(GoFunction function) {
        return dwarf == null ? Set.of() : InlinedCopies.of(dwarf, function.name());
    }

    /**
     * {@return what is known of a function; empty if it only hands on to another of that name, or
     * its full name is not wanted}
     */
    private Optional<GoFunction> describe(
            int index, FunctionEntries entries, FunctionPattern pattern) {
        Function function = functions.get(index);
        if (dwarf == null) {
            return Optional.of(
                    untyped(
                            index,
                            function,
                            "the program is stripped of its debugging information: declare what the"
                                    + " function takes, as in --args 'x int, y string'"));
        }
        Die entry = entries.byAddress().get(function.address());
        if (entry == null) {
            return Optional.of(
                    untyped(index, function, "the debugging information says nothing of it"));
        }
        // Up to Go 1.20 the table leaves type arguments out.
        String name = entry.name().orElse(function.name());
        String shortName = FunctionPattern.withoutTypes(function.name());
        if (!FunctionPattern.withoutTypes(name).equals(shortName) || !pattern.matches(name)) {
            return Optional.empty();
        }
        Function named = new Function(name, function.address(), function.size());
        Optional<Convention> known = Convention.of(entry, facts(index));
        return Optional.of(
                known.map(
                                convention ->
                                        new GoFunction(
                                                name,
                                                function.address(),
                                                function.size(),
                                                begin(function),
                                                convention.abi(),
                                                convention.signature(),
                                                convention.call(),
                                                null,
                                                isInlined(entry)))
                        .orElseGet(() -> untyped(index, named, missing(index))));
    }

    private Convention.Facts facts(int index) {
        long address = functions.get(index).address();
        return new Convention.Facts(
                abi,
                elf.machine(),
                functions.argumentsSize(index),
                functions.isAssembly(index),
                functions.isSpecial(index),
                () -> takesStack(address));
    }

    /** {@return whether a symbol says that all values of a function are on the stack} */
    private boolean takesStack(long address) {
        if (onStack == null) {
            onStack = new HashSet<>();
            for (Symbol symbol : elf.symbols()) {
                if (symbol.name().endsWith(STACK_SUFFIX)) {
                    onStack.add(symbol.value());
                }
            }
        }
        return onStack.contains(address);
    }

    private String missing(int index) {
        return functions.isAssembly(index)
                ? "it is written in assembly, of whose parameters debugging information says"
                        + " nothing: declare them, as in --args 'x int64' --results 'int64'"
                : "its debugging information lacks a parameter, one called _ perhaps: declare all"
                        + " of them, as in --args 'x int, _ string'";
    }

    /** {@return the first instructions of a function} */
    private byte[] code(Function function) {
        long size = Math.min(function.size(), StackCheck.LONGEST);
        return elf.memory(function.address(), size).bytes(0, size);
    }

    /** {@return the instruction that each call of a function comes by once} */
    private long begin(Function function) {
        return function.address() + StackCheck.end(code(function), elf.machine());
    }

    private GoFunction untyped(int index, Function function, String problem) {
        return new GoFunction(
                function.name(),
                function.address(),
                function.size(),
                begin(function),
                functions.isAssembly(index) ? GoAbi.STACK : abi,
                null,
                null,
                problem,
                false);
    }

    private CommandFailure notFound(FunctionPattern pattern) {
        String shown = OneLine.of(pattern.text());
        if (pattern.isPattern()) {
            return new CommandFailure(
                    "no function of "
                            + name
                            + " matches '"
                            + shown
                            + "'; purebpf go --list prints them all");
        }
        boolean mayBeInlined =
                functions
                        .inlinedNames(pattern.text(), pattern::matches)
                        .map(names -> !names.isEmpty())
                        .orElse(true);
        if (dwarf != null && mayBeInlined) {
            Set<String> callers = InlinedCopies.of(dwarf, pattern.text());
            if (!callers.isEmpty()) {
                return new CommandFailure(
                        shown
                                + " has no code of its own: it is inlined into "
                                + InlinedCopies.say(callers)
                                + "; trace those, or build the program with -gcflags=-l");
            }
        }
        return new CommandFailure(
                name
                        + " has no function "
                        + shown
                        + ": it may be inlined, or not be linked as nothing calls it"
                        + NearestNames.say(pattern.text(), functionNames()));
    }

    private Iterable<String> functionNames() {
        return () ->
                IntStream.range(0, functions.size())
                        .mapToObj(index -> functions.get(index).name())
                        .iterator();
    }

    @Override
    public void close() {
        if (debug != null) {
            debug.close();
        }
        elf.close();
    }
}
