package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** How loads are repeated: libbpf-behaviour, sections 6 and 11.17. */
class LoggedLoadTest {
    private static final int FIRST = LogOptions.DEFAULT_SIZE;

    @AutoClose private final FakeKernel kernel = new FakeKernel();
    private final List<String> tries = new ArrayList<>();

    /**
     * Loads with scripted results: each an error, or null for success; a log is written where there
     * is room.
     */
    private LoadResult load(LogOptions options, String log, Errno... results) {
        return LoggedLoad.run(
                kernel,
                options,
                "loading",
                (level, address, size) -> {
                    Errno result = results[Math.min(tries.size(), results.length - 1)];
                    tries.add(level + ":" + size);
                    if (size > 0) {
                        byte[] bytes = log.getBytes(StandardCharsets.UTF_8);
                        FakeKernel.memory(address, size)
                                .asByteBuffer()
                                .put(bytes, 0, Math.min(bytes.length, size - 1))
                                .put((byte) 0);
                    }
                    return result == null ? kernel.openFd("program") : -result.number();
                });
    }

    @Test
    void successAtOnceAsksForNoLog() {
        LoadResult result = load(LogOptions.ON_FAILURE, "unasked", (Errno) null);
        assertTrue(result.loaded());
        assertEquals("", result.log());
        assertEquals(List.of("0:0"), tries);
        result.fd().close();
    }

    @Test
    void anyFailureIsRepeatedWithALog() {
        LoadResult result = load(LogOptions.ON_FAILURE, "R1 is bad", Errno.EINVAL);
        assertFalse(result.loaded());
        assertEquals(Errno.EINVAL.number(), result.errno());
        assertEquals("R1 is bad", result.log());
        assertFalse(result.truncated());
        assertEquals(List.of("0:0", "1:" + FIRST), tries);
    }

    @Test
    void aLoadThatSucceedsTheSecondTimeIsASuccess() {
        LoadResult result = load(LogOptions.ON_FAILURE, "", Errno.EPERM, null);
        assertTrue(result.loaded());
        result.fd().close();
    }

    @Test
    void aLogThatDoesNotFitIsDoubledUntilItDoes() {
        LoadResult result =
                load(LogOptions.ON_FAILURE, "long", Errno.EACCES, Errno.ENOSPC, Errno.EACCES);
        assertEquals(Errno.EACCES.number(), result.errno());
        assertEquals(List.of("0:0", "1:" + FIRST, "1:" + 2 * FIRST), tries);
    }

    @Test
    void doublingEndsAndTheTrueErrorIsTold() {
        LoadResult result =
                load(
                        new LogOptions(1, 0),
                        "endless",
                        Errno.ENOSPC,
                        Errno.ENOSPC,
                        Errno.ENOSPC,
                        Errno.ENOSPC,
                        Errno.ENOSPC,
                        Errno.ENOSPC,
                        Errno.EFAULT);
        assertEquals(Errno.EFAULT.number(), result.errno());
        assertTrue(result.truncated());
        assertEquals("endless", result.log());
        assertEquals("1:" + LogOptions.LARGEST_SIZE, tries.get(tries.size() - 2));
        assertEquals("0:0", tries.getLast());
        assertEquals(7, tries.size());
    }

    @Test
    void aProgramIsNotRefusedBecauseItsLogDoesNotFit() {
        LoadResult result = load(new LogOptions(2, 128), "x".repeat(500), Errno.ENOSPC, null);
        assertTrue(result.loaded());
        assertTrue(result.truncated());
        assertEquals("x".repeat(127), result.log());
        assertEquals(List.of("2:128", "0:0"), tries);
        result.fd().close();
    }

    @Test
    void anOldKernelThatRefusesALargeLogKeepsTheSmallerOne() {
        LoadResult result =
                load(
                        LogOptions.ON_FAILURE,
                        "why",
                        Errno.EACCES,
                        Errno.ENOSPC,
                        Errno.EINVAL,
                        Errno.EACCES);
        assertEquals(Errno.EACCES.number(), result.errno());
        assertEquals("why", result.log());
        assertTrue(result.truncated());
    }

    @Test
    void signalsAreEnduredFiveTimes() {
        LoadResult result =
                load(
                        LogOptions.ON_FAILURE,
                        "",
                        Errno.EAGAIN,
                        Errno.EAGAIN,
                        Errno.EAGAIN,
                        Errno.EAGAIN,
                        null);
        assertTrue(result.loaded());
        assertEquals(5, tries.size());
        result.fd().close();
    }

    @Test
    void signalsForEverEnd() {
        LoadResult result = load(LogOptions.ON_FAILURE, "", Errno.EAGAIN);
        assertEquals(Errno.EAGAIN.number(), result.errno());
        assertEquals(10, tries.size());
    }

    @Test
    void withoutMemoryForALogTheErrorIsStillTold() {
        kernel.failing(1, Errno.ENOMEM);
        LoadResult result = load(LogOptions.ON_FAILURE, "", Errno.EACCES);
        assertEquals(Errno.EACCES.number(), result.errno());
        assertEquals("", result.log());
    }
}
