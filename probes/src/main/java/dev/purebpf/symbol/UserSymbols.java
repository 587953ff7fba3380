package dev.purebpf.symbol;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.elf.Segment;
import dev.purebpf.elf.Symbol;
import dev.purebpf.elf.SymbolTable;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The functions of an executable or a shared library, and where in the file they are: what a uprobe
 * needs. A function's address in the running program is something else.
 *
 * <p>Looks into {@code .dynsym}, then {@code .symtab}, then into the file with the symbols that
 * were stripped, which distributions keep as {@code /usr/lib/debug/.build-id/XX/YYYY.debug} or
 * where {@code .gnu_debuglink} says; of a stripped Go program also into {@link GoFunctions}. The
 * files are mapped and searched as they are; whoever opens closes. May be used by one thread at a
 * time.
 */
public final class UserSymbols implements AutoCloseable {
    /** How many functions of one name are told apart in a message. */
    private static final int MOST_CANDIDATES = 8;

    private final ElfFile file;
    private final Optional<Path> path;
    private final Path debugFiles;

    // Looked for when first needed.
    private Optional<ElfFile> debugFile;
    private Optional<GoFunctions> goFunctions;
    private FunctionPlaces places;

    private UserSymbols(ElfFile file, Optional<Path> path, Path debugFiles) {
        this.file = file;
        this.path = path;
        this.debugFiles = debugFiles;
    }

    /**
     * {@return the functions of a file}
     *
     * @param path an executable or a shared library
     * @throws IOException if it cannot be opened
     * @throws MalformedObjectException if it is no ELF file, or damaged
     */
    public static UserSymbols open(Path path) throws IOException {
        return open(path, DebugFile.FOLDER);
    }

    static UserSymbols open(Path path, Path debugFiles) throws IOException {
        return new UserSymbols(ElfFile.open(path), Optional.of(path), debugFiles);
    }

    /**
     * {@return the functions of a file that is in memory already}
     *
     * @param name the name for messages
     * @param bytes the file's content, not copied and not to be written any more
     * @throws MalformedObjectException if it is no ELF file, or damaged
     */
    public static UserSymbols of(String name, byte[] bytes) {
        return new UserSymbols(ElfFile.of(name, bytes), Optional.empty(), DebugFile.FOLDER);
    }

    /** {@return the file's build id in hexadecimal digits; empty if it has none} */
    Optional<String> buildId() {
        return file.buildId();
    }

    /**
     * {@return whether there is code}
     *
     * @param offset where in the file, in bytes
     */
    boolean isCode(long offset) {
        return file.segments().stream()
                .anyMatch(
                        segment ->
                                segment.type() == Segment.LOAD
                                        && (segment.flags() & Segment.EXECUTABLE) != 0
                                        && Long.compareUnsigned(
                                                        offset - segment.offset(),
                                                        segment.fileSize())
                                                < 0);
    }

    /** {@return the machine that the file is for: {@link ElfFile#MACHINE_X86_64} …} */
    public int machine() {
        return file.machine();
    }

    /**
     * Looks for a function.
     *
     * <p>A strong definition wins over weak ones, of which the first wins; several strong ones at
     * different places are ambiguous.
     *
     * @param name its name, such as {@code malloc}; with a version {@code
     *     pthread_create@GLIBC_2.34} or {@code pthread_create@@GLIBC_2.34}, which is the same
     * @return what came of it
     * @throws MalformedObjectException if the symbols of the file are damaged
     */
    public FunctionLookup find(String name) {
        int at = name.indexOf('@');
        String version =
                at < 0 ? null : name.substring(name.startsWith("@@", at) ? at + 2 : at + 1);
        byte[] bytes = (at < 0 ? name : name.substring(0, at)).getBytes(StandardCharsets.UTF_8);
        for (Table table : tables()) {
            Optional<FunctionLookup> found = find(table, bytes, version);
            if (found.isPresent()) {
                return found.get();
            }
        }
        OptionalLong offset =
                goFunctions()
                        .flatMap(functions -> functions.find(name))
                        .map(function -> file.fileOffset(function.address()))
                        .orElse(OptionalLong.empty());
        if (offset.isPresent()) {
            return new FunctionLookup.Found(offset.getAsLong());
        }
        List<String> others = version == null ? List.of() : versions(bytes);
        return others.isEmpty() ? missing(bytes) : new FunctionLookup.OtherVersions(others);
    }

    /** {@return a function's names with the versions that there are; none without the function} */
    private List<String> versions(byte[] name) {
        Set<String> found = new LinkedHashSet<>();
        for (Table table : tables()) {
            SymbolTable symbols = table.symbols();
            for (int index = symbols.next(0, Symbol.FUNCTION, name);
                    index >= 0 && found.size() < MOST_CANDIDATES;
                    index = symbols.next(index + 1, Symbol.FUNCTION, name)) {
                Symbol symbol = symbols.get(index);
                if (offset(table, index).isPresent()) {
                    found.add(described(table, symbol));
                }
            }
        }
        return List.copyOf(found);
    }

    private Optional<FunctionLookup> find(Table table, byte[] name, String version) {
        OptionalLong found = OptionalLong.empty();
        boolean weak = false;
        List<String> candidates = new ArrayList<>();
        boolean ambiguous = false;
        SymbolTable symbols = table.symbols();
        for (int index = symbols.next(0, Symbol.FUNCTION, name);
                index >= 0;
                index = symbols.next(index + 1, Symbol.FUNCTION, name)) {
            Symbol symbol = symbols.get(index);
            OptionalLong offset = offset(table, index);
            if (offset.isEmpty() || version != null && !version.equals(version(table, symbol))) {
                continue;
            }
            boolean isWeak = symbol.binding() == Symbol.WEAK;
            if (found.isPresent() && !found.equals(offset)) {
                ambiguous |= !weak && !isWeak;
            }
            if (!isWeak && candidates.size() < MOST_CANDIDATES) {
                candidates.add(described(table, symbol));
            }
            if (found.isEmpty() || weak && !isWeak) {
                found = offset;
                weak = isWeak;
            }
        }
        if (ambiguous) {
            return Optional.of(new FunctionLookup.Ambiguous(candidates));
        }
        return found.isPresent()
                ? Optional.of(new FunctionLookup.Found(found.getAsLong()))
                : Optional.empty();
    }

    /**
     * {@return where in the file the functions are whose names a pattern matches, in bytes,
     * ascending, each place once; none if there are none}
     *
     * @param glob the pattern, for names without versions
     * @throws MalformedObjectException if the symbols of the file are damaged
     */
    public long[] find(Glob glob) {
        return functions(glob).stream()
                .mapToLong(UserFunction::offset)
                .sorted()
                .distinct()
                .toArray();
    }

    /**
     * {@return the functions whose names a pattern matches, in alphabetical order; a place that has
     * several names is there by each}
     *
     * @param glob the pattern, for names without versions
     * @throws MalformedObjectException if the symbols of the file are damaged
     */
    public List<UserFunction> functions(Glob glob) {
        for (Table table : tables().reversed()) {
            List<UserFunction> found = functions(table, glob);
            if (!found.isEmpty()) {
                return found;
            }
        }
        List<UserFunction> found = new ArrayList<>();
        allOfGo()
                .filter(function -> glob.matches(function.name()))
                .forEach(
                        function ->
                                file.fileOffset(function.address())
                                        .ifPresent(
                                                offset ->
                                                        found.add(
                                                                new UserFunction(
                                                                        function.name(), offset))));
        return inOrder(found);
    }

    private List<UserFunction> functions(Table table, Glob glob) {
        SymbolTable symbols = table.symbols();
        List<UserFunction> found = new ArrayList<>();
        for (int index = 0; index < symbols.size(); index++) {
            if (symbols.type(index) == Symbol.FUNCTION) {
                Symbol symbol = symbols.get(index);
                String name = unversioned(symbol.name());
                if (glob.matches(name)) {
                    offset(table, index)
                            .ifPresent(offset -> found.add(new UserFunction(name, offset)));
                }
            }
        }
        return inOrder(found);
    }

    private static List<UserFunction> inOrder(List<UserFunction> functions) {
        return functions.stream()
                .distinct()
                .sorted(
                        Comparator.comparing(UserFunction::name)
                                .thenComparingLong(UserFunction::offset))
                .toList();
    }

    /**
     * {@return the function that an instruction belongs to; empty if it is of none that is known}
     *
     * <p>Of several names of a place it is one that other files see, with the fewest underscores
     * before it. The first call reads all symbols.
     *
     * @param offset where in the file the instruction lies, in bytes
     * @throws MalformedObjectException if the symbols of the file are damaged
     */
    public Optional<UserFunction> containing(long offset) {
        if (places == null) {
            places = places();
        }
        Optional<UserFunction> found = places.containing(offset);
        return found.isPresent() ? found : goFunction(offset);
    }

    /** {@return what is known best: that a file was stripped of has all of its functions} */
    private FunctionPlaces places() {
        for (Table table : tables().reversed()) {
            SymbolTable symbols = table.symbols();
            FunctionPlaces.Builder builder = new FunctionPlaces.Builder(symbols);
            for (int index = 0; index < symbols.size(); index++) {
                int type = symbols.type(index);
                if (type == Symbol.FUNCTION || type == Symbol.INDIRECT_FUNCTION) {
                    OptionalLong offset = offset(table, index);
                    if (offset.isPresent()) {
                        builder.add(offset.getAsLong(), index);
                    }
                }
            }
            if (!builder.isEmpty()) {
                return builder.build();
            }
        }
        return new FunctionPlaces.Builder(file.symbols()).build();
    }

    private Optional<UserFunction> goFunction(long offset) {
        for (Segment segment : file.segments()) {
            long within = offset - segment.offset();
            if (segment.type() == Segment.LOAD
                    && Long.compareUnsigned(within, segment.fileSize()) < 0) {
                long address = segment.address() + within;
                return goFunctions()
                        .flatMap(functions -> functions.containing(address))
                        .map(
                                function ->
                                        new UserFunction(
                                                function.name(),
                                                offset - (address - function.address())));
            }
        }
        return Optional.empty();
    }

    /**
     * Adds the names of all functions, without versions, to what may be near to another name.
     *
     * @param near what collects them
     * @throws MalformedObjectException if the symbols of the file are damaged
     */
    public void addFunctions(NearestNames near) {
        for (Table table : tables()) {
            SymbolTable symbols = table.symbols();
            for (int index = 0; index < symbols.size(); index++) {
                if (symbols.type(index) == Symbol.FUNCTION
                        && symbols.sectionIndex(index) != Symbol.UNDEFINED) {
                    near.add(unversioned(symbols.get(index).name()));
                }
            }
        }
        allOfGo().map(GoFunctions.Function::name).forEach(near::add);
    }

    @Override
    public void close() {
        file.close();
        if (debugFile != null) {
            debugFile.ifPresent(ElfFile::close);
        }
    }

    /** A table of symbols, and the file that it is of. */
    private record Table(ElfFile owner, SymbolTable symbols, boolean dynamic) {}

    private List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        tables.add(new Table(file, file.dynamicSymbols(), true));
        tables.add(new Table(file, file.symbols(), false));
        if (file.symbols().isEmpty()) {
            debugFile().ifPresent(debug -> tables.add(new Table(debug, debug.symbols(), false)));
        }
        return tables;
    }

    private Optional<ElfFile> debugFile() {
        if (debugFile == null) {
            debugFile = DebugFile.find(file, path, debugFiles);
        }
        return debugFile;
    }

    /** {@return what Go's runtime needs, where nothing else is left} */
    private Optional<GoFunctions> goFunctions() {
        if (goFunctions == null) {
            goFunctions = file.symbols().isEmpty() ? GoFunctions.of(file) : Optional.empty();
        }
        return goFunctions;
    }

    private Stream<GoFunctions.Function> allOfGo() {
        return goFunctions().stream()
                .flatMap(all -> IntStream.range(0, all.size()).mapToObj(all::get));
    }

    /**
     * By the section, as libbpf; by the segments for what was stripped: in a file of debug symbols,
     * sections keep their addresses, but lie nowhere.
     */
    private OptionalLong offset(Table table, int symbol) {
        int index = table.symbols().sectionIndex(symbol);
        if (index == Symbol.UNDEFINED) {
            return OptionalLong.empty();
        }
        long value = table.symbols().value(symbol);
        if (table.owner() == file && index > 0 && index < file.sections().size()) {
            Section section = file.section(index);
            return section.type() == Section.NOBITS
                    ? OptionalLong.empty()
                    : OptionalLong.of(value - section.address() + section.offset());
        }
        return file.fileOffset(value);
    }

    /** {@return the version of a symbol, {@code null} if it has none} */
    private static String version(Table table, Symbol symbol) {
        if (table.dynamic()) {
            return table.owner().symbolVersions().of(symbol.index()).orElse(null);
        }
        String name = symbol.name();
        int at = name.lastIndexOf('@');
        return at < 0 ? null : name.substring(at + 1);
    }

    private static String described(Table table, Symbol symbol) {
        String version = version(table, symbol);
        String name = unversioned(symbol.name());
        if (version == null) {
            return name + " at 0x" + Long.toHexString(symbol.value());
        }
        boolean isDefault =
                table.dynamic()
                        ? table.owner().symbolVersions().isDefault(symbol.index())
                        : symbol.name().contains("@@");
        return name + (isDefault ? "@@" : "@") + version;
    }

    static String unversioned(String name) {
        int at = name.indexOf('@');
        return at <= 0 ? name : name.substring(0, at);
    }

    private FunctionLookup missing(byte[] name) {
        if (name.length == 0) {
            // The first symbol of each table has no name, and is none.
            return FunctionLookup.Missing.UNKNOWN;
        }
        boolean anyFunction = goFunctions().isPresent();
        for (Table table : tables()) {
            SymbolTable symbols = table.symbols();
            for (int type : new int[] {Symbol.INDIRECT_FUNCTION, Symbol.FUNCTION, Symbol.NO_TYPE}) {
                int index = symbols.next(0, type, name);
                if (index >= 0 && symbols.sectionIndex(index) == Symbol.UNDEFINED) {
                    return FunctionLookup.Missing.IMPORTED;
                }
                if (index >= 0 && type == Symbol.INDIRECT_FUNCTION) {
                    return FunctionLookup.Missing.INDIRECT;
                }
            }
            anyFunction |= hasFunction(symbols);
        }
        return anyFunction ? FunctionLookup.Missing.UNKNOWN : FunctionLookup.Missing.STRIPPED;
    }

    private static boolean hasFunction(SymbolTable symbols) {
        for (int index = 0; index < symbols.size(); index++) {
            if (symbols.type(index) == Symbol.FUNCTION
                    && symbols.sectionIndex(index) != Symbol.UNDEFINED) {
                return true;
            }
        }
        return false;
    }
}
