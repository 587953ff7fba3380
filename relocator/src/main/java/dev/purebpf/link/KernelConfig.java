package dev.purebpf.link;

import dev.purebpf.error.MalformedObjectException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * How a kernel was configured when it was built: the file {@code .config}, as distributions put it
 * into {@code /boot/config-RELEASE} and the kernel itself shows it in {@code /proc/config.gz}.
 *
 * <pre>{@code
 * # CONFIG_EXPERT is not set
 * CONFIG_HZ=250
 * CONFIG_MODULES=y
 * CONFIG_DEFAULT_HOSTNAME="(none)"
 * }</pre>
 *
 * <p>What a value has to look like depends on the type of the variable that wants it, so values are
 * kept as they are written. Immutable.
 */
public final class KernelConfig {
    /** What the configuration of a kernel may have at most; they have some 300,000 bytes. */
    private static final int MAX_SIZE = 16 << 20;

    private static final String PREFIX = "CONFIG_";
    private static final KernelConfig EMPTY = new KernelConfig(Map.of());

    private final Map<String, String> values;

    private KernelConfig(Map<String, String> values) {
        this.values = values;
    }

    /** {@return a configuration that says nothing} */
    public static KernelConfig empty() {
        return EMPTY;
    }

    /**
     * Reads a configuration. Where an option is set twice, the first time counts.
     *
     * @param origin the file's name for messages
     * @param bytes the text, or the text compressed by gzip
     * @return the configuration
     * @throws MalformedObjectException if a line that begins with {@code CONFIG_} sets no value, or
     *     the file is too large or its compression damaged
     */
    public static KernelConfig parse(String origin, byte[] bytes) {
        byte[] text = isCompressed(bytes) ? decompress(origin, bytes) : bytes;
        if (text.length > MAX_SIZE) {
            throw tooLarge(origin);
        }
        Map<String, String> values = new HashMap<>();
        int end;
        for (int from = 0; from < text.length; from = end + 1) {
            end = from;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            // One character a byte: strings keep whatever bytes they have.
            String line = new String(text, from, end - from, StandardCharsets.ISO_8859_1);
            if (line.startsWith(PREFIX)) {
                int equals = line.indexOf('=');
                if (equals < 0 || equals == line.length() - 1) {
                    throw new MalformedObjectException(
                            origin,
                            null,
                            from,
                            "a line sets no value; write OPTION=VALUE, or leave it out");
                }
                values.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return new KernelConfig(values);
    }

    /**
     * Reads settings given as text, one a line.
     *
     * @param text the settings: {@code CONFIG_HZ=250}
     * @return the configuration
     * @throws MalformedObjectException as {@link #parse(String, byte[])}
     */
    public static KernelConfig of(String text) {
        return parse("kernel configuration", text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isCompressed(byte[] bytes) {
        return bytes.length > 2 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
    }

    private static byte[] decompress(String origin, byte[] bytes) {
        try (var stream = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            // A few bytes can stand for gigabytes.
            byte[] text = stream.readNBytes(MAX_SIZE);
            if (stream.read() >= 0) {
                throw tooLarge(origin);
            }
            return text;
        } catch (IOException e) {
            throw new MalformedObjectException(
                    origin, null, -1, "cannot be decompressed: " + e.getMessage(), e);
        }
    }

    private static MalformedObjectException tooLarge(String origin) {
        return new MalformedObjectException(
                origin,
                null,
                -1,
                "is too large for the configuration of a kernel; is it the right file?");
    }

    /**
     * {@return what an option is set to, as it is written: {@code y}, {@code 250}, {@code "text"};
     * empty when it is not set}
     *
     * @param option the option with its prefix: {@code CONFIG_HZ}
     */
    public Optional<String> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    @Override
    public String toString() {
        return "KernelConfig[" + values.size() + " options]";
    }
}
