package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.TimeZone;

class WallClockTest {
    private static final long YEAR_2200 = 7_258_118_400L;

    @Property
    void datesAreThoseOfJava(
            @ForAll @LongRange(min = 0, max = YEAR_2200) long seconds,
            @ForAll @LongRange(min = 0, max = 999_999_999) long nanoseconds) {
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'")
                        .withZone(ZoneId.of("UTC"));
        assertEquals(
                format.format(Instant.ofEpochSecond(seconds, nanoseconds)),
                read(WallClock.instant(0), seconds * 1_000_000_000 + nanoseconds));
    }

    @Property(tries = 200)
    void timesOfDayAreThoseOfTheZone(@ForAll @LongRange(min = 0, max = YEAR_2200) long seconds) {
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").withZone(ZoneId.of("Asia/Kolkata"));
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("Asia/Kolkata"));
        assertEquals(
                format.format(Instant.ofEpochSecond(seconds, 12_345_678)),
                read(clock, seconds * 1_000_000_000 + 12_345_678));
    }

    @Example
    void summerTimeBeginsWhileTracing() {
        WallClock clock = WallClock.timeOfDay(0, TimeZone.getTimeZone("Europe/Berlin"));
        long begins = Instant.parse("2026-03-29T01:00:00Z").getEpochSecond() * 1_000_000_000;
        assertEquals("01:59:59.999999", read(clock, begins - 1));
        assertEquals("03:00:00.000000", read(clock, begins));
    }

    @Example
    void theMachinesClockIsNow() {
        String before = Instant.now().minusMillis(5).toString();
        String shown = read(WallClock.instant(WallClock.machineOffset()), System.nanoTime());
        String after = Instant.now().plusMillis(5).toString();
        assertTrue(before.compareTo(shown) < 0, before + " < " + shown);
        assertTrue(shown.compareTo(after) < 0, shown + " < " + after);
    }

    private static String read(WallClock clock, long monotonic) {
        ByteText text = new ByteText(40);
        clock.append(monotonic, text);
        return text.toString();
    }
}
