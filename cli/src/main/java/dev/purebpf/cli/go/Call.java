package dev.purebpf.cli.go;

/**
 * A call of a function: how it began, how it ended, or both. One object serves one call after the
 * other, so that telling them allocates nothing.
 */
final class Call {
    private static final long IN_PAGE = 0xfff;

    private Place begun;
    private GoEvent beginning;
    private Place ended;
    private GoEvent end;

    /**
     * Is another call from now on.
     *
     * @param begun where it began; {@code null} if that was not seen
     * @param beginning the event of that
     * @param ended where it ended; {@code null} if that was not seen, or nobody asked for it
     * @param end the event of that
     * @return this
     */
    Call set(Place begun, GoEvent beginning, Place ended, GoEvent end) {
        this.begun = begun;
        this.beginning = beginning;
        this.ended = ended;
        this.end = end;
        return this;
    }

    /** {@return where it began; {@code null} if that was not seen} */
    Place begun() {
        return begun;
    }

    /** {@return the event of that} */
    GoEvent beginning() {
        return beginning;
    }

    /** {@return where it ended; {@code null} if that was not seen, or nobody asked for it} */
    Place ended() {
        return ended;
    }

    /** {@return the event of that} */
    GoEvent end() {
        return end;
    }

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
        for (int i = 0; i < place.addresses().size(); i++) {
            long bias = first().address() - place.addresses().get(i);
            if ((bias & IN_PAGE) == 0) {
                return bias;
            }
        }
        return 0;
    }
}
