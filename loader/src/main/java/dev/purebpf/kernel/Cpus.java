package dev.purebpf.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The CPUs of the machine, from the lists below {@code /sys/devices/system/cpu}.
 *
 * <p><em>Possible</em> CPUs are those that might ever be plugged in: per-CPU maps have a value for
 * each of them. <em>Online</em> ones are running: only they have perf rings. Neither list needs to
 * be contiguous.
 */
public final class Cpus {
    /** More than {@code CONFIG_NR_CPUS} can be, so that a strange list does not take all memory. */
    private static final int MOST = 1 << 16;

    private Cpus() {}

    /**
     * {@return how many values a per-CPU map has: one more than the highest possible CPU}
     *
     * @param kernel the kernel
     * @throws IllegalStateException if /sys is not mounted or the list cannot be read
     */
    public static int possibleCount(Kernel kernel) {
        int[] cpus = read(kernel, "possible");
        return cpus[cpus.length - 1] + 1;
    }

    /**
     * {@return the ids of the CPUs that are running, ascending}
     *
     * @param kernel the kernel
     * @throws IllegalStateException if /sys is not mounted or the list cannot be read
     */
    public static int[] online(Kernel kernel) {
        return read(kernel, "online");
    }

    private static int[] read(Kernel kernel, String list) {
        String path = "/sys/devices/system/cpu/" + list;
        try {
            return parse(new String(kernel.readFile(path), StandardCharsets.US_ASCII));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "cannot read " + path + ": " + e.getMessage() + " (is sysfs mounted at /sys?)",
                    e);
        }
    }

    /** {@return the numbers of a list such as {@code 0-3,6,8-9}, ascending} */
    static int[] parse(String list) {
        int[] cpus = new int[8];
        int count = 0;
        for (String range : list.strip().split(",")) {
            int dash = range.indexOf('-');
            int first = number(dash < 0 ? range : range.substring(0, dash), list);
            int last = dash < 0 ? first : number(range.substring(dash + 1), list);
            if (first > last || count > 0 && first <= cpus[count - 1]) {
                throw new IllegalArgumentException("not a list of CPUs: \"" + list.strip() + '"');
            }
            for (int cpu = first; cpu <= last; cpu++) {
                if (count == cpus.length) {
                    cpus = Arrays.copyOf(cpus, 2 * count);
                }
                cpus[count++] = cpu;
            }
        }
        return Arrays.copyOf(cpus, count);
    }

    private static int number(String digits, String list) {
        try {
            int number = Integer.parseInt(digits.strip());
            if (number >= 0 && number < MOST) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Reported below, with the whole list.
        }
        throw new IllegalArgumentException("not a list of CPUs: \"" + list.strip() + '"');
    }
}
