package dev.purebpf.cli.grpc;

import dev.purebpf.dwarf.Die;
import dev.purebpf.dwarf.Dwarf;
import dev.purebpf.go.EntryPlaces;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.GoType;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What debugging information says of gRPC-Go's functions and structs. */
final class DebugLayout {
    private static final String MISSING = "its debugging information says nothing of ";

    /** The functions whose parameters are looked at. */
    private static final Set<TransportFunction> DESCRIBED =
            EnumSet.of(
                    TransportFunction.SERVER_HEADERS,
                    TransportFunction.CLIENT_HEADERS,
                    TransportFunction.WRITE_HEADER,
                    TransportFunction.CLEANUP,
                    TransportFunction.CLIENT_END);

    private final Map<Long, Die> entries;
    private final GoAbi abi;
    private final int machine;
    private final Map<TransportFunction, Long> functions;

    /**
     * Looks for what is said of the functions.
     *
     * @param dwarf the debugging information of a program
     * @param abi how its functions get their parameters
     * @param machine what it is for
     * @param functions where its functions begin
     */
    DebugLayout(Dwarf dwarf, GoAbi abi, int machine, Map<TransportFunction, Long> functions) {
        Set<Long> addresses = new HashSet<>(functions.size());
        functions.forEach(
                (function, address) -> {
                    if (DESCRIBED.contains(function)) {
                        addresses.add(address);
                    }
                });
        this.entries = dwarf.functionsAt(addresses);
        this.abi = abi;
        this.machine = machine;
        this.functions = functions;
    }

    /** {@return what the functions take} */
    TransportPlaces.Signatures signatures() throws UnknownLayout {
        return new TransportPlaces.Signatures(
                signature(TransportFunction.SERVER_HEADERS),
                signature(TransportFunction.CLIENT_HEADERS),
                signature(TransportFunction.WRITE_HEADER),
                signature(TransportFunction.CLEANUP));
    }

    /** {@return where the structs that they take keep things} */
    TransportOffsets offsets(TransportPlaces.Signatures signatures) throws UnknownLayout {
        GoSignature server = signatures.serverHeaders();
        GoSignature client = signatures.clientHeaders();
        GoType.Struct writer = receiver(signatures.writeHeader());
        GoType.Struct meta =
                target(parameter(client != null ? client : server, TransportPlaces.FRAME));
        GoType.Struct headers = target(field(meta, "HeadersFrame").type());
        GoType.Struct item = target(parameter(signatures.cleanup(), "c"));
        return new TransportOffsets(
                server == null ? 0 : offset(receiver(server), "framer"),
                server == null ? 0 : serverPeer(receiver(server)),
                client == null ? 0 : offset(receiver(client), "framer"),
                client == null ? 0 : offset(receiver(client), "remoteAddr"),
                offset(writer, "framer"),
                offset(writer, "side"),
                offset(meta, "HeadersFrame"),
                offset(meta, "Fields"),
                offset(meta, "Truncated"),
                offset(headers, "FrameHeader", "Flags"),
                offset(headers, "FrameHeader", "StreamID"),
                fieldSize(parameter(signatures.writeHeader(), "hf")),
                offset(item, "streamID"),
                offset(item, "rst"),
                offset(item, "rstCode"));
    }

    /**
     * {@return how a client's own status is got; {@code null} if the program is no client, or one
     * that keeps it otherwise}
     */
    ClientEnd clientEnd() {
        try {
            GoSignature signature = signature(TransportFunction.CLIENT_END);
            if (signature == null) {
                return null;
            }
            GoType.Struct stream = target(parameter(signature, ClientEnd.STREAM));
            GoType.Struct status = target(parameter(signature, ClientEnd.STATUS));
            return ClientEnd.of(
                    abi,
                    signature,
                    // Newer ones have a stream of their own, with what both sides need in it.
                    has(stream, "id") ? offset(stream, "id") : offset(stream, "Stream", "id"),
                    offset(status, "s"),
                    offset(target(field(status, "s").type()), "Code"));
        } catch (UnknownLayout e) {
            // All else that ends a call is told without.
            return null;
        }
    }

    private static int serverPeer(GoType.Struct server) throws UnknownLayout {
        // Newer ones have a struct with the address and what is known of its rights.
        return has(server, "remoteAddr")
                ? offset(server, "remoteAddr")
                : offset(server, "peer", "Addr");
    }

    /** {@return what a function takes, {@code null} if the program does not have it} */
    private GoSignature signature(TransportFunction function) throws UnknownLayout {
        if (!functions.containsKey(function)) {
            return null;
        }
        Die entry = entries.get(functions.get(function));
        if (entry == null) {
            throw new UnknownLayout(MISSING + function.function());
        }
        GoSignature signature = GoSignature.of(entry);
        if (signature.parameters().isEmpty()) {
            throw new UnknownLayout(MISSING + "what " + function.function() + " is a method of");
        }
        String elsewhere = EntryPlaces.contradiction(abi.assign(signature), entry, machine);
        if (elsewhere != null) {
            throw new UnknownLayout(
                    "its debugging information has "
                            + elsewhere
                            + " of "
                            + function.function()
                            + " elsewhere than Go's convention");
        }
        return signature;
    }

    private static int fieldSize(GoType fields) throws UnknownLayout {
        if (fields instanceof GoType.Slice slice
                && slice.element().type().orElse(null) instanceof GoType.Struct element
                && offset(element, "Name") == 0
                && offset(element, "Value") == 2 * GoType.POINTER_SIZE) {
            return (int) element.size();
        }
        throw new UnknownLayout("its fields of headers are no slice of names and values");
    }

    private static GoType.Struct receiver(GoSignature signature) throws UnknownLayout {
        return target(signature.parameters().getFirst().type());
    }

    private static GoType parameter(GoSignature signature, String name) throws UnknownLayout {
        for (GoSignature.Parameter parameter : signature.parameters()) {
            if (parameter.name().equals(name)) {
                return parameter.type();
            }
        }
        throw new UnknownLayout(signature.name() + " has no parameter " + name);
    }

    private static GoType.Struct target(GoType type) throws UnknownLayout {
        if (type instanceof GoType.Pointer pointer
                && pointer.target().type().orElse(null) instanceof GoType.Struct struct) {
            return struct;
        }
        throw new UnknownLayout(MISSING + "what " + type.name() + " points to");
    }

    private static int offset(GoType.Struct struct, String... path) throws UnknownLayout {
        GoType.Struct in = struct;
        long offset = 0;
        for (int i = 0; i < path.length; i++) {
            GoType.Field field = field(in, path[i]);
            offset += field.offset();
            if (i < path.length - 1) {
                if (!(field.type() instanceof GoType.Struct inner)) {
                    throw new UnknownLayout(in.name() + "." + path[i] + " is no struct");
                }
                in = inner;
            }
        }
        return (int) offset;
    }

    private static boolean has(GoType.Struct struct, String name) {
        return struct.fields().stream().anyMatch(field -> field.name().equals(name));
    }

    private static GoType.Field field(GoType.Struct struct, String name) throws UnknownLayout {
        for (GoType.Field field : struct.fields()) {
            if (field.name().equals(name)) {
                return field;
            }
        }
        throw new UnknownLayout(struct.name() + " has no field " + name);
    }
}
