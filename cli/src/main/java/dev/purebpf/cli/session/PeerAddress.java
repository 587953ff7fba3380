package dev.purebpf.cli.session;

import dev.purebpf.cli.JsonLines;

import java.lang.foreign.MemorySegment;

/**
 * Where the other end of a connection is.
 *
 * @param address an address of IPv4 or IPv6, or {@code unix}
 * @param port its port; 0 without ports
 */
public record PeerAddress(String address, int port) {
    private static final PeerAddress UNIX = new PeerAddress("unix", 0);

    /** {@code AF_UNIX} of {@code include/linux/socket.h}. */
    private static final int FAMILY_UNIX = 1;

    private static final int FAMILY_INET = 2;
    private static final int FAMILY_INET6 = 10;

    /**
     * {@return the address that an event has; {@code null} if its family is none of these}
     *
     * @param family of addresses, by the kernel's number
     * @param port the port; not looked at where there are none
     * @param event the event
     * @param at where the address begins; its bytes are in the order of its packets
     */
    public static PeerAddress of(int family, int port, MemorySegment event, long at) {
        return switch (family) {
            case FAMILY_UNIX -> UNIX;
            case FAMILY_INET -> new PeerAddress(EventFields.address(event, at, 4), port);
            case FAMILY_INET6 -> new PeerAddress(EventFields.address(event, at, 16), port);
            default -> null;
        };
    }

    /**
     * Appends address and port as a URI has them (RFC 3986, section 3.2).
     *
     * @param peer the address; {@code null}, for which {@code -} stands, if it is not known
     * @param text what to append to
     */
    public static void append(PeerAddress peer, ByteText text) {
        if (peer == null) {
            text.append('-');
            return;
        }
        if (peer.port == 0) {
            text.oneLine(peer.address);
            return;
        }
        boolean six = peer.address.indexOf(':') >= 0;
        text.append(six ? "[" : "").oneLine(peer.address);
        text.append(six ? "]:" : ":").decimal(peer.port);
    }

    /**
     * Writes address and port as fields {@code peer} and {@code peer_port} of an object.
     *
     * @param peer the address; {@code null} if it is not known
     * @param json where to
     */
    public static void write(PeerAddress peer, JsonLines json) {
        json.writeStringField("peer", peer == null ? null : peer.address);
        json.writeKnownField("peer_port", peer == null ? -1 : peer.port);
    }
}
