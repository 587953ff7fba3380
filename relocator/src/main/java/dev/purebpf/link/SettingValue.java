package dev.purebpf.link;

import dev.purebpf.link.ExternDefinition.Format;
import dev.purebpf.link.ExternDefinition.Setting;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a configuration option is set to, by the rules of the variable that wants it. */
final class SettingValue {
    /** Integers as {@code strtoull} reads them with base 0. */
    private static final Pattern INTEGER =
            Pattern.compile(
                    "[ \\t\\r\\f\\x0b]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))");

    private SettingValue() {}

    /** Why a value does not fit its variable. */
    static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String problem) {
            super(problem);
        }
    }

    /** {@return the value of an option} */
    static ExternValue parse(Setting setting, String text) throws Unfit {
        return switch (text.charAt(0)) {
            case 'y', 'n', 'm' -> letter(setting, text.charAt(0));
            case '"' -> string(setting, text);
            default -> {
                if (setting.format() != Format.INTEGER && setting.format() != Format.CHARACTER) {
                    throw new Unfit("is set to " + text + ", which only an integer can hold");
                }
                yield number(setting, integer(text));
            }
        };
    }

    private static ExternValue letter(Setting setting, char letter) throws Unfit {
        return new ExternValue.Number(
                switch (setting.format()) {
                    case BOOLEAN -> {
                        if (letter == 'm') {
                            throw new Unfit(
                                    "is set to m, which a bool cannot hold; declare it enum"
                                            + " libbpf_tristate");
                        }
                        yield letter == 'y' ? 1 : 0;
                    }
                    case TRISTATE -> letter == 'y' ? 1 : letter == 'm' ? 2 : 0;
                    case CHARACTER -> letter;
                    case INTEGER, TEXT ->
                            throw new Unfit(
                                    "is set to "
                                            + letter
                                            + ", which only a bool, a char or an enum"
                                            + " libbpf_tristate can hold");
                });
    }

    private static ExternValue string(Setting setting, String text) throws Unfit {
        if (setting.format() != Format.TEXT) {
            throw new Unfit("is set to " + text + ", which only an array of char can hold");
        }
        int length = text.length() - 2;
        if (length < 0 || !text.endsWith("\"")) {
            throw new Unfit("is set to " + text + ", where the second quote is missing");
        }
        // What is too long is cut, as libbpf does it; the last byte ends the string.
        return new ExternValue.Text(text.substring(1, 1 + Math.min(length, setting.size() - 1)));
    }

    private static long integer(String text) throws Unfit {
        Matcher matcher = INTEGER.matcher(text);
        // More digits than any number of 64 bits has in base 8, and as many zeroes in front.
        if (text.length() > 64 || !matcher.matches()) {
            throw new Unfit("is set to " + text + ", which is no value");
        }
        int base = matcher.group(2) != null ? 16 : matcher.group(3) != null ? 8 : 10;
        String digits =
                switch (base) {
                    case 16 -> matcher.group(2);
                    case 8 -> matcher.group(3);
                    default -> matcher.group(4);
                };
        var number = new BigInteger(digits, base);
        if (number.bitLength() > Long.SIZE) {
            throw new Unfit("is set to " + text + ", which no integer can hold");
        }
        return matcher.group(1).equals("-") ? -number.longValue() : number.longValue();
    }

    /** {@return a number as the value of a setting, if that can hold it} */
    static ExternValue number(Setting setting, long number) throws Unfit {
        boolean fits =
                switch (setting.format()) {
                    case BOOLEAN -> number == 0 || number == 1;
                    case INTEGER, CHARACTER -> fits(number, setting.size(), setting.signed());
                    case TRISTATE, TEXT -> false;
                };
        if (!fits) {
            throw new Unfit(
                    "is set to " + Long.toUnsignedString(number) + ", which it cannot hold");
        }
        return new ExternValue.Number(number);
    }

    private static boolean fits(long number, int size, boolean signed) {
        int bits = Long.SIZE - size * Byte.SIZE;
        return signed ? number << bits >> bits == number : number << bits >>> bits == number;
    }

    /** Writes a value where its variable is in the value of the map of settings. */
    static void write(Setting setting, ExternValue value, byte[] image, boolean bigEndian) {
        switch (value) {
            case ExternValue.Number number -> {
                for (int i = 0; i < setting.size(); i++) {
                    int at = bigEndian ? setting.size() - 1 - i : i;
                    image[setting.offset() + at] = (byte) (number.value() >> 8 * i);
                }
            }
            case ExternValue.Text text -> {
                byte[] bytes = text.value().getBytes(StandardCharsets.ISO_8859_1);
                System.arraycopy(bytes, 0, image, setting.offset(), bytes.length);
            }
            default -> {}
        }
    }
}
