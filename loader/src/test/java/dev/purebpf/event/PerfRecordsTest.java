package dev.purebpf.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.kernel.AllocatedBytes;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class PerfRecordsTest {
    private static final int SIZE = 4096;
    private static final int LOST = 2;
    private static final int SAMPLE = 9;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment control = arena.allocate(4096, 8);
    private final MemorySegment data = arena.allocate(SIZE, 8);
    private final MemorySegment scratch = arena.allocate(PerfRecords.LARGEST, 8);
    private final List<byte[]> taken = new ArrayList<>();
    private final PerfRecords records =
            reader(
                    (memory, offset, length) ->
                            taken.add(
                                    memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));

    private PerfRecords reader(EventHandler handler) {
        return new PerfRecords(
                control, data.asReadOnly(), scratch, handler, () -> false, "perf buffer p");
    }

    private long head() {
        return control.get(ValueLayout.JAVA_LONG, 1024);
    }

    private long tail() {
        return control.get(ValueLayout.JAVA_LONG, 1032);
    }

    private void at(long position) {
        control.set(ValueLayout.JAVA_LONG, 1024, position);
        control.set(ValueLayout.JAVA_LONG, 1032, position);
    }

    /** Writes a record byte for byte, so that it wraps wherever it comes to the end. */
    private void put(int type, int size, byte[] body) {
        MemorySegment record = arena.allocate(Math.max(size, 8 + body.length), 8);
        record.set(ValueLayout.JAVA_INT, 0, type);
        record.set(ValueLayout.JAVA_SHORT, 6, (short) size);
        MemorySegment.copy(body, 0, record, ValueLayout.JAVA_BYTE, 8, body.length);
        long head = head();
        for (int i = 0; i < size; i++) {
            data.set(
                    ValueLayout.JAVA_BYTE,
                    head + i & SIZE - 1,
                    record.get(ValueLayout.JAVA_BYTE, i));
        }
        control.set(ValueLayout.JAVA_LONG, 1024, head + size);
    }

    private void sample(byte... bytes) {
        // The kernel pads so that the length word and the bytes together are a multiple of 8.
        int padded = (bytes.length + 4 + 7) / 8 * 8 - 4;
        byte[] body = new byte[4 + padded];
        MemorySegment.ofArray(body).set(ValueLayout.JAVA_INT_UNALIGNED, 0, padded);
        System.arraycopy(bytes, 0, body, 4, bytes.length);
        put(SAMPLE, 8 + body.length, body);
    }

    private void lost(long count) {
        byte[] body = new byte[16];
        MemorySegment.ofArray(body).set(ValueLayout.JAVA_LONG_UNALIGNED, 8, count);
        put(LOST, 24, body);
    }

    @Test
    void samplesComeInOrderAndTheirRoomIsFreed() {
        sample((byte) 1);
        sample((byte) 2, (byte) 3);
        assertEquals(2, records.read());
        assertArrayEquals(new byte[] {1, 0, 0, 0}, taken.get(0));
        assertArrayEquals(new byte[] {2, 3, 0, 0}, taken.get(1));
        assertEquals(head(), tail());
        assertEquals(0, records.read());
    }

    @Test
    void lostRecordsAreCounted() {
        sample((byte) 1);
        lost(7);
        sample((byte) 2);
        lost(3_000_000_000L);
        assertEquals(2, records.read());
        assertEquals(3_000_000_007L, records.lost());
    }

    @Test
    void aRecordAcrossTheEndIsPutTogether() {
        byte[] bytes = new byte[300];
        new Random(1).nextBytes(bytes);
        at(SIZE - 104);
        sample(bytes);
        lost(1);
        assertEquals(1, records.read());
        assertArrayEquals(bytes, Arrays.copyOf(taken.getFirst(), 300));
        assertEquals(1, records.lost());
    }

    @Test
    void theRoomIsFreedOnceABatch() {
        List<Long> seen = new ArrayList<>();
        PerfRecords reader = reader((_, _, _) -> seen.add(tail()));
        sample((byte) 1);
        sample((byte) 2);
        reader.read();
        assertEquals(List.of(0L, 0L), seen);
        assertEquals(head(), tail());
    }

    @Test
    void aRecordWhoseHandlerThrowsCountsAsTaken() {
        PerfRecords reader =
                reader(
                        (_, _, _) -> {
                            throw new IllegalArgumentException();
                        });
        sample((byte) 1);
        sample((byte) 2);
        assertThrows(IllegalArgumentException.class, reader::read);
        assertEquals(16, tail());
        assertEquals(1, records.read());
        assertEquals(2, taken.getFirst()[0]);
    }

    @Test
    void aRecordOfUnknownTypeIsAnErrorAndTheNextReadGoesOn() {
        put(77, 16, new byte[8]);
        sample((byte) 2);
        assertRefused("type 77");
        assertEquals(1, records.read());
    }

    @Test
    void aSampleLongerThanItsRecordIsAnError() {
        byte[] body = new byte[8];
        MemorySegment.ofArray(body).set(ValueLayout.JAVA_INT_UNALIGNED, 0, 5);
        put(SAMPLE, 16, body);
        assertRefused("length of 5");
    }

    @Test
    void sizesAndPositionsThatCannotBeAreErrors() {
        put(SAMPLE, 0, new byte[0]);
        control.set(ValueLayout.JAVA_LONG, 1024, 16);
        assertRefused("size of 0");
        control.set(ValueLayout.JAVA_LONG, 1024, SIZE + 8);
        assertRefused("written up to");
        control.set(ValueLayout.JAVA_LONG, 1024, -8);
        assertRefused("written up to");
    }

    private void assertRefused(String how) {
        var e = assertThrows(IllegalStateException.class, records::read);
        assertTrue(e.getMessage().startsWith("perf buffer p is corrupt"), e.getMessage());
        assertTrue(e.getMessage().contains(how), e.getMessage());
    }

    @Property(tries = 5000)
    void anyBytesAreHandledOrRefused(
            @ForAll long seed,
            @ForAll @IntRange(max = 512) int words,
            @ForAll @IntRange(max = 511) int start) {
        Random random = new Random(seed);
        byte[] bytes = new byte[SIZE];
        random.nextBytes(bytes);
        // Mostly zeroes and small numbers, or hardly any header would be believed.
        for (int i = 0; i < SIZE; i++) {
            bytes[i] = (byte) (random.nextInt(3) == 0 ? bytes[i] & 25 : 0);
        }
        MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, SIZE);
        at(start * 8L);
        control.set(ValueLayout.JAVA_LONG, 1024, (start + words) * 8L);
        try {
            records.read();
            assertEquals(head(), tail());
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage().contains("corrupt"));
            assertTrue(tail() <= head());
        }
    }

    @Test
    void aMillionRecordsAllocateNothing() {
        long[] sum = {0};
        PerfRecords reader =
                reader((memory, offset, _) -> sum[0] += memory.get(ValueLayout.JAVA_INT, offset));
        at(SIZE - 8);
        for (int i = 0; i < 255; i++) {
            sample((byte) i);
        }
        long end = head();
        long allocated =
                AllocatedBytes.of(
                        () -> {
                            for (int i = 0; i < 4000; i++) {
                                at(SIZE - 8);
                                control.set(ValueLayout.JAVA_LONG, 1024, end);
                                if (reader.read() != 255) {
                                    throw new AssertionError();
                                }
                            }
                        });
        assertEquals(0, allocated);
    }
}
