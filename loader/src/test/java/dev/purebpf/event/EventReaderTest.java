package dev.purebpf.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Epoll;
import dev.purebpf.kernel.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Who may read, wait and close when; on a real epoll, which needs no privilege. */
@ExtendWith(LeakCheck.class)
@Timeout(30)
class EventReaderTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final AtomicInteger releases = new AtomicInteger();
    private EventReader reader;

    @BeforeEach
    void open() {
        var epoll = new Epoll(Kernel.host(), 1);
        reader = new EventReader(epoll, "buffer b", releases::incrementAndGet);
    }

    @AfterEach
    void close() {
        reader.close();
        assertEquals(1, releases.get());
    }

    @Test
    void readsBeforeItWaits() {
        assertEquals(3, reader.poll(LONG, _ -> 3));
    }

    @Test
    void waitsNoLongerThanAskedFor() {
        long start = System.nanoTime();
        assertEquals(0, reader.poll(Duration.ofMillis(20), _ -> 0));
        assertTrue(System.nanoTime() - start >= 20_000_000);
        assertEquals(0, reader.poll(Duration.ZERO, _ -> 0));
    }

    @Test
    void readsOnceMoreWhenTimeIsUp() {
        // A record whose wake-up was suppressed is found although nothing rang.
        int[] reads = {0};
        assertEquals(1, reader.poll(Duration.ofMillis(5), _ -> reads[0]++ == 0 ? 0 : 1));
    }

    @Test
    void pollingAfterTheCloseIsAnException() {
        reader.close();
        reader.close();
        var e = assertThrows(IllegalStateException.class, () -> reader.poll(LONG, _ -> 1));
        assertEquals("buffer b is closed", e.getMessage());
    }

    @Test
    void closingWakesTheThreadThatWaits() throws Exception {
        var result = new AtomicInteger(-1);
        var waiting = new CountDownLatch(1);
        Thread poller =
                new Thread(
                        () ->
                                result.set(
                                        reader.poll(
                                                LONG,
                                                _ -> {
                                                    waiting.countDown();
                                                    return 0;
                                                })));
        poller.start();
        waiting.await();
        reader.close();
        assertEquals(1, releases.get());
        poller.join();
        assertEquals(0, result.get());
    }

    @Test
    void afterTheCloseNoHandlerRunsAnyMore() throws Exception {
        var inHandler = new CountDownLatch(1);
        var leave = new CountDownLatch(1);
        var handling = new AtomicReference<>(true);
        Thread poller =
                new Thread(
                        () ->
                                reader.poll(
                                        LONG,
                                        _ -> {
                                            inHandler.countDown();
                                            await(leave);
                                            handling.set(false);
                                            return 1;
                                        }));
        poller.start();
        inHandler.await();
        Thread closer = new Thread(reader::close);
        closer.start();
        while (!reader.closed()) {
            Thread.onSpinWait();
        }
        assertEquals(0, releases.get());
        leave.countDown();
        closer.join();
        assertFalse(handling.get());
        poller.join();
    }

    @Test
    void theHandlerItselfMayClose() {
        assertEquals(
                1,
                reader.poll(
                        LONG,
                        _ -> {
                            reader.close();
                            assertEquals(0, releases.get());
                            return 1;
                        }));
        assertEquals(1, releases.get());
    }

    @Test
    void aHandlerThatClosesAndThrowsReleasesToo() {
        assertThrows(
                ArithmeticException.class,
                () ->
                        reader.poll(
                                LONG,
                                _ -> {
                                    reader.close();
                                    throw new ArithmeticException();
                                }));
        assertEquals(1, releases.get());
    }

    @Test
    void theHandlerMayNotPoll() {
        assertThrows(
                IllegalStateException.class,
                () -> reader.poll(LONG, _ -> reader.poll(LONG, _ -> 1)));
        assertEquals(1, reader.poll(LONG, _ -> 1));
    }

    @Test
    void twoThreadsMayNotRead() throws Exception {
        var reading = new CountDownLatch(1);
        var leave = new CountDownLatch(1);
        Thread poller =
                new Thread(
                        () ->
                                reader.poll(
                                        LONG,
                                        _ -> {
                                            reading.countDown();
                                            await(leave);
                                            return 1;
                                        }));
        poller.start();
        reading.await();
        var e = assertThrows(IllegalStateException.class, () -> reader.poll(LONG, _ -> 1));
        assertEquals("another thread is reading buffer b", e.getMessage());
        leave.countDown();
        poller.join();
    }

    @Test
    void manyMayCloseAtOnce() throws Exception {
        var reading = new CountDownLatch(1);
        Thread poller =
                new Thread(
                        () ->
                                reader.poll(
                                        LONG,
                                        _ -> {
                                            reading.countDown();
                                            return 0;
                                        }));
        poller.start();
        Thread[] closers = new Thread[8];
        for (int i = 0; i < closers.length; i++) {
            closers[i] = new Thread(reader::close);
        }
        reading.await();
        for (Thread closer : closers) {
            closer.start();
        }
        for (Thread closer : closers) {
            closer.join();
        }
        poller.join();
        assertEquals(1, releases.get());
    }

    @Test
    void aNegativeTimeoutIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> reader.poll(Duration.ofMillis(-1), _ -> 1));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
