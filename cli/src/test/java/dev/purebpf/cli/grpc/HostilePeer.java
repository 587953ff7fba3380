package dev.purebpf.cli.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A client of HTTP/2 that sends what none should.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113">RFC 9113, HTTP/2</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7541">RFC 7541, HPACK</a>
 */
final class HostilePeer implements AutoCloseable {
    /** Types of frames. */
    static final int DATA = 0;

    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int CONTINUATION = 9;

    /** A flag of headers and data. */
    static final int END_STREAM = 1;

    /** A flag of headers and continuations. */
    static final int END_HEADERS = 4;

    /** A flag of settings and pings. */
    static final int ACK = 1;

    private static final int LARGEST_FRAME = 1 << 14;

    private final Socket socket;
    private final OutputStream out;
    private final CountDownLatch answered = new CountDownLatch(1);

    /** Connects to a server on this machine, and says that it speaks HTTP/2. */
    HostilePeer(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        out = socket.getOutputStream();
        Thread reader = new Thread(this::readAll, "reading what the server says");
        reader.setDaemon(true);
        reader.start();
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        send(frame(SETTINGS, 0, 0, new byte[0]));
    }

    /** What is not read makes the other end wait. */
    private void readAll() {
        try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
            while (true) {
                int lengthAndType = in.readInt();
                int flags = in.readByte();
                in.readInt();
                in.skipNBytes(lengthAndType >>> 8);
                if ((lengthAndType & 0xff) == PING && flags == ACK) {
                    answered.countDown();
                }
            }
        } catch (IOException e) {
            // It has closed the connection, as it may.
            answered.countDown();
        }
    }

    /** Waits until the server has read all that was sent: what it has not is gone with a close. */
    void await() throws InterruptedException {
        send(frame(PING, 0, 0, new byte[8]));
        assertTrue(answered.await(60, TimeUnit.SECONDS), "the server does not answer a ping");
    }

    /** {@return a frame} */
    static byte[] frame(int type, int flags, int stream, byte[] content) {
        return ByteBuffer.allocate(9 + content.length)
                .putInt(content.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(content)
                .array();
    }

    /** {@return the headers of a call, and one more field, as HPACK writes them} */
    static byte[] request(String path, String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(new byte[] {(byte) 0x83, (byte) 0x86, 0x04}); // POST, http, :path
        string(block, path);
        block.write(0x01); // :authority
        string(block, "localhost");
        field(block, "content-type", "application/grpc+bytes");
        field(block, "te", "trailers");
        field(block, name, value);
        return block.toByteArray();
    }

    /** {@return fields, as HPACK writes them without any table} */
    static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            field(block, namesAndValues[i], namesAndValues[i + 1]);
        }
        return block.toByteArray();
    }

    private static void field(ByteArrayOutputStream block, String name, String value) {
        block.write(0x00); // neither is in a table
        string(block, name);
        string(block, value);
    }

    private static void string(ByteArrayOutputStream block, String text) {
        int length = text.length();
        if (length < 0x7f) {
            block.write(length);
        } else {
            block.write(0x7f);
            length -= 0x7f;
            for (; length >= 0x80; length >>= 7) {
                block.write(length & 0x7f | 0x80);
            }
            block.write(length);
        }
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** {@return whether the server took it, or had closed the connection before} */
    boolean send(byte[] frames) {
        try {
            out.write(frames);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends a block in as many frames as it takes. */
    void sendBlock(int stream, byte[] block) {
        for (byte[] frame : frames(stream, 0, block)) {
            send(frame);
        }
    }

    /**
     * {@return the frames of a block, as many as it takes}
     *
     * @param flags of the first, such as {@link #END_STREAM}
     */
    static List<byte[]> frames(int stream, int flags, byte[] block) {
        List<byte[]> all = new ArrayList<>();
        int size = Math.min(block.length, LARGEST_FRAME);
        for (int at = 0; at < block.length; at += size) {
            size = Math.min(block.length - at, LARGEST_FRAME);
            byte[] part = Arrays.copyOfRange(block, at, at + size);
            int last = at + size == block.length ? END_HEADERS : 0;
            all.add(
                    at == 0
                            ? frame(HEADERS, flags | last, stream, part)
                            : frame(CONTINUATION, last, stream, part));
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
