package dev.purebpf.cli.grpc;

/**
 * The other end of a connection.
 *
 * @param address an address of IPv4 or IPv6, or {@code unix}
 * @param port its port; 0 without ports
 */
record Peer(String address, int port) {

    /** {@return address and port as a URI has them} */
    String text() {
        if (port == 0) {
            return address;
        }
        return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
    }
}
