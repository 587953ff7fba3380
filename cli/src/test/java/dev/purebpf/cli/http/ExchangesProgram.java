package dev.purebpf.cli.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A process to trace: the JDK's server, and a client of it that says exactly what goes over its
 * connections. The server closes a connection that it is asked to; the client reads to that end.
 */
final class ExchangesProgram {
    static final int KEPT_ALIVE = 20;
    static final int BIG = 300_000;
    static final int NOWHERE = 7;

    private ExchangesProgram() {}

    public static void main(String[] args) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/plain", exchange -> answer(exchange, 200, 5));
        server.createContext("/big", exchange -> answer(exchange, 200, BIG));
        server.createContext("/chunked", ExchangesProgram::chunked);
        server.createContext("/none", exchange -> answer(exchange, 204, -1));
        // For all other paths.
        server.createContext("/", exchange -> answer(exchange, 404, NOWHERE));
        server.start();
        int port = server.getAddress().getPort();
        String close = " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        String keep = " HTTP/1.1\r\nHost: test\r\n\r\n";
        // One connection, exchange after exchange sent at once, the last one ends it.
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < KEPT_ALIVE; i++) {
            many.append("GET /plain/").append(i).append(keep);
        }
        talk(port, many + "GET /plain/last" + close);
        talk(port, "HEAD /plain/head" + close);
        talk(port, "GET /chunked" + close);
        talk(port, "GET /none" + close);
        talk(port, "GET /nowhere" + close);
        talk(port, "GET /big" + close);
        talk(port, "GET /plain/old HTTP/1.0\r\n\r\n");
        talk(
                port,
                "POST /plain/sp",
                "lit HTTP/1.1\r\nHo",
                "st: te",
                "st\r\nContent-Length: 3\r\n" + "Connection: close\r\n\r\n",
                "ab",
                "c");
        // What only looks like it at first, and what does not at all.
        talk(port, "GETTING nowhere\r\n\r\n");
        talk(port, "\u0016\u0003\u0001\u0002\u0000\r\n\r\n");
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, int length) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : length);
            if (length > 0 && !head) {
                exchange.getResponseBody().write("x".repeat(length).getBytes());
            }
        }
    }

    private static void chunked(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            OutputStream body = exchange.getResponseBody();
            for (int i = 0; i < 3; i++) {
                body.write("chunk".getBytes(StandardCharsets.US_ASCII));
                body.flush();
            }
        }
    }

    private static void talk(int port, String... pieces) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            for (String piece : pieces) {
                socket.getOutputStream().write(piece.getBytes(StandardCharsets.ISO_8859_1));
            }
            InputStream answer = socket.getInputStream();
            byte[] buffer = new byte[8192];
            while (answer.read(buffer) >= 0) {
                // To the end.
            }
        }
    }
}
