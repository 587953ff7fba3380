package dev.purebpf.cli.session;

import dev.purebpf.cli.OneLine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields that events of eBPF programs, and values of their maps, have in common. Byte
 * order is the machine's. Nothing is allocated but what is returned.
 */
public final class EventFields {

    /** The bytes of a task's name: {@code TASK_COMM_LEN} of {@code include/linux/sched.h}. */
    public static final int COMMAND_SIZE = 16;

    private EventFields() {}

    /**
     * {@return a number}
     *
     * @param event the event
     * @param at where the number begins
     * @param size its bytes: 1, 2, 4 or 8; of another size it is 0
     * @param signed whether its first bit is its sign
     */
    public static long number(MemorySegment event, long at, int size, boolean signed) {
        return switch (size) {
            case 1 -> {
                byte value = event.get(ValueLayout.JAVA_BYTE, at);
                yield signed ? value : value & 0xffL;
            }
            case 2 -> {
                short value = event.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
                yield signed ? value : value & 0xffffL;
            }
            case 4 -> {
                int value = event.get(ValueLayout.JAVA_INT_UNALIGNED, at);
                yield signed ? value : value & 0xffff_ffffL;
            }
            case 8 -> event.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
            default -> 0;
        };
    }

    /**
     * Copies text, up to its first NUL.
     *
     * @param event the event
     * @param at where the text begins
     * @param size how long it may be; none of it is touched if 0
     * @param to takes the text, as much of it as there is room for
     * @return the number of bytes
     */
    public static int text(MemorySegment event, long at, int size, byte[] to) {
        int kept = Math.min(size, to.length);
        if (kept == 0) {
            // What was not kept may lie beyond the event.
            return 0;
        }
        MemorySegment.copy(event, ValueLayout.JAVA_BYTE, at, to, 0, kept);
        return untilNul(to, kept);
    }

    /**
     * {@return the name of a task, fit for one line}
     *
     * @param event the event
     * @param at where the name begins
     */
    public static String command(MemorySegment event, long at) {
        byte[] bytes = event.asSlice(at, COMMAND_SIZE).toArray(ValueLayout.JAVA_BYTE);
        int length = untilNul(bytes, COMMAND_SIZE);
        return OneLine.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
    }

    /**
     * {@return an address of IP, as RFC 5952 writes those of version 6}
     *
     * @param event the event
     * @param at where the address begins; its bytes are in the order of its packets
     * @param size their number: 4 or 16
     */
    public static String address(MemorySegment event, long at, int size) {
        byte[] bytes = event.asSlice(at, size).toArray(ValueLayout.JAVA_BYTE);
        try {
            InetAddress address = InetAddress.getByAddress(bytes);
            return address instanceof Inet6Address ? shortest(bytes) : address.getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Eight numbers, without the first of the longest runs of zeros that are more than one. */
    private static String shortest(byte[] address) {
        int from = 0;
        int count = 1;
        for (int i = 0, zeros = 0; i < 8; i++) {
            zeros = address[2 * i] == 0 && address[2 * i + 1] == 0 ? zeros + 1 : 0;
            if (zeros > count) {
                from = i + 1 - zeros;
                count = zeros;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (count > 1 && i >= from && i < from + count) {
                text.append(i == from ? "::" : "");
                continue;
            }
            boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
            int number = (address[2 * i] & 0xff) << 8 | address[2 * i + 1] & 0xff;
            text.append(first ? "" : ":").append(Integer.toHexString(number));
        }
        return text.toString();
    }

    private static int untilNul(byte[] bytes, int count) {
        int length = 0;
        while (length < count && bytes[length] != 0) {
            length++;
        }
        return length;
    }
}
