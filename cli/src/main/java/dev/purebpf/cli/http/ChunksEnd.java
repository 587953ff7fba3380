package dev.purebpf.cli.http;

/**
 * Looks for the end of a body whose chunks are no longer known: a line of zeros, fields, and a
 * blank line (RFC 9112, section 7.1). A body may have that inside; who looks asks for it at the end
 * of a piece, where it is nothing but the end unless somebody means to deceive.
 */
final class ChunksEnd {
    private enum Place {
        ELSEWHERE,
        LINE_ENDS,
        LINE,
        ZEROS,
        LAST_CHUNK_ENDS,
        FIELD_NAME_MAY_BEGIN,
        BLANK_LINE_ENDS,
        FIELD_NAME,
        FIELD_VALUE,
        FIELD_ENDS
    }

    private Place place = Place.ELSEWHERE;

    /** Begins after bytes that are not known: they may have been the end of a chunk. */
    void begin() {
        place = Place.LINE;
    }

    /** {@return whether the body may end after this next byte} */
    boolean isAfter(byte value) {
        boolean ends = place == Place.BLANK_LINE_ENDS && value == '\n';
        place = next(value);
        return ends;
    }

    private Place next(byte value) {
        switch (place) {
            case LINE_ENDS, BLANK_LINE_ENDS -> {
                if (value == '\n') {
                    return Place.LINE;
                }
            }
            case LAST_CHUNK_ENDS, FIELD_ENDS -> {
                if (value == '\n') {
                    return Place.FIELD_NAME_MAY_BEGIN;
                }
            }
            case LINE, ZEROS -> {
                if (value == '0') {
                    return Place.ZEROS;
                }
                if (value == '\r' && place == Place.ZEROS) {
                    return Place.LAST_CHUNK_ENDS;
                }
            }
            case FIELD_NAME_MAY_BEGIN, FIELD_NAME -> {
                if (value == '0' && place == Place.FIELD_NAME_MAY_BEGIN) {
                    // The line before was data, and no field has such a name.
                    return Place.ZEROS;
                }
                if (StartLine.isToken(value)) {
                    return Place.FIELD_NAME;
                }
                if (value == ':' && place == Place.FIELD_NAME) {
                    return Place.FIELD_VALUE;
                }
                if (value == '\r' && place == Place.FIELD_NAME_MAY_BEGIN) {
                    return Place.BLANK_LINE_ENDS;
                }
            }
            case FIELD_VALUE -> {
                return value == '\r' ? Place.FIELD_ENDS : Place.FIELD_VALUE;
            }
            default -> {}
        }
        return value == '\r' ? Place.LINE_ENDS : Place.ELSEWHERE;
    }
}
