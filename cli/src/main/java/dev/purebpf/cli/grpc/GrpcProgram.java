package dev.purebpf.cli.grpc;

import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoBuildInfo;
import dev.purebpf.go.StackCheck;
import dev.purebpf.symbol.DebugInformation;
import dev.purebpf.symbol.GoFunctions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * A program with gRPC-Go in it: where its functions are probed, and how to read what they get.
 * Keeps the file open for its constants. One thread uses it.
 */
final class GrpcProgram implements AutoCloseable {
    private static final String MODULE = "google.golang.org/grpc";

    private final ElfFile file;
    private final ProgramMemory memory;
    private final Map<TransportFunction, Long> probed;
    private final TransportPlaces places;
    private final TransportOffsets offsets;
    private final ClientEnd clientEnd;
    private final boolean takesContext;

    private GrpcProgram(
            ElfFile file,
            Map<TransportFunction, Long> functions,
            GoAbi abi,
            TransportPlaces.Signatures signatures,
            TransportOffsets offsets,
            ClientEnd clientEnd)
            throws UnknownLayout {
        this.file = file;
        this.memory = new ProgramMemory(file);
        this.places = TransportPlaces.of(abi, signatures);
        this.offsets = offsets;
        this.clientEnd = clientEnd;
        this.takesContext =
                signatures.serverHeaders() != null
                        && signatures.serverHeaders().parameters().stream()
                                        .takeWhile(
                                                each -> !each.name().equals(TransportPlaces.FRAME))
                                        .count()
                                > 1;
        this.probed = new EnumMap<>(TransportFunction.class);
        // Behind the check each call comes by once; before it, twice if the stack has to grow.
        functions.forEach(
                (function, address) ->
                        probed.put(
                                function,
                                address
                                        + StackCheck.end(
                                                memory.bytes(address, StackCheck.LONGEST),
                                                file.machine())));
        if (clientEnd == null) {
            probed.remove(TransportFunction.CLIENT_END);
        }
        for (TransportFunction function : probed.keySet()) {
            if (file.fileOffset(probed.get(function)).isEmpty()) {
                throw new UnknownLayout(
                        "its table of functions has "
                                + function.function()
                                + " where no code is: the file is damaged");
            }
        }
    }

    /**
     * {@return a program}
     *
     * @param path its file
     * @param machine the machine that it has to be for: {@link ElfFile#machine()}
     * @throws IOException if the file cannot be read
     * @throws NoGrpc if it has no gRPC-Go
     * @throws UnknownLayout if it has, but one that cannot be read
     * @throws dev.purebpf.error.MalformedObjectException if it is no ELF file, or damaged
     */
    static GrpcProgram open(Path path, int machine) throws IOException, NoGrpc, UnknownLayout {
        ElfFile file = ElfFile.open(path);
        try {
            return of(file, path, machine);
        } catch (RuntimeException | Error | NoGrpc | UnknownLayout e) {
            file.close();
            throw e;
        }
    }

    private static GrpcProgram of(ElfFile file, Path path, int machine)
            throws NoGrpc, UnknownLayout {
        if (file.machine() != machine || !file.is64()) {
            throw new NoGrpc("is for another kind of machine");
        }
        GoBuildInfo build =
                GoBuildInfo.of(file)
                        .orElseThrow(
                                () ->
                                        new NoGrpc(
                                                "is no Go program: only gRPC-Go can be looked"
                                                        + " into"));
        Map<TransportFunction, Long> functions = functions(file);
        GoAbi abi =
                GoAbi.of(machine, build.version())
                        .orElseThrow(() -> new NoGrpc("is for another kind of machine"));
        try (DebugInformation debug = DebugInformation.of(file, path).orElse(null)) {
            if (debug != null) {
                DebugLayout layout = new DebugLayout(debug.dwarf(), abi, machine, functions);
                TransportPlaces.Signatures signatures = layout.signatures();
                return new GrpcProgram(
                        file,
                        functions,
                        abi,
                        signatures,
                        layout.offsets(signatures),
                        layout.clientEnd());
            }
        } catch (MalformedObjectException e) {
            throw new UnknownLayout("its debugging information is damaged: " + e.getMessage());
        }
        KnownLayouts.Known known = known(build);
        return new GrpcProgram(
                file,
                functions,
                abi,
                TransportPlaces.signatures(known.takesContext()),
                known.offsets(),
                null);
    }

    /** {@return where the functions begin that the program has} */
    private static Map<TransportFunction, Long> functions(ElfFile file)
            throws NoGrpc, UnknownLayout {
        Map<TransportFunction, Long> found = new EnumMap<>(TransportFunction.class);
        GoFunctions all =
                GoFunctions.of(file)
                        .orElseThrow(() -> new NoGrpc("has no table of Go's functions"));
        // The table has no order of names, and all of it is looked at once, not for each function.
        for (int index : all.search(TransportFunction.PACKAGE + ".(", TransportFunction::isOne)) {
            GoFunctions.Function function = all.get(index);
            found.putIfAbsent(TransportFunction.of(function.name()), function.address());
        }
        if (found.isEmpty()) {
            throw new NoGrpc("is a Go program without gRPC, or with one that was renamed");
        }
        require(found, TransportFunction.WRITE_HEADER);
        require(found, TransportFunction.CLEANUP);
        // The linker leaves out what is not called: a mere client has no server's functions.
        if (found.containsKey(TransportFunction.SERVER_HEADERS)) {
            require(found, TransportFunction.SERVER_CLOSE);
        } else {
            require(found, TransportFunction.CLIENT_HEADERS);
        }
        if (found.containsKey(TransportFunction.CLIENT_HEADERS)) {
            require(found, TransportFunction.CLIENT_CLOSE);
        }
        return found;
    }

    private static void require(Map<TransportFunction, Long> found, TransportFunction function)
            throws UnknownLayout {
        if (!found.containsKey(function)) {
            throw new UnknownLayout(
                    "it has no function "
                            + function.function()
                            + ": that was inlined, or is called something else in its version");
        }
    }

    private static KnownLayouts.Known known(GoBuildInfo build) throws UnknownLayout {
        String remedy =
                "; build it without -ldflags=-w or -s, which strip its debugging information";
        for (GoBuildInfo.Module module : build.modules()) {
            if (module.path().equals(MODULE)) {
                return KnownLayouts.of(module.version())
                        .orElseThrow(
                                () ->
                                        new UnknownLayout(
                                                "it is stripped, and of its gRPC "
                                                        + module.version()
                                                        + " is not known where things are, only of "
                                                        + String.join(
                                                                ", ", KnownLayouts.all().keySet())
                                                        + remedy));
            }
        }
        throw new UnknownLayout(
                "it is stripped, and does not say which version of gRPC it has" + remedy);
    }

    /** {@return the addresses of the instructions to probe, as the file gives them} */
    Map<TransportFunction, Long> probed() {
        return probed;
    }

    /**
     * {@return where an instruction is in the file}
     *
     * @param function one of {@link #probed}
     */
    long fileOffset(TransportFunction function) {
        return file.fileOffset(probed.get(function)).orElseThrow();
    }

    /** {@return where parameters are} */
    TransportPlaces places() {
        return places;
    }

    /** {@return how a client's own status is got; {@code null} if that is not known} */
    ClientEnd clientEnd() {
        return clientEnd;
    }

    /** {@return what was found about its gRPC-Go, as the table of versions has it} */
    KnownLayouts.Known layout() {
        return new KnownLayouts.Known(takesContext, offsets);
    }

    /** {@return its constants} */
    ProgramMemory memory() {
        return memory;
    }

    @Override
    public void close() {
        file.close();
    }
}
