package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.OneLine;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

class ByteTextTest {

    @Property
    void numbersReadAsJavaWritesThem(@ForAll long value) {
        assertEquals(Long.toString(value), text().decimal(value).toString());
        assertEquals(Long.toUnsignedString(value), text().unsigned(value).toString());
        assertEquals("0x" + Long.toHexString(value), text().hex(value).toString());
    }

    @Property
    void floatingPointNumbersReadAsJavaWritesThem(@ForAll double any, @ForAll long bits) {
        for (double value :
                new double[] {
                    any,
                    Double.longBitsToDouble(bits),
                    bits / 1000.0,
                    bits % 100_000 / 100.0,
                    bits % 10_000_000_000_000L / 1e9,
                    -0.0,
                    9999999.999999999
                }) {
            assertEquals(Double.toString(value), text().floating(value).toString());
            float narrow = (float) value;
            assertEquals(Float.toString(narrow), text().floating(narrow).toString());
        }
        float someBits = Float.intBitsToFloat((int) bits);
        assertEquals(Float.toString(someBits), text().floating(someBits).toString());
    }

    @Property
    void modesReadAsOctal(@ForAll int value) {
        String expected = value == 0 ? "0" : "0" + Integer.toOctalString(value);
        assertEquals(expected, text().octal(value).toString());
    }

    @Example
    void theEndsOfTheRangesAreRight() {
        assertEquals("-9223372036854775808", text().decimal(Long.MIN_VALUE).toString());
        assertEquals("18446744073709551615", text().unsigned(-1).toString());
        assertEquals("9223372036854775808", text().unsigned(Long.MIN_VALUE).toString());
        assertEquals("0", text().unsigned(0).toString());
        assertEquals("0x0", text().hex(0).toString());
    }

    @Example
    void durationsAreSeconds() {
        assertEquals("0.000012999", text().seconds(12_999).toString());
        assertEquals("61.000001000", text().seconds(61_000_001_000L).toString());
    }

    @Example
    void aDurationMayBeUnknown() {
        assertEquals("<0.000012999>", text().duration(12_999).toString());
        assertEquals("<0.000000000>", text().duration(0).toString());
        assertEquals("<?>", text().duration(-1).toString());
    }

    @Example
    void aTaskIsAProcessAndAThread() {
        assertEquals("1234/1235", text().task(1234, 1235).toString());
        assertEquals("4294967295/0", text().task(-1, 0).toString());
    }

    @Example
    void aWordHasOnlyWhatIsSeen() {
        byte[] bytes = "a b\n\u001b~\u007fé!".getBytes(StandardCharsets.UTF_8);
        assertEquals("a?b??~???!", text().word(bytes, bytes.length).toString());
    }

    @Property
    void anyTextStaysInItsLine(@ForAll String any) {
        String expected =
                new String(
                        OneLine.of(any).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        assertEquals(expected, text().oneLine(any).toString());
    }

    @Example
    void whatDisturbsATerminalIsEscaped() {
        byte[] bytes = "a\"b\\c\n\t\r\u001b[31m\u007f\u009bé€😀".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                "\"a\\\"b\\\\c\\n\\t\\r\\x1b[31m\\x7f\\xc2\\x9bé€😀\"",
                text().quoted(bytes, bytes.length).toString());
        byte[] bad = {(byte) 0xff, (byte) 0xc3, 'x', (byte) 0xe2, (byte) 0x82};
        assertEquals("\"\\xff\\xc3x\\xe2\\x82\"", text().quoted(bad, bad.length).toString());
    }

    @Example
    void whatTurnsTheDirectionOrEndsALineIsEscaped() {
        for (char c = 0x80; c < Character.MIN_SURROGATE; c++) {
            byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
            boolean escaped = text().quoted(bytes, bytes.length).toString().startsWith("\"\\x");
            assertEquals(disturbs(c), escaped, "U+" + Integer.toHexString(c));
        }
    }

    private static boolean disturbs(char c) {
        int type = Character.getType(c);
        int direction = Character.getDirectionality(c);
        return type == Character.CONTROL
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || c == '\u200e'
                || c == '\u200f'
                || direction >= Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING
                        && direction <= Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE;
    }

    @Property
    void quotedTextHoldsNothingThatMovesTheCursor(@ForAll @Size(max = 40) byte[] bytes) {
        String quoted = text().quoted(bytes, bytes.length).toString();
        assertEquals(-1, indexOfControl(quoted), quoted);
    }

    @Property
    void utf8IsWhatTheDecoderOfJavaTakes(@ForAll @Size(max = 6) byte[] bytes) {
        assertEquals(isUtf8(bytes), Utf8.isValid(bytes, bytes.length));
    }

    private static int indexOfControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static ByteText text() {
        return new ByteText(1);
    }
}
