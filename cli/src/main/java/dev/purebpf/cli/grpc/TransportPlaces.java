package dev.purebpf.cli.grpc;

import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.GoType;

import java.util.List;
import java.util.Optional;

/**
 * Where the functions of gRPC-Go get their parameters: numbers of registers in Go's order, or on
 * the stack, with {@link #ON_STACK}, what to add to the stack pointer.
 *
 * @param serverFrame the frame of {@link TransportFunction#SERVER_HEADERS}
 * @param clientFrame that of {@link TransportFunction#CLIENT_HEADERS}
 * @param stream the number of the stream of {@link TransportFunction#WRITE_HEADER}
 * @param end whether that ends the stream
 * @param fields the address of its fields
 * @param count their number
 * @param cleanup what {@link TransportFunction#CLEANUP} is about
 * @param receiver what each of them is a method of
 */
record TransportPlaces(
        int serverFrame,
        int clientFrame,
        int stream,
        int end,
        int fields,
        int count,
        int cleanup,
        int receiver) {
    /** As in {@code grpc.bpf.c}. */
    static final int ON_STACK = 0x1_0000;

    /** The names of parameters, as gRPC-Go has them. */
    static final String FRAME = "frame";

    /**
     * The signatures of the functions whose parameters are looked at.
     *
     * @param serverHeaders {@code null} in a program that is no server
     * @param clientHeaders {@code null} in a program that is no client
     */
    record Signatures(
            GoSignature serverHeaders,
            GoSignature clientHeaders,
            GoSignature writeHeader,
            GoSignature cleanup) {}

    /**
     * {@return where parameters are}
     *
     * @param abi how the program's functions get them
     * @param signatures what the functions take
     * @throws UnknownLayout if a parameter is missing
     */
    static TransportPlaces of(GoAbi abi, Signatures signatures) throws UnknownLayout {
        GoSignature write = signatures.writeHeader();
        return new TransportPlaces(
                place(abi, signatures.serverHeaders(), FRAME, 0),
                place(abi, signatures.clientHeaders(), FRAME, 0),
                place(abi, write, "streamID", 0),
                place(abi, write, "endStream", 0),
                place(abi, write, "hf", 0),
                place(abi, write, "hf", 1),
                place(abi, signatures.cleanup(), "c", 0),
                place(
                        abi,
                        signatures.cleanup(),
                        signatures.cleanup().parameters().getFirst().name(),
                        0));
    }

    /**
     * {@return where a parameter is; 0 of a function that the program does not have}
     *
     * @param name the parameter
     * @param word which of its words
     */
    static int place(GoAbi abi, GoSignature signature, String name, int word) throws UnknownLayout {
        if (signature == null) {
            return 0;
        }
        List<List<GoCall.Part>> all = abi.assign(signature).parameters();
        for (int i = 0; i < all.size(); i++) {
            if (signature.parameters().get(i).name().equals(name)) {
                List<GoCall.Part> parts = all.get(i);
                if (!parts.isEmpty() && parts.getFirst().place() == GoCall.Place.STACK) {
                    return ON_STACK | (int) parts.getFirst().number() + word * GoType.POINTER_SIZE;
                }
                if (word < parts.size()) {
                    return (int) parts.get(word).number();
                }
            }
        }
        throw new UnknownLayout(signature.name() + " has no parameter " + name);
    }

    /**
     * {@return the signatures of a version of gRPC-Go, as far as they matter}
     *
     * @param takesContext whether the server's function takes a context before the frame
     */
    static Signatures signatures(boolean takesContext) {
        GoSignature.Parameter receiver = pointer("t");
        GoSignature.Parameter frame = pointer(FRAME);
        GoSignature client = signature(receiver, frame);
        GoSignature server =
                takesContext
                        ? signature(
                                receiver,
                                new GoSignature.Parameter(
                                        "ctx", new GoType.Interface("context.Context", true)),
                                frame)
                        : client;
        return new Signatures(
                server,
                client,
                signature(
                        receiver,
                        new GoSignature.Parameter(
                                "streamID", new GoType.Scalar("uint32", GoType.Kind.UNSIGNED, 4)),
                        new GoSignature.Parameter(
                                "endStream", new GoType.Scalar("bool", GoType.Kind.BOOL, 1)),
                        new GoSignature.Parameter(
                                "hf", new GoType.Slice("[]hpack.HeaderField", Optional::empty))),
                signature(receiver, pointer("c")));
    }

    private static GoSignature signature(GoSignature.Parameter... parameters) {
        return new GoSignature("", List.of(parameters), List.of());
    }

    private static GoSignature.Parameter pointer(String name) {
        return new GoSignature.Parameter(
                name, new GoType.Pointer("", GoType.PointerKind.POINTER, Optional::empty));
    }

    /** {@return the numbers, in the order that the kernel's programs have} */
    int[] all() {
        return new int[] {serverFrame, clientFrame, stream, end, fields, count, cleanup, receiver};
    }
}
