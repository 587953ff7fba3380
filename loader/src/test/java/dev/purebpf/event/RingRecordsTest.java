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
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** The rules of libbpf-behaviour, section 9, on simulated memory. */
class RingRecordsTest {
    private final Arena arena = Arena.ofAuto();
    private final SimulatedRing ring = new SimulatedRing(arena, 4096);
    private final List<byte[]> taken = new ArrayList<>();
    private final RingRecords records =
            ring.reader(
                    (data, offset, length) ->
                            taken.add(data.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));

    @Test
    void recordsComeInOrderAndTheirRoomIsFreed() {
        ring.put((byte) 1);
        ring.put();
        ring.put((byte) 2, (byte) 3);
        assertEquals(3, records.read(0));
        assertArrayEquals(new byte[] {1}, taken.get(0));
        assertArrayEquals(new byte[0], taken.get(1));
        assertArrayEquals(new byte[] {2, 3}, taken.get(2));
        assertEquals(ring.produced(), ring.consumed());
        assertEquals(0, records.read(0));
    }

    @Test
    void aBusyRecordStopsTheReaderAlthoughLaterOnesAreCommitted() {
        ring.put((byte) 1);
        long busy = ring.reserve(1);
        ring.put((byte) 3);
        assertEquals(1, records.read(0));
        assertEquals(busy, ring.consumed());
        ring.set(busy, 0, (byte) 2);
        ring.commit(busy, 1);
        assertEquals(2, records.read(0));
        assertEquals(3, taken.get(2)[0]);
    }

    @Test
    void aDiscardedRecordIsSkippedAndNotCounted() {
        ring.put((byte) 1);
        ring.discard(ring.reserve(100), 100);
        ring.put((byte) 2);
        assertEquals(2, records.read(0));
        assertEquals(ring.produced(), ring.consumed());
    }

    @Test
    void aBusyRecordThatIsAlsoDiscardedIsStillBusy() {
        long busy = ring.reserve(8);
        ring.header(busy, 8 | SimulatedRing.BUSY | SimulatedRing.DISCARD);
        assertEquals(0, records.read(0));
        assertEquals(busy, ring.consumed());
    }

    @Test
    void aRecordAcrossTheEndIsInOnePiece() {
        ring.at(4096 - 16);
        byte[] bytes = new byte[100];
        new Random(1).nextBytes(bytes);
        ring.put(bytes);
        assertEquals(1, records.read(0));
        assertArrayEquals(bytes, taken.getFirst());
    }

    @Test
    void theRoomOfEachRecordIsFreedBeforeTheNextIsHandled() {
        List<Long> seen = new ArrayList<>();
        RingRecords reader = ring.reader((_, _, _) -> seen.add(ring.consumed()));
        ring.put((byte) 1);
        ring.put((byte) 2);
        assertEquals(2, reader.read(0));
        assertEquals(List.of(0L, 16L), seen);
    }

    @Test
    void aRecordWhoseHandlerThrowsCountsAsTaken() {
        RingRecords reader =
                ring.reader(
                        (data, offset, _) -> {
                            byte first = data.get(ValueLayout.JAVA_BYTE, offset);
                            taken.add(new byte[] {first});
                            if (first == 1) {
                                throw new IllegalArgumentException("one");
                            }
                        });
        ring.put((byte) 1);
        ring.put((byte) 2);
        assertThrows(IllegalArgumentException.class, () -> reader.read(0));
        assertEquals(16, ring.consumed());
        assertEquals(1, reader.read(0));
        assertEquals(2, taken.size());
    }

    @Test
    void aStoppedReaderLeavesTheRest() {
        boolean[] stopped = {false};
        RingRecords reader = ring.reader((_, _, _) -> stopped[0] = true, () -> stopped[0]);
        ring.put((byte) 1);
        ring.put((byte) 2);
        assertEquals(1, reader.read(0));
        assertEquals(16, ring.consumed());
    }

    @Test
    void theHandlerCannotWriteToTheRing() {
        RingRecords reader =
                ring.reader((data, offset, _) -> data.set(ValueLayout.JAVA_BYTE, offset, (byte) 1));
        ring.put((byte) 1);
        assertThrows(IllegalArgumentException.class, () -> reader.read(0));
    }

    @Test
    @Timeout(20)
    void aReadEndsThoughTheProducerNeverDoes() {
        RingRecords reader = ring.reader((_, _, _) -> ring.put((byte) 1));
        ring.put((byte) 1);
        assertEquals(4096 / 16, reader.read(0));
    }

    @Test
    void positionsBeyond32BitsAreOrdinary() {
        ring.at((1L << 40) + 4088);
        for (int i = 0; i < 1000; i++) {
            assertTrue(ring.put((byte) i));
            assertEquals(1, records.read(0));
        }
        assertEquals(1000, taken.size());
    }

    @Test
    void positionsThatCannotBeAreRefused() {
        ring.consumed(8);
        assertRefused();
        ring.at(0).produced(4104);
        assertRefused();
        ring.at(3).produced(16);
        assertRefused();
        ring.at(0).produced(Long.MIN_VALUE);
        assertRefused();
    }

    private void assertRefused() {
        var e = assertThrows(IllegalStateException.class, () -> records.read(0));
        assertTrue(e.getMessage().startsWith("ring buffer r is corrupt"), e.getMessage());
    }

    @Property(tries = 10_000)
    void anyLengthIsHandledOrRefused(
            @ForAll int header,
            @ForAll @IntRange(max = 512) int produced,
            @ForAll @IntRange(max = 511) int start) {
        try (Arena own = Arena.ofConfined()) {
            SimulatedRing hostile = new SimulatedRing(own, 4096).at(start * 8L);
            int[] longest = {0};
            RingRecords reader =
                    hostile.reader(
                            (data, offset, length) -> {
                                data.asSlice(offset, length);
                                longest[0] = Math.max(longest[0], length);
                            });
            hostile.header(start * 8L, header);
            hostile.produced(start * 8L + produced * 8L);
            try {
                reader.read(0);
                assertTrue(longest[0] <= 4088);
            } catch (IllegalStateException e) {
                assertTrue(e.getMessage().contains("corrupt"));
            }
        }
    }

    @Property(tries = 300)
    void whateverIsPutComesOut(@ForAll long seed) {
        try (Arena own = Arena.ofConfined()) {
            Random random = new Random(seed);
            SimulatedRing any = new SimulatedRing(own, 4096).at(random.nextLong(1L << 50) & ~7);
            Deque<byte[]> expected = new ArrayDeque<>();
            RingRecords reader =
                    any.reader(
                            (data, offset, length) ->
                                    assertArrayEquals(
                                            expected.removeFirst(),
                                            data.asSlice(offset, length)
                                                    .toArray(ValueLayout.JAVA_BYTE)));
            for (int i = 0; i < 300; i++) {
                byte[] bytes = new byte[random.nextInt(700)];
                random.nextBytes(bytes);
                switch (random.nextInt(4)) {
                    case 0 -> reader.read(0);
                    case 1 -> {
                        long position = any.reserve(bytes.length);
                        if (position >= 0) {
                            any.discard(position, bytes.length);
                        }
                    }
                    default -> {
                        if (any.put(bytes)) {
                            expected.add(bytes);
                        }
                    }
                }
            }
            reader.read(0);
            assertTrue(expected.isEmpty());
            assertEquals(any.produced(), any.consumed());
        }
    }

    @Test
    @Timeout(60)
    void aProducerOnAnotherThreadIsReadWithoutLossOrTear() throws Exception {
        int total = 1_000_000;
        long[] next = {0};
        RingRecords reader =
                ring.reader(
                        (data, offset, length) -> {
                            assertEquals(16, length);
                            assertEquals(next[0]++, data.get(ValueLayout.JAVA_LONG, offset));
                        });
        Thread producer =
                new Thread(
                        () -> {
                            for (long i = 0; i < total; i++) {
                                long position = ring.reserve(16);
                                while (position < 0) {
                                    Thread.onSpinWait();
                                    position = ring.reserve(16);
                                }
                                ring.setLong(position, i);
                                ring.commit(position, 16);
                            }
                        });
        producer.start();
        while (next[0] < total) {
            if (reader.read(0) == 0) {
                Thread.onSpinWait();
            }
        }
        producer.join();
    }

    @Test
    void aMillionRecordsAllocateNothing() {
        long[] sum = {0};
        RingRecords reader =
                ring.reader((data, offset, _) -> sum[0] += data.get(ValueLayout.JAVA_LONG, offset));
        long position = 0;
        for (int i = 0; i < 256; i++) {
            position = ring.reserve(8);
            ring.setLong(position, i);
            ring.commit(position, 8);
        }
        long end = position + 16;
        long allocated =
                AllocatedBytes.of(
                        () -> {
                            for (int i = 0; i < 4000; i++) {
                                ring.consumed(0);
                                ring.produced(end);
                                if (reader.read(0) != 256) {
                                    throw new AssertionError();
                                }
                            }
                        });
        assertEquals(0, allocated, "bytes for " + 4000 * 256 + " records");
    }
}
