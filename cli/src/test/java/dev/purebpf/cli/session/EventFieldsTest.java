package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

class EventFieldsTest {

    @Property
    void aNumberHasItsSize(@ForAll long value) {
        MemorySegment event = MemorySegment.ofArray(new byte[9]);
        event.set(ValueLayout.JAVA_BYTE, 1, (byte) value);
        assertNumber((byte) value, event, 1);
        event.set(ValueLayout.JAVA_SHORT_UNALIGNED, 1, (short) value);
        assertNumber((short) value, event, 2);
        event.set(ValueLayout.JAVA_INT_UNALIGNED, 1, (int) value);
        assertNumber((int) value, event, 4);
        event.set(ValueLayout.JAVA_LONG_UNALIGNED, 1, value);
        assertEquals(value, EventFields.number(event, 1, 8, true));
        assertEquals(value, EventFields.number(event, 1, 8, false));
        assertEquals(0, EventFields.number(event, 1, 3, true));
    }

    private static void assertNumber(long signed, MemorySegment event, int size) {
        assertEquals(signed, EventFields.number(event, 1, size, true));
        long bits = (1L << 8 * size) - 1;
        assertEquals(signed & bits, EventFields.number(event, 1, size, false));
    }

    @Property
    void textEndsBeforeItsNul(@ForAll byte[] bytes) {
        MemorySegment event = MemorySegment.ofArray(bytes);
        byte[] to = new byte[5];
        int length = EventFields.text(event, 0, bytes.length, to);
        int expected = 0;
        while (expected < Math.min(bytes.length, to.length) && bytes[expected] != 0) {
            expected++;
        }
        assertEquals(expected, length);
        assertArrayEquals(Arrays.copyOf(bytes, length), Arrays.copyOf(to, length));
    }

    @Example
    void textThatIsNotThereIsNotTouched() {
        assertEquals(0, EventFields.text(MemorySegment.NULL, 100, 0, new byte[5]));
    }

    @Example
    void aTaskMayNameItselfAsItLikes() {
        byte[] name = Arrays.copyOf("a\nb\u001bc".getBytes(StandardCharsets.US_ASCII), 16);
        assertEquals("a\\nb\\x1bc", EventFields.command(MemorySegment.ofArray(name), 0));
        Arrays.fill(name, (byte) 'x');
        assertEquals("x".repeat(16), EventFields.command(MemorySegment.ofArray(name), 0));
    }

    @Example
    void addressesAreThoseOfIp() {
        MemorySegment event = MemorySegment.ofArray(new byte[16]);
        event.set(ValueLayout.JAVA_BYTE, 0, (byte) 127);
        event.set(ValueLayout.JAVA_BYTE, 3, (byte) 1);
        assertEquals("127.0.0.1", EventFields.address(event, 0, 4));
        assertEquals("7f00:1::", EventFields.address(event, 0, 16));
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:1, ::1",
        "0:0:0:0:0:0:0:0, ::",
        "fe80:0:0:0:0:0:0:ABCD, fe80::abcd",
    })
    void addressesOfVersion6AreAsRfc5952HasThem(String all, String shortest) throws IOException {
        byte[] bytes = InetAddress.getByName(all).getAddress();
        assertEquals(shortest, EventFields.address(MemorySegment.ofArray(bytes), 0, 16));
    }

    @Property
    void aShortAddressIsTheSameAddress(@ForAll @Size(8) List<@IntRange(max = 2) Integer> numbers)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16);
        numbers.forEach(number -> bytes.putShort((short) (number * 0x700)));
        String text = EventFields.address(MemorySegment.ofArray(bytes.array()), 0, 16);
        assertArrayEquals(bytes.array(), InetAddress.getByName(text).getAddress(), text);
    }
}
