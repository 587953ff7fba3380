package dev.purebpf.cli.grpc;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where gRPC-Go and the HTTP/2 that it uses keep things, in bytes from the beginning of each
 * struct. It differs by their versions, not by that of Go.
 *
 * @param serverFramer {@code http2Server.framer}
 * @param serverPeer the {@code net.Addr} of the peer in {@code http2Server}
 * @param clientFramer {@code http2Client.framer}
 * @param clientPeer {@code http2Client.remoteAddr}
 * @param writerFramer {@code loopyWriter.framer}
 * @param writerSide {@code loopyWriter.side}
 * @param metaHeaders {@code http2.MetaHeadersFrame.HeadersFrame}
 * @param metaFields {@code http2.MetaHeadersFrame.Fields}
 * @param metaTruncated {@code http2.MetaHeadersFrame.Truncated}
 * @param headerFlags {@code http2.FrameHeader.Flags} in {@code http2.HeadersFrame}
 * @param headerStream {@code http2.FrameHeader.StreamID} there
 * @param fieldSize the size of {@code hpack.HeaderField}
 * @param cleanupStream {@code cleanupStream.streamID}
 * @param cleanupReset {@code cleanupStream.rst}
 * @param cleanupCode {@code cleanupStream.rstCode}
 */
record TransportOffsets(
        int serverFramer,
        int serverPeer,
        int clientFramer,
        int clientPeer,
        int writerFramer,
        int writerSide,
        int metaHeaders,
        int metaFields,
        int metaTruncated,
        int headerFlags,
        int headerStream,
        int fieldSize,
        int cleanupStream,
        int cleanupReset,
        int cleanupCode) {
    /** How many there are. */
    static final int COUNT = 15;

    /** {@return what numbers say, which are in the order of the components} */
    static TransportOffsets of(int... all) {
        if (all.length != COUNT) {
            throw new IllegalArgumentException(all.length + " numbers, not " + COUNT);
        }
        return new TransportOffsets(
                all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8], all[9],
                all[10], all[11], all[12], all[13], all[14]);
    }

    /** {@return the numbers, in the order of the components, which is that of the kernel's} */
    int[] all() {
        return new int[] {
            serverFramer,
            serverPeer,
            clientFramer,
            clientPeer,
            writerFramer,
            writerSide,
            metaHeaders,
            metaFields,
            metaTruncated,
            headerFlags,
            headerStream,
            fieldSize,
            cleanupStream,
            cleanupReset,
            cleanupCode
        };
    }

    /** {@return the numbers with spaces between them} */
    @Override
    public String toString() {
        return IntStream.of(all()).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    /** {@return what {@link #toString} wrote} */
    static TransportOffsets parse(String text) {
        return of(Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray());
    }
}
