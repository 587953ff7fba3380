/**
 * {@code purebpf http}: the HTTP/1.x exchanges of running processes.
 *
 * <p>The kernel's programs follow sockets whose data begins like HTTP, and send what is read and
 * written there. {@link dev.purebpf.cli.http.MessageStream} makes messages of the bytes of one
 * direction, {@link dev.purebpf.cli.http.HttpConnection} exchanges of the messages of both.
 */
package dev.purebpf.cli.http;
