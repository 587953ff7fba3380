package dev.purebpf.cli.http;

import dev.purebpf.symbol.ProcessIdentity;

import java.util.Optional;

/**
 * The ends of a connection.
 *
 * @param pid the process at our end
 * @param command its name
 * @param identity its control group and container; empty if it was gone before anybody asked
 * @param descriptor its number for the socket
 * @param address the other end: an address of IPv4 or IPv6, or {@code unix}
 * @param port the other end's port; 0 without ports
 * @param localPort our port; 0 without ports
 */
record Peer(
        int pid,
        String command,
        Optional<ProcessIdentity> identity,
        int descriptor,
        String address,
        int port,
        int localPort) {}
