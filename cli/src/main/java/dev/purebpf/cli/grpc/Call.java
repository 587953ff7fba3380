package dev.purebpf.cli.grpc;

import dev.purebpf.cli.session.PeerAddress;

/**
 * A call: a stream of a connection, from its request's headers to its end.
 *
 * @param pid the process at our end
 * @param command its name
 * @param connection the number of the connection in that process
 * @param stream its number in the connection
 * @param client whether ours called, and did not serve
 * @param peer the other end; {@code null} if it is not known
 * @param request what it began with; {@code null} if that was not seen
 * @param headers the headers of the answer; {@code null} if there were none before the end, or they
 *     were not seen
 * @param trailers what it ended with; {@code null} if it ended otherwise
 * @param ended when it ended, in nanoseconds of the kernel's monotonic clock; -1 if it did not
 * @param reset the error code of HTTP/2 with which our end ended it; -1 if it did not
 * @param ownStatus the code of the status that our end, a client, gave it when none came; -1 if one
 *     did, or it is not known
 * @param isCut whether something of it was not seen
 */
record Call(
        int pid,
        String command,
        long connection,
        int stream,
        boolean client,
        PeerAddress peer,
        HeaderBlock request,
        HeaderBlock headers,
        HeaderBlock trailers,
        long ended,
        int reset,
        int ownStatus,
        boolean isCut) {
    private static final String STATUS = "grpc-status";

    /** {@return when it began, or, if that was not seen, when its answer came} */
    long began() {
        if (request != null) {
            return request.time();
        }
        return headers != null ? headers.time() : ended;
    }

    /** {@return the method that was called, as {@code /service/method}; {@code null} if unknown} */
    String path() {
        return request == null ? null : request.value(":path");
    }

    /** {@return what it ended with by name; {@code null} if it has no status} */
    String status() {
        if (trailers == null) {
            return ownStatus < 0 ? null : StatusCode.name(Integer.toString(ownStatus));
        }
        String code = trailers.value(STATUS);
        if (code != null) {
            return StatusCode.name(code);
        }
        // What is no gRPC answers with the status of HTTP alone.
        String http = trailers.value(":status");
        return http == null ? null : "HTTP/" + http;
    }

    /** {@return the number of the status; -1 if it has none} */
    int statusCode() {
        if (trailers == null) {
            return ownStatus;
        }
        String code = trailers.value(STATUS);
        return code == null ? -1 : StatusCode.number(code);
    }

    /** {@return the text of the status; {@code null} if it has none} */
    String message() {
        String sent = trailers == null ? null : trailers.value("grpc-message");
        return sent == null ? null : StatusCode.message(sent);
    }

    /** {@return whether it ended without an answer} */
    boolean isReset() {
        return trailers == null && ended >= 0;
    }

    /** {@return whether it had not ended when the tracing did} */
    boolean isOpen() {
        return trailers == null && ended < 0;
    }

    /** {@return nanoseconds from its beginning to its end; -1 if one of them was not seen} */
    long latency() {
        return request == null || ended < 0 ? -1 : Math.max(0, ended - request.time());
    }
}
