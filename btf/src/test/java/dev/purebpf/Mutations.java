package dev.purebpf;

import java.util.Arrays;
import java.util.Random;

/** Ways to damage a file. */
public final class Mutations {
    /** Numbers at the edges of what fits. */
    private static final long[] HOSTILE = {
        0,
        1,
        3,
        4,
        7,
        0x7f,
        0xff,
        0xffff,
        0x1_0000,
        0xff_ffff,
        0x0fff_ffffL,
        0x7fff_fff8L,
        0x7fff_ffffL,
        0x8000_0000L,
        0x8000_0001L,
        0xffff_fff0L,
        0xffff_ffffL,
        0x1_0000_0000L,
        Long.MAX_VALUE - 7,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
    };

    private Mutations() {}

    /**
     * {@return a damaged copy}
     *
     * @param original what to damage
     * @param seed chooses how; the same seed gives the same damage
     */
    public static byte[] damage(byte[] original, long seed) {
        var random = new Random(seed);
        byte[] bytes = original.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times && bytes.length > 0; i++) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] bytes, Random random) {
        // Headers are few bytes of many, so aim at them now and then; but most damage there ends
        // the
        // reading at once, and what lies deeper is to be reached too.
        int reach = random.nextInt(4) == 0 ? Math.min(bytes.length, 64) : bytes.length;
        int at = random.nextInt(reach);
        return switch (random.nextInt(20)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> {
                int end = Math.min(at + 1 + random.nextInt(16), bytes.length);
                byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
                System.arraycopy(bytes, end, shorter, at, bytes.length - end);
                yield shorter;
            }
            case 2, 3, 4, 5, 6, 7 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                yield bytes;
            }
            case 8, 9 -> {
                bytes[at] = (byte) random.nextInt();
                yield bytes;
            }
            case 10, 11, 12 -> {
                int length = Math.min(1 + random.nextInt(64), bytes.length - at);
                int from = random.nextInt(bytes.length - length + 1);
                System.arraycopy(bytes, from, bytes, at, length);
                yield bytes;
            }
            default -> number(bytes, at & ~3, random.nextBoolean() ? 4 : 8, random);
        };
    }

    private static byte[] number(byte[] bytes, int at, int size, Random random) {
        long number =
                random.nextInt(4) == 0
                        ? bytes.length + random.nextInt(17) - 8
                        : HOSTILE[random.nextInt(HOSTILE.length)];
        boolean little = random.nextInt(8) != 0;
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            int shift = 8 * (little ? i : size - 1 - i);
            bytes[at + i] = (byte) (number >>> shift);
        }
        return bytes;
    }
}
