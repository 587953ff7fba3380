package dev.purebpf.cli.session;

import dev.purebpf.cli.WrongUsage;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The option {@code --buffer-size}: room for events on their way to us. */
public final class BufferSize {
    private static final long SMALLEST = 4 << 10;
    private static final long BIGGEST = 1 << 30;

    private BufferSize() {}

    /**
     * Adds the option to those that a command knows.
     *
     * @param options the options
     */
    public static void addTo(Options options) {
        options.addOption(null, "buffer-size", true, null);
    }

    /**
     * {@return the bytes that were asked for; 0 if none were}
     *
     * @param options the options that were given
     * @throws WrongUsage if that is no such size
     */
    public static long of(CommandLine options) {
        String value = options.getOptionValue("buffer-size");
        if (value == null) {
            return 0;
        }
        int digits = value.length();
        long unit = 1;
        if (digits > 0) {
            int shift = "kmg".indexOf(Character.toLowerCase(value.charAt(digits - 1)));
            if (shift >= 0) {
                unit = 1L << 10 * (shift + 1);
                digits--;
            }
        }
        try {
            long size = Math.multiplyExact(Long.parseLong(value, 0, digits, 10), unit);
            if (size >= SMALLEST && size <= BIGGEST) {
                return size;
            }
        } catch (NumberFormatException | ArithmeticException | IndexOutOfBoundsException e) {
            // Said below.
        }
        throw new WrongUsage(
                "--buffer-size wants bytes between 4K and 1G, such as 512K or 64M, not '"
                        + value
                        + "'");
    }
}
