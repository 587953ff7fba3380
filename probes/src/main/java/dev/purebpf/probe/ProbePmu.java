package dev.purebpf.probe;

import dev.purebpf.kernel.Kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A kind of perf event for probes, Linux 4.17: what {@code /sys/bus/event_source/devices/kprobe}
 * says of it.
 *
 * @param type its number for {@code perf_event_open}
 * @param returnBit what to set in the event's {@code config} for the return of a function
 */
record ProbePmu(int type, long returnBit) {
    private static final String DEVICES = "/sys/bus/event_source/devices/";
    private static final String BIT = "config:";

    /**
     * {@return the kind of that name, if the kernel has it}
     *
     * @param name {@code kprobe} or {@code uprobe}
     */
    static Optional<ProbePmu> find(Kernel kernel, String name) {
        try {
            String type = read(kernel, DEVICES + name + "/type");
            String bit = read(kernel, DEVICES + name + "/format/retprobe");
            if (!bit.startsWith(BIT)) {
                return Optional.empty();
            }
            long mask = 1L << Integer.parseInt(bit.substring(BIT.length()));
            return Optional.of(new ProbePmu(Integer.parseInt(type), mask));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static String read(Kernel kernel, String path) throws IOException {
        return new String(kernel.readFile(path), StandardCharsets.US_ASCII).strip();
    }
}
