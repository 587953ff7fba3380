package dev.purebpf.cli.grpc;

/**
 * What was not seen: because it came too fast, or went another way.
 *
 * @param events header blocks and ends
 * @param requests those of them that began a call: it is told without
 * @param calls those of them that ended a call: it is not told
 * @param notFollowed processes that should have been watched
 * @param handled calls that net/http served
 */
record Loss(long events, long requests, long calls, long notFollowed, long handled) {

    boolean isNothing() {
        return events == 0 && notFollowed == 0 && handled == 0;
    }
}
