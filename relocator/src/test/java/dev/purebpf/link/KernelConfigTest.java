package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.MalformedObjectException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

class KernelConfigTest {
    private static final String TEXT =
            """
            # Automatically generated file; DO NOT EDIT.
            CONFIG_HZ=250
            # CONFIG_EXPERT is not set

            CONFIG_HZ=1000
            CONFIG_LOCALVERSION="-rc1 = x"
            OTHER=1
            CONFIG_MODULES=y\
            """;

    @Test
    void optionsAreWhatLinesSetFirst() {
        KernelConfig config = KernelConfig.of(TEXT);
        assertEquals(Optional.of("250"), config.value("CONFIG_HZ"));
        assertEquals(Optional.of("\"-rc1 = x\""), config.value("CONFIG_LOCALVERSION"));
        assertEquals(Optional.of("y"), config.value("CONFIG_MODULES"));
        assertEquals(Optional.empty(), config.value("CONFIG_EXPERT"));
        assertEquals(Optional.empty(), config.value("OTHER"));
    }

    @Test
    void compressedTextIsTheSame() throws IOException {
        byte[] compressed = compress(TEXT.getBytes(StandardCharsets.UTF_8));
        KernelConfig config = KernelConfig.parse("config.gz", compressed);
        assertEquals(Optional.of("250"), config.value("CONFIG_HZ"));
        byte[] cut = Arrays.copyOf(compressed, compressed.length / 2);
        assertThrows(MalformedObjectException.class, () -> KernelConfig.parse("config.gz", cut));
    }

    @Test
    void aFewBytesThatStandForGigabytesAreRefused() throws IOException {
        byte[] bomb = compress(new byte[1 << 26]);
        var e =
                assertThrows(
                        MalformedObjectException.class, () -> KernelConfig.parse("bomb", bomb));
        assertTrue(e.getMessage().contains("too large"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONFIG_HZ", "CONFIG_HZ=", "CONFIG_A=y\nCONFIG_HZ\n", "CONFIG_"})
    void linesWithoutValueAreRefused(String text) {
        assertThrows(MalformedObjectException.class, () -> KernelConfig.of(text));
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 300) byte[] bytes) {
        readOrRefuse(bytes);
        byte[] beginning = "CONFIG_X=".getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(beginning, beginning.length + bytes.length);
        System.arraycopy(bytes, 0, both, beginning.length, bytes.length);
        readOrRefuse(both);
        byte[] zip = bytes.clone();
        if (zip.length > 3) {
            zip[0] = 0x1f;
            zip[1] = (byte) 0x8b;
            zip[2] = 8;
        }
        readOrRefuse(zip);
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            KernelConfig.parse("bytes", bytes).value("CONFIG_X");
        } catch (MalformedObjectException e) {
            assertTrue(e.getMessage().startsWith("bytes"), e.getMessage());
        }
    }

    private static byte[] compress(byte[] bytes) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var stream = new GZIPOutputStream(compressed)) {
            stream.write(bytes);
        }
        return compressed.toByteArray();
    }
}
