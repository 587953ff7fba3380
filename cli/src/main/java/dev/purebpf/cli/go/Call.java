package dev.purebpf.cli.go;

/**
 * A call of a function: how it began, how it ended, or both.
 *
 * @param begun where it began; {@code null} if that was not seen
 * @param beginning the event of that
 * @param ended where it ended; {@code null} if that was not seen, or nobody asked for it
 * @param end the event of that
 */
record Call(Place begun, GoEvent beginning, Place ended, GoEvent end) {
    private static final long IN_PAGE = 0xfff;

    GoFunction function() {
        return begun == null ? ended.function() : begun.function();
    }

    /** {@return the event that tells who called} */
    GoEvent first() {
        return beginning == null ? end : beginning;
    }

    /** {@return what addresses in the process are greater than those in the file by} */
    long bias() {
        Place place = begun == null ? ended : begun;
        // Files are mapped by pages: the low bits tell which of the instructions it was.
        for (long address : place.addresses()) {
            long bias = first().address() - address;
            if ((bias & IN_PAGE) == 0) {
                return bias;
            }
        }
        return 0;
    }
}
