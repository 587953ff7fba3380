package dev.purebpf.cli.session;

import dev.purebpf.cli.WrongUsage;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** The option {@code --capture}: how many bytes to look at, of each piece of what is traced. */
public final class Capture {
    private static final int SMALLEST = 64;
    private static final int LARGEST = 8192;

    private Capture() {}

    /**
     * Adds it to the options that a command knows.
     *
     * @param options the options
     */
    public static void addTo(Options options) {
        options.addOption(null, "capture", true, null);
    }

    /**
     * {@return the bytes}
     *
     * @param options the options that were given
     * @param usual what is meant when it is not given
     * @throws WrongUsage if it is no number from 64 to 8192
     */
    public static int of(CommandLine options, int usual) {
        String value = options.getOptionValue("capture");
        if (value == null) {
            return usual;
        }
        try {
            int bytes = Integer.parseInt(value);
            if (bytes >= SMALLEST && bytes <= LARGEST) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new WrongUsage(
                "--capture wants bytes between "
                        + SMALLEST
                        + " and "
                        + LARGEST
                        + ", not '"
                        + value
                        + "'");
    }
}
