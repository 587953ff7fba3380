package dev.purebpf.cli.session;

import java.time.Instant;
import java.util.TimeZone;

/**
 * Writes the kernel's monotonic time as the time of day. The digits down to the second are made
 * once a second, those of the fraction each time. Not thread-safe.
 */
public final class WallClock {
    private static final long SECOND = 1_000_000_000L;
    private static final long DAY = 86_400;

    /** What to add to CLOCK_MONOTONIC to get nanoseconds since 1970. */
    private final long offset;

    /** {@code null} for date and time in UTC. */
    private final TimeZone zone;

    private final ByteText prefix = new ByteText(32);
    private long prefixSecond = Long.MIN_VALUE;

    private WallClock(long offset, TimeZone zone) {
        this.offset = offset;
        this.zone = zone;
    }

    /**
     * {@return a clock for people, which writes the time of day: {@code 12:34:56.789012}}
     *
     * @param offset nanoseconds from 1970 to the zero of CLOCK_MONOTONIC
     * @param zone where the people are
     */
    public static WallClock timeOfDay(long offset, TimeZone zone) {
        return new WallClock(offset, zone);
    }

    /**
     * {@return a clock for programs, which writes date and time: {@code
     * 2026-01-31T12:34:56.789012345Z}}
     *
     * @param offset nanoseconds from 1970 to the zero of CLOCK_MONOTONIC
     */
    public static WallClock instant(long offset) {
        return new WallClock(offset, null);
    }

    /** {@return a clock for people here: {@link #timeOfDay(long, TimeZone)}} */
    public static WallClock timeOfDay() {
        return timeOfDay(machineOffset(), TimeZone.getDefault());
    }

    /** {@return a clock for programs here: {@link #instant(long)}} */
    public static WallClock instant() {
        return instant(machineOffset());
    }

    /** {@return nanoseconds from 1970 to the zero of this machine's CLOCK_MONOTONIC} */
    public static long machineOffset() {
        // System.nanoTime reads CLOCK_MONOTONIC on Linux.
        Instant now = Instant.now();
        return now.getEpochSecond() * SECOND + now.getNano() - System.nanoTime();
    }

    /**
     * Appends a time.
     *
     * @param monotonic a reading of CLOCK_MONOTONIC in nanoseconds
     * @param to where it is appended
     */
    public void append(long monotonic, ByteText to) {
        long now = monotonic + offset;
        long second = Math.floorDiv(now, SECOND);
        if (second != prefixSecond) {
            prefix.clear();
            // Looked up each second: summer time may begin at any.
            long local = zone == null ? second : second + zone.getOffset(second * 1000) / 1000;
            if (zone == null) {
                date(Math.floorDiv(second, DAY));
            }
            time(Math.floorMod(local, DAY));
            prefixSecond = second;
        }
        to.append(prefix.bytes(), prefix.length());
        long fraction = Math.floorMod(now, SECOND);
        if (zone == null) {
            to.padded(fraction, 9).append('Z');
        } else {
            to.padded(fraction / 1000, 6);
        }
    }

    private void time(long second) {
        prefix.padded(second / 3600, 2).append(':');
        prefix.padded(second / 60 % 60, 2).append(':');
        prefix.padded(second % 60, 2).append('.');
    }

    /** From days since 1970, counting years from March, so that the leap day comes last. */
    private void date(long days) {
        long day = days + 719_468;
        long era = Math.floorDiv(day, 146_097L);
        long dayOfEra = day - era * 146_097;
        long yearOfEra =
                (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long shifted = (5 * dayOfYear + 2) / 153;
        long month = shifted < 10 ? shifted + 3 : shifted - 9;
        prefix.padded(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4).append('-');
        prefix.padded(month, 2).append('-');
        prefix.padded(dayOfYear - (153 * shifted + 2) / 5 + 1, 2).append('T');
    }
}
