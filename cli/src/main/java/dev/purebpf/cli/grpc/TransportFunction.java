package dev.purebpf.cli.grpc;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The functions of gRPC-Go that are probed, and the programs of {@code grpc.bpf.c} for them. In the
 * order in which they are attached: what ends a call before what begins one, so that none seems to
 * go on for ever; {@code enum function} there has the same numbers.
 */
enum TransportFunction {
    HANDLER("(*serverHandlerTransport).HandleStreams", "on_handled"),
    SERVER_CLOSE("(*http2Server).Close", "on_server_close"),
    CLIENT_CLOSE("(*http2Client).Close", "on_client_close"),
    CLIENT_END("(*http2Client).closeStream", "on_client_end"),
    CLEANUP("(*loopyWriter).cleanupStreamHandler", "on_cleanup"),
    CLIENT_HEADERS("(*http2Client).operateHeaders", "on_client_headers"),
    WRITE_HEADER("(*loopyWriter).writeHeader", "on_write"),
    SERVER_HEADERS("(*http2Server).operateHeaders", "on_server_headers");

    /** The package that all of them are in. */
    static final String PACKAGE = "google.golang.org/grpc/internal/transport";

    private static final Map<String, TransportFunction> BY_NAME =
            Arrays.stream(values())
                    .collect(Collectors.toMap(TransportFunction::function, Function.identity()));

    private final String function;
    private final String program;

    TransportFunction(String function, String program) {
        this.function = PACKAGE + "." + function;
        this.program = program;
    }

    /** {@return whether a function of a program is one of these} */
    static boolean isOne(String function) {
        return BY_NAME.containsKey(function);
    }

    /**
     * {@return the function of a name}
     *
     * @param function its full name, of one that {@link #isOne is one of these}
     */
    static TransportFunction of(String function) {
        return BY_NAME.get(function);
    }

    /** {@return its full name in the table of Go's functions} */
    String function() {
        return function;
    }

    /** {@return the name of the program in the kernel} */
    String program() {
        return program;
    }
}
