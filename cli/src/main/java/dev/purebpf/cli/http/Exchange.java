package dev.purebpf.cli.http;

/**
 * A request and its answer.
 *
 * @param peer the two ends and who runs ours
 * @param client whether ours asked, and did not answer
 * @param request {@code null} if it was not seen
 * @param response {@code null} if there was none, as far as could be seen
 * @param certain whether this is the answer to this request; not after others were not seen, from
 *     which an answer may be left over
 */
record Exchange(
        Peer peer, boolean client, HttpMessage request, HttpMessage response, boolean certain) {

    /** {@return when it began, in nanoseconds of the kernel's monotonic clock} */
    long began() {
        return request != null ? request.began() : response.began();
    }

    /**
     * {@return nanoseconds from the first byte of the request to the last of the answer; -1 if one
     * of them was not seen}
     */
    long latency() {
        return request == null || response == null
                ? -1
                : Math.max(0, response.ended() - request.began());
    }

    /** {@return whether something of it was not seen, or may belong to another exchange} */
    boolean isCut() {
        return !certain
                || request == null
                || request.isCut()
                || response == null
                || response.isCut();
    }
}
