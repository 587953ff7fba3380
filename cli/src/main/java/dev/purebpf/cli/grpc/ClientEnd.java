package dev.purebpf.cli.grpc;

import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoSignature;

/**
 * How {@link TransportFunction#CLIENT_END} gets the status that a client gives a call of its own:
 * of one that was cancelled, took too long or lost its connection nobody sends one. Where a status
 * keeps its code differs by the version of what is generated from {@code google.rpc.Status}, which
 * is another module than gRPC.
 *
 * @param stream the place of the stream
 * @param reset that of whether the other end is told
 * @param code that of the error code of HTTP/2 which it is told
 * @param status that of the status
 * @param streamNumber where a stream has its number, in bytes
 * @param statusContent where a status refers to its content
 * @param contentCode where that has the code of gRPC
 */
record ClientEnd(
        int stream,
        int reset,
        int code,
        int status,
        int streamNumber,
        int statusContent,
        int contentCode) {
    /** The names of parameters, as gRPC-Go has them. */
    static final String STREAM = "s";

    /** The parameter with the status. */
    static final String STATUS = "st";

    /** How many numbers the kernel is told. */
    static final int COUNT = 8;

    /**
     * {@return how to get it}
     *
     * @param abi how the program's functions get their parameters
     * @param signature what the function takes
     * @param streamNumber where a stream has its number
     * @param statusContent where a status refers to its content
     * @param contentCode where that has the code
     * @throws UnknownLayout if a parameter is missing
     */
    static ClientEnd of(
            GoAbi abi, GoSignature signature, int streamNumber, int statusContent, int contentCode)
            throws UnknownLayout {
        return new ClientEnd(
                TransportPlaces.place(abi, signature, STREAM, 0),
                TransportPlaces.place(abi, signature, "rst", 0),
                TransportPlaces.place(abi, signature, "rstCode", 0),
                TransportPlaces.place(abi, signature, STATUS, 0),
                streamNumber,
                statusContent,
                contentCode);
    }

    /**
     * {@return the numbers, in the order that the kernel's programs have}
     *
     * @param end {@code null} if it is not known
     */
    static int[] numbers(ClientEnd end) {
        if (end == null) {
            return new int[COUNT];
        }
        return new int[] {
            1,
            end.stream,
            end.reset,
            end.code,
            end.status,
            end.streamNumber,
            end.statusContent,
            end.contentCode
        };
    }
}
