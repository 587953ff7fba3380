package dev.purebpf.cli.grpc;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server of HTTP/2 that answers each request with what no server should, and counts the requests.
 * What comes it reads until the client closes the connection, whatever it has sent before.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113">RFC 9113, HTTP/2</a>
 */
final class HostileServer implements AutoCloseable {
    private static final int PREFACE = 24;

    private final ServerSocket listener;
    private final Answer answer;
    private final AtomicInteger requests = new AtomicInteger();

    /** What a server does. */
    @FunctionalInterface
    interface Answer {
        /**
         * Answers a request.
         *
         * @param stream its number
         * @param to where the answer goes
         */
        void send(int stream, Connection to) throws IOException;
    }

    /** A connection of a client. */
    static final class Connection {
        private final Socket socket;
        private final OutputStream out;

        private Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        void send(int type, int flags, int stream, byte[] content) throws IOException {
            sendBytes(HostilePeer.frame(type, flags, stream, content));
        }

        void sendBytes(byte[] bytes) throws IOException {
            out.write(bytes);
        }

        /** Sends a block of headers in as many frames as it takes. */
        void sendBlock(int stream, int flags, String... fields) throws IOException {
            for (byte[] frame : HostilePeer.frames(stream, flags, HostilePeer.fields(fields))) {
                out.write(frame);
            }
        }

        /** Sends the headers of an answer that could be a good one. */
        void sendHeaders(int stream) throws IOException {
            sendBlock(stream, 0, ":status", "200", "content-type", "application/grpc");
        }

        /** Says that this is all, as a closed connection does to who reads it. */
        void end() throws IOException {
            socket.shutdownOutput();
        }
    }

    /** Starts a server on this machine. */
    HostileServer(Answer answer) throws IOException {
        this.answer = answer;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        inBackground(this::acceptAll);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** {@return how many requests have come} */
    int requests() {
        return requests.get();
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                inBackground(() -> serve(socket));
            } catch (IOException e) {
                continue; // It was closed, most likely, which the next round sees.
            }
        }
    }

    private static void inBackground(Runnable work) {
        Thread thread = new Thread(work, "hostile server");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket socket) {
        try (socket;
                DataInputStream in = new DataInputStream(socket.getInputStream())) {
            Connection connection = new Connection(socket);
            in.skipNBytes(PREFACE);
            connection.send(HostilePeer.SETTINGS, 0, 0, new byte[0]);
            while (true) {
                int lengthAndType = in.readInt();
                int flags = in.readByte();
                int stream = in.readInt();
                byte[] content = in.readNBytes(lengthAndType >>> 8);
                if ((lengthAndType & 0xff) == HostilePeer.HEADERS) {
                    requests.incrementAndGet();
                }
                try {
                    react(connection, lengthAndType & 0xff, flags, stream, content);
                } catch (SocketException e) {
                    continue; // The client listens no more, but may have said more before.
                }
            }
        } catch (IOException e) {
            return; // It has closed the connection.
        }
    }

    private void react(Connection to, int type, int flags, int stream, byte[] content)
            throws IOException {
        if (type == HostilePeer.HEADERS) {
            answer.send(stream, to);
        } else if (type == HostilePeer.PING && flags != HostilePeer.ACK) {
            to.send(HostilePeer.PING, HostilePeer.ACK, 0, content);
        } else if (type == HostilePeer.SETTINGS && flags != HostilePeer.ACK) {
            to.send(HostilePeer.SETTINGS, HostilePeer.ACK, 0, new byte[0]);
        }
    }

    /** {@return a number of four bytes, as frames have it} */
    static byte[] number(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES);
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
