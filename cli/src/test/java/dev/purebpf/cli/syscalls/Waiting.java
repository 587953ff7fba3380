package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waiting for what another process or thread does. */
public final class Waiting {
    /** A pause is so many times as long as asking took, for whom it takes the processor from. */
    private static final int REST = 9;

    private Waiting() {}

    public static void until(BooleanSupplier condition) {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            long now = System.nanoTime();
            assertTrue(now < end, "waited for too long");
            try {
                Thread.sleep(Math.max(10, TimeUnit.NANOSECONDS.toMillis(REST * (now - begin))));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            begin = System.nanoTime();
        }
    }

    /** Waits until a file is there and has as many lines. */
    public static void forLines(Path file, int count) {
        until(
                () -> {
                    try {
                        return Files.exists(file) && Files.readAllLines(file).size() >= count;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    /**
     * Waits until a process holds the five links of a process's tracer. The kernel lists what is
     * attached nowhere that costs less than asking for the programs.
     */
    static void forTracer(long pid) {
        until(
                () -> {
                    try (var links = Files.list(Path.of("/proc/" + pid + "/fd"))) {
                        return links.filter(Waiting::isLink).count() == 5;
                    } catch (IOException e) {
                        return false;
                    }
                });
    }

    private static boolean isLink(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.equals("anon_inode:bpf_link") || target.contains("bpf-raw-tracepoint");
        } catch (IOException e) {
            return false;
        }
    }
}
