/*
 * Both ends of connections over IPv4, IPv6 and Unix sockets, which ask and answer by each call that
 * moves data. One thread does all of it, one call after the other.
 *
 *     exchanges          all, once
 *     exchanges again    one exchange after the other, until it is killed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const ways[] = {"read-write", "readv-writev", "recvfrom-sendto",
                                   "recvmsg-sendmsg", "sendfile", "splice"};
enum { READ_WRITE, READV_WRITEV, RECVFROM_SENDTO, RECVMSG_SENDMSG, SENDFILE, SPLICE, SENDMMSG };

static const char body[] = "hello";

static void give(int fd, int way, const char *data, size_t size)
{
    /* Two buffers, and one that is empty between them. */
    struct iovec parts[] = {{(void *)data, size / 2}, {NULL, 0},
                            {(void *)(data + size / 2), size - size / 2}};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = parts, .msg_iovlen = 3}};
    ssize_t done = -1;
    int file, ends[2];

    switch (way) {
    case READ_WRITE:
        done = write(fd, data, size);
        break;
    case READV_WRITEV:
        done = writev(fd, parts, 3);
        break;
    case RECVFROM_SENDTO:
        done = send(fd, data, size, 0);
        break;
    case RECVMSG_SENDMSG:
        done = sendmsg(fd, &message.msg_hdr, 0);
        break;
    case SENDFILE:
        file = memfd_create("body", 0);
        if (pwrite(file, data, size, 0) != (ssize_t)size)
            err(1, "memfd");
        done = sendfile(fd, file, NULL, size);
        close(file);
        break;
    case SPLICE:
        if (pipe(ends) || write(ends[1], data, size) != (ssize_t)size)
            err(1, "pipe");
        done = splice(ends[0], NULL, fd, NULL, size, 0);
        close(ends[0]);
        close(ends[1]);
        break;
    case SENDMMSG:
        done = sendmmsg(fd, &message, 1, 0) == 1 ? (ssize_t)message.msg_len : -1;
        break;
    }
    if (done != (ssize_t)size)
        err(1, "give, way %d", way);
}

static void take(int fd, int way, size_t size)
{
    char data[4096];
    int ends[2];

    while (size > 0) {
        struct iovec parts[] = {{data, 10}, {data + 10, sizeof(data) - 10}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t done = -1;

        switch (way) {
        case READV_WRITEV:
            done = readv(fd, parts, 2);
            break;
        case RECVFROM_SENDTO:
            done = recv(fd, data, sizeof(data), 0);
            break;
        case RECVMSG_SENDMSG:
            done = recvmsg(fd, &message, 0);
            break;
        case SPLICE:
            if (pipe(ends))
                err(1, "pipe");
            done = splice(fd, NULL, ends[1], NULL, size, 0);
            close(ends[0]);
            close(ends[1]);
            break;
        default:
            done = read(fd, data, size < sizeof(data) ? size : sizeof(data));
            break;
        }
        if (done <= 0)
            err(1, "take, way %d", way);
        size -= done;
    }
}

static void ask(int client, int server, const char *path, int way)
{
    char request[256];
    int size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path);

    way = way == SENDFILE || way == SPLICE ? READ_WRITE : way;
    give(client, way, request, size);
    take(server, way, size);
}

static size_t head(char *to, size_t room)
{
    return snprintf(to, room, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(body));
}

static void answer(int client, int server, int way)
{
    char response[256];
    size_t size = head(response, sizeof(response));

    if (way == SENDFILE || way == SPLICE) {
        give(server, READ_WRITE, response, size);
        give(server, way, body, strlen(body));
        take(client, READ_WRITE, size);
        take(client, way, strlen(body));
    } else {
        strcpy(response + size, body);
        give(server, way, response, size + strlen(body));
        take(client, way, size + strlen(body));
    }
}

/* How two descriptors get connected. */
struct ends {
    int listener, client, server;
};

static struct ends connect_both(int family, bool four)
{
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_in6 inet6;
        struct sockaddr_un unix_name;
    } address = {};
    socklen_t length = sizeof(address.inet6);
    struct ends ends;

    address.any.sa_family = family;
    if (family == AF_INET) {
        address.inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof(address.inet);
    } else if (family == AF_INET6) {
        address.inet6.sin6_addr = in6addr_loopback;
    } else {
        /* Of a name of its own choice, which is in no directory. */
        length = offsetof(struct sockaddr_un, sun_path);
    }
    ends.listener = socket(family, SOCK_STREAM, 0);
    if (bind(ends.listener, &address.any, length) || listen(ends.listener, 1))
        err(1, "listen, family %d", family);
    length = sizeof(address);
    getsockname(ends.listener, &address.any, &length);
    ends.client = socket(family, SOCK_STREAM, 0);
    if (connect(ends.client, &address.any, length))
        err(1, "connect, family %d", family);
    ends.server = four ? accept4(ends.listener, NULL, NULL, SOCK_CLOEXEC)
                       : accept(ends.listener, NULL, NULL);
    if (ends.server < 0)
        err(1, "accept, family %d", family);
    return ends;
}

static void end(struct ends ends)
{
    close(ends.client);
    close(ends.server);
    close(ends.listener);
}

static void each_way(const char *name, int family)
{
    for (int way = READ_WRITE; way <= SPLICE; way++) {
        struct ends ends = connect_both(family, way % 2);
        char path[64];

        snprintf(path, sizeof(path), "/%s/%s", name, ways[way]);
        ask(ends.client, ends.server, path, way);
        answer(ends.client, ends.server, way);
        end(ends);
    }
}

/* What passes is there once, though it is looked at twice or not at all. */
static void peek_and_drop(void)
{
    struct ends ends = connect_both(AF_INET, true);
    char request[] = "GET /peeked HTTP/1.1\r\nHost: test\r\n\r\n", data[256];
    size_t size = head(data, sizeof(data));

    give(ends.client, READ_WRITE, request, strlen(request));
    if (recv(ends.server, data + 128, 100, MSG_PEEK) != (ssize_t)strlen(request))
        err(1, "peek");
    take(ends.server, READ_WRITE, strlen(request));
    give(ends.server, READ_WRITE, data, size);
    give(ends.server, READ_WRITE, body, strlen(body));
    if (recv(ends.client, data, size, 0) != (ssize_t)size ||
        recv(ends.client, data, strlen(body), MSG_TRUNC) != (ssize_t)strlen(body))
        err(1, "drop");
    end(ends);
}

enum { CHUNKS = 20, CHUNK = 1000, BUFFERS = 3 * CHUNKS + 2 };

/* More than is looked at of one buffer, and more buffers than are looked at of one call. */
static void answer_in_chunks(bool at_once)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static char all[CHUNKS * (CHUNK + 7) + 100], data[CHUNK];
    struct ends ends = connect_both(AF_INET, false);
    struct iovec parts[BUFFERS] = {{(void *)start, strlen(start)}};
    size_t size = 0;

    memset(data, 'x', sizeof(data));
    for (int i = 0; i < CHUNKS; i++) {
        parts[3 * i + 1] = (struct iovec){"3e8\r\n", 5};
        parts[3 * i + 2] = (struct iovec){data, CHUNK};
        parts[3 * i + 3] = (struct iovec){"\r\n", 2};
    }
    parts[BUFFERS - 1] = (struct iovec){"0\r\n\r\n", 5};
    for (int i = 0; i < BUFFERS; i++) {
        memcpy(all + size, parts[i].iov_base, parts[i].iov_len);
        size += parts[i].iov_len;
    }
    ask(ends.client, ends.server, at_once ? "/chunks/write" : "/chunks/writev", READ_WRITE);
    if ((at_once ? write(ends.server, all, size) : writev(ends.server, parts, BUFFERS)) !=
        (ssize_t)size)
        err(1, "chunks");
    for (int i = 0; i < BUFFERS; i++)
        parts[i] = (struct iovec){all + i * sizeof(all) / BUFFERS, sizeof(all) / BUFFERS};
    if (recv(ends.client, all, size, MSG_PEEK | MSG_WAITALL) != (ssize_t)size ||
        (at_once ? read(ends.client, all, size) : readv(ends.client, parts, BUFFERS)) !=
            (ssize_t)size)
        err(1, "chunks");
    end(ends);
}

/* By one descriptor of the socket comes what by the other is answered. */
static void answer_by_another(void)
{
    static const char response[] = "HTTP/1.0 200 OK\r\n\r\nhello";
    struct ends ends = connect_both(AF_INET, false);
    int other = dup(ends.server);

    ask(ends.client, ends.server, "/other", READ_WRITE);
    close(ends.server);
    give(other, READ_WRITE, response, strlen(response));
    close(other);
    take(ends.client, READ_WRITE, strlen(response));
    close(ends.client);
    close(ends.listener);
}

/* That the kernel no longer needs what was sent comes by a call that reads, and gives nothing. */
static void read_completions(void)
{
    static const char request[] = "PURGE /completed HTTP/1.1\r\nHost: test\r\n\r\n";
    struct ends ends = connect_both(AF_INET, false);
    struct msghdr message = {};
    struct pollfd errors = {.fd = ends.client};
    char data[256], control[256];
    size_t size = head(data, sizeof(data));
    int yes = 1;

    if (setsockopt(ends.client, SOL_SOCKET, SO_ZEROCOPY, &yes, sizeof(yes)) ||
        send(ends.client, request, strlen(request), MSG_ZEROCOPY) != (ssize_t)strlen(request))
        err(1, "zero copy");
    take(ends.server, READ_WRITE, strlen(request));
    give(ends.server, READ_WRITE, data, size);
    take(ends.client, READ_WRITE, size);
    message.msg_iov = &(struct iovec){data, sizeof(data)};
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    if (poll(&errors, 1, 10000) != 1 || recvmsg(ends.client, &message, MSG_ERRQUEUE) != 0)
        err(1, "completion");
    give(ends.server, READ_WRITE, body, strlen(body));
    take(ends.client, READ_WRITE, strlen(body));
    end(ends);
}

/* One connection, on which the server sends twice by a call that nobody looks at. */
static void answer_unseen(void)
{
    struct ends ends = connect_both(AF_INET, false);
    char response[256];
    size_t size = head(response, sizeof(response));

    ask(ends.client, ends.server, "/unseen/body", READ_WRITE);
    give(ends.server, READ_WRITE, response, size);
    give(ends.server, SENDMMSG, body, strlen(body));
    take(ends.client, READ_WRITE, size + strlen(body));
    ask(ends.client, ends.server, "/unseen/nothing", READ_WRITE);
    answer(ends.client, ends.server, READ_WRITE);
    ask(ends.client, ends.server, "/unseen/answer", READ_WRITE);
    strcpy(response + size, body);
    give(ends.server, SENDMMSG, response, size + strlen(body));
    take(ends.client, READ_WRITE, size + strlen(body));
    for (int i = 1; i <= 3; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/unseen/next-%d", i);
        ask(ends.client, ends.server, path, READ_WRITE);
        answer(ends.client, ends.server, READ_WRITE);
    }
    end(ends);
}

/* The client has gone; its kernel says so to what is sent, which ends the connection. */
static void answer_too_late(void)
{
    struct ends ends = connect_both(AF_INET, false);
    char response[256];
    size_t size = head(response, sizeof(response));

    ask(ends.client, ends.server, "/too-late", READ_WRITE);
    close(ends.client);
    give(ends.server, READ_WRITE, response, size);
    close(ends.server);
    close(ends.listener);
}

static void talk_otherwise(void)
{
    static const char request[] = "GET /no-stream HTTP/1.1\r\n\r\n", line[] = "250 Ok\r\n";
    struct ends ends = connect_both(AF_INET, false);
    int pair[2];

    for (int i = 0; i < 20; i++) {
        give(ends.client, READ_WRITE, line, strlen(line));
        take(ends.server, READ_WRITE, strlen(line));
    }
    /* By now it is clear that this connection is none of HTTP. */
    ask(ends.client, ends.server, "/not-followed", READ_WRITE);
    end(ends);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
        err(1, "socketpair");
    give(pair[0], READ_WRITE, request, strlen(request));
    take(pair[1], READ_WRITE, strlen(request));
    if (pipe(pair))
        err(1, "pipe");
    give(pair[1], READ_WRITE, request, strlen(request));
    take(pair[0], READ_WRITE, strlen(request));
}

int main(int count, char **words)
{
    struct ends ends;
    int pair[2];

    (void)words;
    if (count > 1) {
        ends = connect_both(AF_INET, false);
        for (;;) {
            ask(ends.client, ends.server, "/again", READ_WRITE);
            answer(ends.client, ends.server, READ_WRITE);
            usleep(5000);
        }
    }
    each_way("inet", AF_INET);
    each_way("inet6", AF_INET6);
    each_way("unix", AF_UNIX);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        err(1, "socketpair");
    ask(pair[0], pair[1], "/pair", READ_WRITE);
    answer(pair[0], pair[1], READ_WRITE);
    peek_and_drop();
    answer_in_chunks(true);
    answer_in_chunks(false);
    answer_by_another();
    read_completions();
    answer_unseen();
    answer_too_late();
    talk_otherwise();
    return 3;
}
