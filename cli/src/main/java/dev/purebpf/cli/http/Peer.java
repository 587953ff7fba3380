package dev.purebpf.cli.http;

import dev.purebpf.cli.session.PeerAddress;
import dev.purebpf.symbol.ProcessIdentity;

import java.util.Optional;

/**
 * The ends of a connection.
 *
 * @param pid the process at our end
 * @param command its name
 * @param identity its control group and container; empty if it was gone before anybody asked
 * @param descriptor its number for the socket
 * @param other the other end; {@code null} if its kind of addresses is not known
 * @param localPort our port; 0 without ports
 */
record Peer(
        int pid,
        String command,
        Optional<ProcessIdentity> identity,
        int descriptor,
        PeerAddress other,
        int localPort) {}
