package dev.purebpf.cli.http;

/**
 * What was not seen.
 *
 * @param pieces buffers that were read or written, and came too fast
 * @param requests those of them that began a request: its exchange is told without
 * @param responses those of them that began an answer: its exchange is not told
 * @param notFollowed processes that should have been watched
 * @param skipped calls of any process that the kernel did not tell of, since it was telling of
 *     another on that processor
 * @param unseen how often bytes of a followed connection passed that nothing tells of, as TCP's own
 *     count of them shows
 * @param givenUp connections that were followed no further in the middle of an exchange, for want
 *     of memory
 */
record Loss(
        long pieces,
        long requests,
        long responses,
        long notFollowed,
        long skipped,
        long unseen,
        long givenUp) {

    boolean isNothing() {
        return pieces == 0 && notFollowed == 0 && skipped == 0 && unseen == 0 && givenUp == 0;
    }
}
